"""Texts with NUL characters in PostgreSQL, which has none: they are written in two characters.

Ids and names of events are any texts. U+0001 marks what stands for NUL, and for itself; so the order stays that of the
characters.
"""

from typing import Any, Final

from psycopg import Connection
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.types.numeric import IntLoader
from psycopg.types.string import StrDumperUnknown

_MARK: Final = "\x01"
_ENCODED: Final = {0: "\x01\x02", 1: "\x01\x03"}


def adapt_texts(connection: Connection[Any]) -> None:
    """Have a connection write and read any text; and sums of integers, which are exact decimals there, as integers."""
    adapters = connection.adapters
    adapters.register_dumper(str, _TextDumper)
    for name in ("text", "varchar"):
        adapters.register_loader(name, _TextLoader)
    adapters.register_loader("numeric", IntLoader)


class _TextDumper(StrDumperUnknown):
    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.translate(_ENCODED) if "\0" in obj or _MARK in obj else obj)


class _TextLoader(Loader):
    def load(self, data: Buffer) -> str:
        text = str(data, "utf-8")
        return text.replace("\x01\x02", "\0").replace("\x01\x03", _MARK) if _MARK in text else text
