"""Counters that all workers of one machine share: files that grow by a byte for each request.

The limits package has storages for one process and for servers. This is between the two: nothing to install. To append
is one step for the kernel, whoever else appends, and leaves the file's offset behind what was written: that is the
number. A database does the same at fifteen times the cost, which is more than the rest of most answers.
"""

import fcntl
import os
import struct
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple, Protocol
from urllib.parse import quote, unquote

from quotidian.domain.errors import CannotCount

# What a file begins with: when the counter goes, in epoch seconds.
_EXPIRES: Final = struct.Struct("<d")


class Counters(Protocol):
    """Counters by name. For one event loop."""

    async def add(self, key: str, seconds: int) -> int:
        """Add 1 to a counter and return it; a new one goes so many seconds later. Raises CannotCount."""

    async def get(self, key: str) -> int:
        """A counter's value; 0 if it is not there. Raises CannotCount."""

    async def close(self) -> None:
        """Let go of connections. Counters stay."""


class _Counter(NamedTuple):
    file: int
    expires: float


class FileCounters:
    """Counters in a folder, which is made when something is counted. For one thread, which never waits for long.

    Nothing waits for the disk: counters need not survive a loss of power.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._counters: dict[str, _Counter] = {}

    def __del__(self) -> None:
        for counter in self._counters.values():
            os.close(counter.file)

    async def close(self) -> None:
        """There are no connections."""

    async def add(self, key: str, seconds: int) -> int:
        """Add 1 to a counter and return it; a new one goes so many seconds later. Raises CannotCount."""
        try:
            file, _ = self._counters.get(key) or self._open_new(key, seconds)
            os.write(file, b"\0")
            return os.lseek(file, 0, os.SEEK_CUR) - _EXPIRES.size
        except OSError as error:
            raise CannotCount(str(error)) from error

    async def get(self, key: str) -> int:
        """A counter's value; 0 if it is not there. Raises CannotCount."""
        try:
            return max(0, self._path(key).stat().st_size - _EXPIRES.size)
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise CannotCount(str(error)) from error

    def _path(self, key: str) -> Path:
        return self._folder / quote(key, safe="")

    def _open_new(self, key: str, seconds: int) -> _Counter:
        """Open a counter that this process does not have open yet, and delete counters that have expired."""
        now = time.time()
        # Each time: somebody may have removed it, which begins counting anew.
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if not self._counters:
            self._take_over()
        for old in [each for each, counter in self._counters.items() if counter.expires < now]:
            os.close(self._counters.pop(old).file)
            self._path(old).unlink(missing_ok=True)
        file = _open(self._path(key))
        # Whoever is the first to open it says how long it stays.
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            expires = _expires(self._path(key))
            if not expires:
                expires = now + seconds
                os.write(file, _EXPIRES.pack(expires))
        except OSError:
            os.close(file)
            raise
        fcntl.flock(file, fcntl.LOCK_UN)
        counter = self._counters[key] = _Counter(file, expires)
        return counter

    def _take_over(self) -> None:
        """Open the counters of processes that have ended: nobody else will forget them."""
        for path in self._folder.iterdir():
            # One that does not say when it goes is only just being made; another process may be forgetting one.
            with suppress(FileNotFoundError):
                if expires := _expires(path):
                    self._counters[unquote(path.name)] = _Counter(_open(path), expires)


def _open(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def _expires(path: Path) -> float | None:
    with path.open("rb") as file:
        found = file.read(_EXPIRES.size)
    return _EXPIRES.unpack(found)[0] if found else None
