"""From paths to event files: walk folders, and tell from its first bytes and its name what each file is."""

import glob
import gzip
import os
import stat
import zlib
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

    origin: str
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
        seen = {leave_out.resolve()} if leave_out else set()
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


def _walk(folder: Path, seen: set[Path]) -> Iterator[Path]:
    """The files below a folder. Linked folders are followed, and `seen` ones not entered again: links may go round."""
    if folder.resolve() in seen:
        return
    seen.add(folder.resolve())
    for path in sorted(folder.iterdir()):
        if not path.name.startswith((".", "_")):
            if path.is_dir():
                yield from _walk(path, seen)
            else:
                yield path


def shown(path: Path) -> str:
    """A path as text that can be kept and printed: names need not be UTF-8."""
    return os.fsencode(path.absolute()).decode(errors="backslashreplace")


def look_at(path: Path) -> EventFile | BadFile:  # noqa: PLR0911 - a case a line
    """What a file is, by its first bytes and its name."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return BadFile(shown(path), "is no regular file")
        size = status.st_size
        with path.open("rb") as opened:
            start = opened.read(len(_AVRO_MAGIC))
    except OSError as error:
        return BadFile(shown(path), f"cannot be read: {error.strerror}")
    gzipped = start.startswith(_GZIP_MAGIC)
    name = path.name.lower().removesuffix(".gz")
    if start == _AVRO_MAGIC:
        return _avro(path, size)
    if name.endswith(_LINES_NAMES):
        return EventFile(path, Shape.LINES, size, gzipped=gzipped)
    if name.endswith(".json"):
        return _json(path, size, gzipped)
    if name.endswith(".avro"):
        return BadFile(shown(path), "is not an Avro file" if size else "is empty")
    return BadFile(shown(path), "is no event file; those are .avro, .json, .jsonl and .ndjson, also gzipped")


def _avro(path: Path, size: int) -> EventFile | BadFile:
    try:
        with path.open("rb") as opened:
            schema = msgspec.json.decode(fastavro.reader(opened).metadata["avro.schema"])
        name, namespace = schema["name"], schema.get("namespace", "")
    except Exception as error:
        # Whatever the header holds instead, it is a foreign file, and fastavro raises a dozen kinds of error for it.
        return BadFile(shown(path), f"has no readable Avro header: {error or type(error).__name__}")
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
    except (OSError, EOFError, zlib.error) as error:
        return BadFile(shown(path), f"cannot be read: {error}")
    if not first:
        return BadFile(shown(path), "is empty")
    try:
        msgspec.json.decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return EventFile(path, Shape.BODY, size, gzipped=gzipped)
    return EventFile(path, Shape.LINES if more else Shape.BODY, size, gzipped=gzipped)
