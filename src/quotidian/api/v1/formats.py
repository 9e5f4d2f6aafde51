"""The formats of a table, and which of them a client asks for."""

from enum import Enum
from typing import Annotated

from msgspec import field

from quotidian.api.parameters import Query, Text
from quotidian.api.v1.preferences import preferred_type
from quotidian.control.workspaces import Workspace


class Format(Enum):
    """A format, by the value of the parameter `format`; in the order in which a client that takes any gets them."""

    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"

    @property
    def media_type(self) -> str:
        """What the header Content-Type says."""
        return _MEDIA_TYPES[self][0]

    @property
    def is_packed(self) -> bool:
        """Whether it is compressed in itself, so that to compress it again is vain."""
        return self is Format.PARQUET


_MEDIA_TYPES: dict[Format, tuple[str, ...]] = {
    Format.JSON: ("application/json",),
    Format.NDJSON: ("application/x-ndjson", "application/ndjson"),
    Format.CSV: ("text/csv",),
    Format.PARQUET: ("application/vnd.apache.parquet",),
    Format.ARROW: ("application/vnd.apache.arrow.stream",),
}
_NAMES = [each.value for each in Format]


def _read_format(text: str, _: Workspace) -> Format:
    if text not in _NAMES:
        raise ValueError(f"{', '.join(_NAMES[:-1])} or {_NAMES[-1]}")
    return Format(text)


class TableQuery(Query, kw_only=True):
    """What every answer that is a table can be asked for."""

    format: Annotated[
        Format | None,
        Text(
            _read_format,
            "How the answer is written; without it the Accept header decides, else it is json. csv, parquet and arrow "
            "(an IPC stream) have a row a number",
            {"type": "string", "enum": _NAMES, "default": "json"},
        ),
    ] = field(default=None)


def chosen_format(asked: TableQuery, accept: str) -> Format:
    """The format of an answer: the parameter wins over the header, which may name what there is not."""
    if asked.format:
        return asked.format
    found = preferred_type(accept, list(_MEDIA_TYPES.values()))
    return Format.JSON if found is None else list(_MEDIA_TYPES)[found]
