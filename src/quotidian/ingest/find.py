"""From arguments to sources: walk folders, match globs, list buckets. No file is opened for that."""

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from quotidian.domain.errors import UserError
from quotidian.ingest.s3 import Buckets
from quotidian.ingest.sources import S3, Source

_LEFT_OUT = (".", "_")
"""What tools name their markers and unfinished files with."""


class Finder:
    """Finds what arguments (files, folders, globs, s3://bucket/prefix) name, as often as it is asked.

    In folders, names that begin with `.` or `_` are left out; so is what is in the folder `leave_out`.
    """

    def __init__(self, arguments: Iterable[str], leave_out: Path | None = None) -> None:
        self._arguments = tuple(arguments)
        self._leave_out = leave_out
        self._buckets = Buckets()

    def find(self, *, may_come: bool = False) -> list[Source]:
        """Every file and object that is there now, once each, in order.

        Raises UserError for an argument that names nothing (but a glob or a prefix if they `may_come`), and for a
        bucket that cannot be listed.
        """
        found: dict[bytes, Source] = {}
        for argument in self._arguments:
            named = self._objects(argument, may_come) if argument.startswith(S3) else self._files(argument, may_come)
            for source in named:
                found.setdefault(source.place, source)
        return list(found.values())

    def _objects(self, url: str, may_come: bool) -> Iterator[Source]:
        is_there = may_come
        for prefix, source in self._buckets.objects(url):
            is_there = True
            below = source.place[len(prefix) :].decode()
            if not any(part.startswith(_LEFT_OUT) for part in below.split("/")) and not _is_folder_marker(source):
                yield source
        if not is_there:
            raise UserError(f"There is no object {url!r}, nor one below it")

    def _files(self, argument: str, may_come: bool) -> Iterator[Source]:
        named = _named(argument)
        if not named and not (may_come and glob.has_magic(argument)):
            raise UserError(f"There is no file or folder {argument!r}")
        seen = {_identity(os.fsencode(self._leave_out))} if self._leave_out else set()
        for path in named:
            if path.is_dir():
                yield from _walk(os.fsencode(path.absolute()), seen)
            else:
                yield Source.of(path)


def _named(argument: str) -> list[Path]:
    try:
        if Path(argument).exists():
            return [Path(argument)]
        return sorted(map(Path, glob.glob(argument, recursive=True)))  # noqa: PTH207 - Path's takes no absolute patterns
    except OSError:
        return []


_Identity = tuple[int, int] | None


def _identity(folder: bytes) -> _Identity:
    """A folder's device and inode, the same by whichever links it is reached. Its real path takes ten times as long.

    None if the folder cannot be looked at.
    """
    try:
        status = os.stat(folder)  # noqa: PTH116 - a Path has no bytes
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _walk(folder: bytes, seen: set[_Identity]) -> Iterator[Source]:
    """The files below a folder. Links are followed; `seen` folders are left out, because links may go round."""
    identity = _identity(folder)
    if identity and identity in seen:
        return
    seen.add(identity)
    try:
        entries = _entries(folder)
    except OSError:
        # The folder is reported as a file that cannot be loaded.
        yield Source.of(os.fsdecode(folder))
        return
    for entry in entries:
        if _is_folder(entry):
            yield from _walk(entry.path, seen)
        else:
            try:
                yield Source.of_status(entry.path, entry.stat())
            except OSError:
                yield Source.of(os.fsdecode(entry.path))


def _entries(folder: bytes) -> list[os.DirEntry[bytes]]:
    left_out = tuple(map(str.encode, _LEFT_OUT))
    with os.scandir(folder) as entries:
        return sorted((each for each in entries if not each.name.startswith(left_out)), key=lambda each: each.name)


def _is_folder(entry: os.DirEntry[bytes]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_folder_marker(source: Source) -> bool:
    """Consoles and Hadoop keep empty objects in place of folders."""
    return source.size == 0 and source.place.endswith((b"/", b"_$folder$"))
