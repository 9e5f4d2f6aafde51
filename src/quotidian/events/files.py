"""From paths to event files: walk folders, and tell from its first bytes and its name what each file is."""

import glob
import gzip
import os
import stat
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

import fastavro
import msgspec

from quotidian.errors import UserError
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
    """A file to load. `type` is the event type of an Avro file."""

    path: Path
    shape: Shape
    size: int
    type: str = ""
    gzipped: bool = False


@dataclass(frozen=True)
class BadFile:
    """A file that is not loaded, and why."""

    path: Path
    reason: str


def find_files(arguments: Iterable[str], leave_out: Path | None = None) -> list[Path]:
    """Every file that the arguments (files, folders, globs) name, once each, in order.

    In folders, names that begin with `.` or `_` are markers of the tools that wrote them, and left out; so is what is
    in the folder `leave_out`. Raises UserError for an argument that names nothing.
    """
    found: dict[Path, None] = {}
    for argument in arguments:
        named = _named(argument)
        if not named:
            raise UserError(f"There is no file or folder {argument!r}")
        seen = {_identity(leave_out)} if leave_out and leave_out.exists() else set()
        for path in named:
            found.update(dict.fromkeys(_walk(path, seen) if path.is_dir() else [path]))
    return list(found)


def _named(argument: str) -> list[Path]:
    try:
        if Path(argument).exists():
            return [Path(argument)]
        return sorted(map(Path, glob.glob(argument, recursive=True)))  # noqa: PTH207 - Path's takes no absolute patterns
    except OSError:
        return []


def _walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    """The files below a folder. Linked folders are followed, and `seen` ones not entered again: links may go round."""
    identity = _identity(folder)
    if identity in seen:
        return
    seen.add(identity)
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if not entry.name.startswith((".", "_")):
            if entry.is_dir():
                yield from _walk(folder / entry.name, seen)
            else:
                yield folder / entry.name


def _identity(folder: Path) -> tuple[int, int]:
    """What a folder is, by whatever path."""
    status = folder.stat()
    return status.st_dev, status.st_ino


def shown(path: Path) -> str:
    """A path as text that can be kept and printed: names need not be UTF-8."""
    return os.fsencode(path.absolute()).decode(errors="backslashreplace")


def look_at(path: Path) -> EventFile | BadFile:  # noqa: PLR0911 - a case a line
    """What a file is, by its first bytes and its name."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return BadFile(path, "is no regular file")
        size = status.st_size
        with path.open("rb") as opened:
            start = opened.read(len(_AVRO_MAGIC))
    except OSError as error:
        return BadFile(path, f"cannot be read: {error.strerror}")
    gzipped = start.startswith(_GZIP_MAGIC)
    name = path.name.lower().removesuffix(".gz")
    if start == _AVRO_MAGIC:
        return _avro(path, size)
    if name.endswith(_LINES_NAMES):
        return EventFile(path, Shape.LINES, size, gzipped=gzipped)
    if name.endswith(".json"):
        return _json(path, size, gzipped)
    if name.endswith(".avro"):
        return BadFile(path, "is not an Avro file" if size else "is empty")
    return BadFile(path, "is no event file; those are .avro, .json, .jsonl and .ndjson, also gzipped")


def _avro(path: Path, size: int) -> EventFile | BadFile:
    try:
        with path.open("rb") as opened:
            header: Any = fastavro.schemaless_reader(opened, _AVRO_HEADER, None)
        full_name = _schema_name(header["meta"]["avro.schema"])
    except Exception as error:
        # Whatever the header holds instead, it is a foreign file, and fastavro raises a dozen kinds of error for it.
        return BadFile(path, f"has no readable Avro header: {error or type(error).__name__}")
    folder_type = _type_of_folder(path)
    known = type_in(full_name) or (folder_type and type_in(folder_type))
    if known:
        return EventFile(path, Shape.AVRO, size, known)
    return EventFile(path, Shape.UNKNOWN_AVRO, size, folder_type or full_name)


@lru_cache(maxsize=1_000)
def _schema_name(schema: bytes) -> str:
    """The full name of a writer schema. Thousands of files share a few schemas."""
    decoded = msgspec.json.decode(schema)
    name, namespace = decoded["name"], decoded.get("namespace", "")
    return name if "." in name or not namespace else f"{namespace}.{name}"


def _type_of_folder(path: Path) -> str:
    marks = [part.removeprefix("event_type=") for part in path.absolute().parts if part.startswith("event_type=")]
    return marks[-1] if marks else ""


def _json(path: Path, size: int, gzipped: bool) -> EventFile | BadFile:
    """A `.json` file is a request body, unless its first line is a whole document and more follows: then lines."""
    try:
        with gzip.open(path) if gzipped else path.open("rb") as opened:
            first = opened.readline(_FIRST_LINE_BYTES)
            more = opened.read(1)
    except (OSError, EOFError, zlib.error) as error:
        return BadFile(path, f"cannot be read: {error}")
    if not first:
        return BadFile(path, "is empty")
    try:
        msgspec.json.decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return EventFile(path, Shape.BODY, size, gzipped=gzipped)
    return EventFile(path, Shape.LINES if more else Shape.BODY, size, gzipped=gzipped)
