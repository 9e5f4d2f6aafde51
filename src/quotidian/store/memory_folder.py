"""A folder in memory, for what one process needs as long as it runs; those that killed processes left are removed."""

import fcntl
import os
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder of our own in it
"""A file system without a disk."""

_PREFIX: Final = "quotidian-counters-"
_TRIES: Final = 3


def make_memory_folder(where: Path = MEMORY) -> Path | None:
    """Make a folder that is in use until this process ends; None where there is no room for one.

    A process that is killed leaves its folder behind, and the data folder that knew of it may be gone by then: so the
    next one looks for such folders. One that is in use is locked, and the lock is the kernel's.
    """
    for left in where.glob(f"{_PREFIX}*"):
        _remove_unused(left)
    for _ in range(_TRIES):
        try:
            made = Path(mkdtemp(prefix=_PREFIX, dir=where))
        except OSError:
            return None
        # The descriptor stays open: the lock lasts as long as the process.
        if _locked(made) is not None and made.exists():
            return made
        # Another process took it for left behind before it was locked.
    return None


def _remove_unused(folder: Path) -> None:
    descriptor = _locked(folder)
    if descriptor is None:
        return
    # Anybody may put folders there: only our own are ours to remove.
    if os.fstat(descriptor).st_uid == os.geteuid():
        shutil.rmtree(folder, ignore_errors=True)
    os.close(descriptor)


def _locked(folder: Path) -> int | None:
    """A descriptor that locks a folder; None if it is in use, or cannot be opened."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
