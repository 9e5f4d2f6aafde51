"""How values go to PostgreSQL and come back: as bytes, not as text that is parsed; and texts with NUL characters.

Ids and names of events are any texts, and PostgreSQL's have no NUL: it is written in two characters. U+0001 marks what
stands for NUL, and for itself; so the order stays that of the characters.
"""

from typing import Any, Final

from psycopg import Connection, Cursor, ServerCursor
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format
from psycopg.types.numeric import NumericBinaryLoader
from psycopg.types.string import StrBinaryDumper, StrDumperUnknown

_MARK: Final = "\x01"
_ENCODED: Final = {0: "\x01\x02", 1: "\x01\x03"}


def adapt_values(connection: Connection[Any]) -> None:
    """Have a connection write and read any text; and sums of integers, which are decimals there, as integers."""
    adapters = connection.adapters
    adapters.register_dumper(str, _BinaryTextDumper)
    adapters.register_dumper(str, _TextDumper)
    for name in ("text", "varchar"):
        adapters.register_loader(name, _TextLoader)
    adapters.register_loader("numeric", _IntegerLoader)
    connection.cursor_factory = BinaryCursor
    connection.server_cursor_factory = _BinaryServerCursor


class BinaryCursor(Cursor[Any]):
    """A cursor whose results come as bytes."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.format = Format.BINARY


class _BinaryServerCursor(ServerCursor[Any]):
    """The same, of rows that are read a part at a time."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.format = Format.BINARY


class _TextDumper(StrDumperUnknown):
    def dump(self, obj: str) -> Buffer | None:
        return super().dump(_encoded(obj))


class _BinaryTextDumper(StrBinaryDumper):
    def dump(self, obj: str) -> Buffer | None:
        return super().dump(_encoded(obj))


def _encoded(text: str) -> str:
    return text.translate(_ENCODED) if "\0" in text or _MARK in text else text


class _TextLoader(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        text = str(data, "utf-8")
        return text.replace("\x01\x02", "\0").replace("\x01\x03", _MARK) if _MARK in text else text


class _IntegerLoader(NumericBinaryLoader):
    def load(self, data: Buffer) -> Any:
        return int(super().load(data))
