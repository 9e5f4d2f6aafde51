"""What a file is: told from its first bytes and its name, without reading it."""

import gzip
import stat
import zlib
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

import fastavro
import msgspec

from quotidian.events.sources import BadFile, Source
from quotidian.events.vocabulary import type_in

_AVRO_MAGIC = b"Obj\x01"
# Of a file's header only the name of its schema is wanted: fastavro's own reader also takes the schema in, every time.
_AVRO_HEADER = fastavro.parse_schema(
    {
        "type": "record",
        "name": "Header",
        "fields": [
            {"name": "magic", "type": {"type": "fixed", "name": "Magic", "size": len(_AVRO_MAGIC)}},
            {"name": "meta", "type": {"type": "map", "values": "bytes"}},
        ],
    }
)
_GZIP_MAGIC = b"\x1f\x8b"
_LINES_NAMES = (".jsonl", ".ndjson")
_FIRST_LINE_BYTES = 1 << 20


class Shape(Enum):
    """How events are written in a file."""

    AVRO = "avro"
    UNKNOWN_AVRO = "avro of an unknown event type"
    LINES = "jsonl"
    BODY = "json"


@dataclass(frozen=True)
class EventFile:
    """A file to load. `path` is where it can be read; `type` is the event type of an Avro file."""

    source: Source
    path: Path
    shape: Shape
    size: int
    type: str = ""
    gzipped: bool = False


def look_at(source: Source, path: Path) -> EventFile | BadFile:  # noqa: PLR0911 - a case a line
    """What a source is, by the first bytes at the path where it can be read, and its own name."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            return BadFile(source.origin, "is a folder that cannot be read", may_pass=True)
        if not stat.S_ISREG(status.st_mode):
            return BadFile(source.origin, "is no regular file")
        size = status.st_size
        with path.open("rb") as opened:
            start = opened.read(len(_AVRO_MAGIC))
    except OSError as error:
        return BadFile(source.origin, f"cannot be read: {error.strerror}", may_pass=True)
    gzipped = start.startswith(_GZIP_MAGIC)
    name = source.name.lower().removesuffix(".gz")
    if start == _AVRO_MAGIC:
        return _avro(source, path, size)
    if name.endswith(_LINES_NAMES):
        return EventFile(source, path, Shape.LINES, size, gzipped=gzipped)
    if name.endswith(".json"):
        return _json(source, path, size, gzipped)
    if name.endswith(".avro"):
        return BadFile(source.origin, "is not an Avro file" if size else "is empty")
    return BadFile(source.origin, "is no event file; those are .avro, .json, .jsonl and .ndjson, also gzipped")


def _avro(source: Source, path: Path, size: int) -> EventFile | BadFile:
    try:
        with path.open("rb") as opened:
            header: Any = fastavro.schemaless_reader(opened, _AVRO_HEADER, None)
        full_name = _schema_name(header["meta"]["avro.schema"])
    except Exception as error:
        # Whatever the header holds instead, it is a foreign file, and fastavro raises a dozen kinds of error for it.
        return BadFile(source.origin, f"has no readable Avro header: {error or type(error).__name__}")
    folder_type = _type_of_folder(source)
    known = type_in(full_name) or (folder_type and type_in(folder_type))
    if known:
        return EventFile(source, path, Shape.AVRO, size, known)
    return EventFile(source, path, Shape.UNKNOWN_AVRO, size, folder_type or full_name)


@lru_cache(maxsize=1_000)
def _schema_name(schema: bytes) -> str:
    """The full name of a writer schema. Thousands of files share a few schemas."""
    decoded = msgspec.json.decode(schema)
    name, namespace = decoded["name"], decoded.get("namespace", "")
    return name if "." in name or not namespace else f"{namespace}.{name}"


def _type_of_folder(source: Source) -> str:
    marks = [part.removeprefix("event_type=") for part in source.origin.split("/") if part.startswith("event_type=")]
    return marks[-1] if marks else ""


def _json(source: Source, path: Path, size: int, gzipped: bool) -> EventFile | BadFile:
    """A `.json` file is a request body, unless its first line is a whole document and more follows: then lines."""
    try:
        with gzip.open(path) if gzipped else path.open("rb") as opened:
            first = opened.readline(_FIRST_LINE_BYTES)
            more = opened.read(1)
    except (OSError, EOFError, zlib.error) as error:
        return BadFile(source.origin, f"cannot be read: {error}")
    if not first:
        return BadFile(source.origin, "is empty")
    try:
        msgspec.json.decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return EventFile(source, path, Shape.BODY, size, gzipped=gzipped)
    return EventFile(source, path, Shape.LINES if more else Shape.BODY, size, gzipped=gzipped)
