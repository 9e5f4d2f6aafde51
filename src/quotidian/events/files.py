"""From paths to event files: walk folders, and tell from its first bytes and its name what each file is."""

import glob
import gzip
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import fastavro
import msgspec

from quotidian.errors import UserError
from quotidian.events.vocabulary import type_in

_AVRO_MAGIC = b"Obj\x01"
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


def find_files(arguments: Iterable[str]) -> list[Path]:
    """Every file that the arguments (files, folders, globs) name, once each, in order.

    In folders, names that begin with `.` or `_` are markers of the tools that wrote them, and left out.
    Raises UserError for an argument that names nothing.
    """
    found: dict[Path, None] = {}
    for argument in arguments:
        path = Path(argument)
        if path.is_dir():
            found.update(dict.fromkeys(_walk(path)))
        elif path.exists():
            found[path] = None
        elif matches := sorted(glob.glob(argument, recursive=True)):  # noqa: PTH207 - Path.glob takes no absolute patterns
            for match in map(Path, matches):
                found.update(dict.fromkeys(_walk(match) if match.is_dir() else [match]))
        else:
            raise UserError(f"There is no file or folder {argument!r}")
    return list(found)


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        yield from (Path(root, name) for name in sorted(names) if not name.startswith((".", "_")))


def look_at(path: Path) -> EventFile | BadFile:
    """What a file is, by its first bytes and its name."""
    try:
        size = path.stat().st_size
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
            schema = msgspec.json.decode(fastavro.reader(opened).metadata["avro.schema"])
        name, namespace = schema["name"], schema.get("namespace", "")
    except Exception as error:
        # Whatever the header holds instead, it is a foreign file, and fastavro raises a dozen kinds of error for it.
        return BadFile(path, f"has no readable Avro header: {error or type(error).__name__}")
    full_name = name if "." in name or not namespace else f"{namespace}.{name}"
    folder_type = _type_of_folder(path)
    known = type_in(full_name) or (folder_type and type_in(folder_type))
    if known:
        return EventFile(path, Shape.AVRO, size, known)
    return EventFile(path, Shape.UNKNOWN_AVRO, size, folder_type or full_name)


def _type_of_folder(path: Path) -> str:
    marks = [part.removeprefix("event_type=") for part in path.absolute().parts if part.startswith("event_type=")]
    return marks[-1] if marks else ""


def _json(path: Path, size: int, gzipped: bool) -> EventFile | BadFile:
    """A `.json` file is a request body, unless its first line is a whole document and more follows: then lines."""
    try:
        with gzip.open(path) if gzipped else path.open("rb") as opened:
            first = opened.readline(_FIRST_LINE_BYTES)
            more = opened.read(1)
    except (OSError, EOFError) as error:
        return BadFile(path, f"cannot be read: {error}")
    if not first:
        return BadFile(path, "is empty")
    try:
        msgspec.json.decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return EventFile(path, Shape.BODY, size, gzipped=gzipped)
    return EventFile(path, Shape.LINES if more else Shape.BODY, size, gzipped=gzipped)
