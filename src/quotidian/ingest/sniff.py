"""What a file is, by its first bytes and its name. The rest is not read."""

import gzip
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from quotidian.domain.vocabulary import type_in
from quotidian.ingest.avro import MAGIC, BadAvro, writer_schema
from quotidian.ingest.shapes import MOST_BODY_BYTES, Shape
from quotidian.ingest.sources import BadFile, Source
from quotidian.ingest.unreadable import DAMAGED_GZIP

EVENT_NAMES: Final = ".avro, .json, .jsonl and .ndjson, also gzipped"
"""What event files are named."""

_GZIP_MAGIC = b"\x1f\x8b"
_LINES_NAMES = (".jsonl", ".ndjson")
_FIRST_LINE_BYTES = 1 << 20
_GZIP_MOST_RATIO: Final = 1_032


@dataclass(frozen=True)
class EventFile:
    """A file to load. `path` is where it can be read; `type` is the event type of an Avro file.

    `fields` are those that it has of the fields that are read (ingest/columns.py).
    """

    source: Source
    path: Path
    shape: Shape
    size: int
    type: str = ""
    gzipped: bool = False
    fields: frozenset[str] = frozenset()


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
            start = opened.read(len(MAGIC))
    except OSError as error:
        return BadFile(source.origin, f"cannot be read: {error.strerror}", may_pass=True)
    gzipped = start.startswith(_GZIP_MAGIC)
    name = source.name.lower().removesuffix(".gz")
    if start == MAGIC:
        return _avro(source, path, size)
    if name.endswith(_LINES_NAMES):
        return EventFile(source, path, Shape.LINES, size, gzipped=gzipped)
    if name.endswith(".json"):
        return _json(source, path, size, gzipped)
    if name.endswith(".avro"):
        return BadFile(source.origin, "is not an Avro file" if size else "is empty")
    return BadFile(source.origin, f"is no event file; those are {EVENT_NAMES}")


def _avro(source: Source, path: Path, size: int) -> EventFile | BadFile:
    try:
        schema = writer_schema(path, size)
    except BadAvro as error:
        return BadFile(source.origin, str(error))
    except OSError as error:
        return BadFile(source.origin, f"cannot be read: {error.strerror}", may_pass=True)
    folder_type = _type_of_folder(source)
    event_type = type_in(schema.name) or (folder_type and type_in(folder_type))
    if event_type:
        return EventFile(source, path, Shape.AVRO, size, event_type, fields=schema.fields)
    return EventFile(source, path, Shape.UNKNOWN_AVRO, size, folder_type or schema.name)


def _type_of_folder(source: Source) -> str:
    marks = [part.removeprefix("event_type=") for part in source.origin.split("/") if part.startswith("event_type=")]
    return marks[-1] if marks else ""


def _json(source: Source, path: Path, size: int, gzipped: bool) -> EventFile | BadFile:
    """A `.json` file is a request body, unless its first line is a whole document and more follows: then lines."""
    try:
        with gzip.open(path) if gzipped else path.open("rb") as opened:
            first = opened.readline(_FIRST_LINE_BYTES)
            more = opened.read(1)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        return BadFile(source.origin, DAMAGED_GZIP)
    except OSError as error:
        return BadFile(source.origin, f"cannot be read: {error.strerror}", may_pass=True)
    if not first:
        return BadFile(source.origin, "is empty")
    if more and _is_whole(first):
        return EventFile(source, path, Shape.LINES, size, gzipped=gzipped)
    if _is_larger(path, size, gzipped):
        return BadFile(
            source.origin, f"is one JSON document of more than {MOST_BODY_BYTES >> 20} MiB; write one event a line"
        )
    return EventFile(source, path, Shape.BODY, size, gzipped=gzipped)


def _is_whole(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _is_larger(path: Path, size: int, gzipped: bool) -> bool:
    """Whether a document is larger than it may be; a gzipped one that might be is unpacked to find out."""
    if not gzipped or size * _GZIP_MOST_RATIO <= MOST_BODY_BYTES:
        return size > MOST_BODY_BYTES
    unpacked = 0
    try:
        with gzip.open(path) as opened:
            while unpacked <= MOST_BODY_BYTES and (piece := opened.read(_FIRST_LINE_BYTES)):
                unpacked += len(piece)
    except (OSError, EOFError, zlib.error):
        # ClickHouse says what is wrong with it.
        return False
    return unpacked > MOST_BODY_BYTES
