"""How much of the disk a data folder takes."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from quotidian.store.folder import DataFolder

_BLOCK = 512  # st_blocks counts in these, whatever the file system's own are


class DiskUse(msgspec.Struct, frozen=True):
    """Bytes on disk, by store; `other` is what else the data folder holds. `free` is what its disk still has."""

    events: int
    series: int
    inbox: int
    other: int
    free: int


def disk_use(folder: DataFolder) -> DiskUse:
    """What a data folder takes. Files that come and go meanwhile may count or not. Nothing is opened."""
    events = sum(_sizes(folder.events))
    series, inbox = (sum(_sizes_of_sqlite(path)) for path in (folder.series, folder.inbox))
    other = sum(_sizes(folder.path, leave_out=folder.events.name)) - series - inbox
    return DiskUse(events, series, inbox, max(0, other), shutil.disk_usage(folder.path).free)


def _sizes_of_sqlite(path: Path) -> Iterator[int]:
    """A SQLite file, and those that it has beside it while it is open."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        try:
            yield path.with_name(name).lstat().st_blocks * _BLOCK
        except FileNotFoundError:
            continue


def _sizes(folder: Path, leave_out: str = "") -> Iterator[int]:
    """All files below a folder, but for one name in it; links are not followed."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name != leave_out:
                    yield from _sizes_at(entry)
    except (FileNotFoundError, PermissionError):
        return


def _sizes_at(entry: os.DirEntry[str]) -> Iterator[int]:
    if entry.is_dir(follow_symlinks=False):
        yield from _sizes(Path(entry.path))
        return
    try:
        yield entry.stat(follow_symlinks=False).st_blocks * _BLOCK
    except FileNotFoundError:
        return
