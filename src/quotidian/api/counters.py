"""Counters that all workers of one machine share: a file each, locked by the kernel while one adds to it.

The limits package has storages for one process and for servers. This is between the two: nothing to install. A database
file does the same at seven times the cost, which is more than the rest of most answers.
"""

import fcntl
import os
import struct
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from limits.storage import Storage

SCHEME: Final = "quotidian-files"

# A number, and when it goes in epoch seconds. Read and written, not mapped into memory: where the disk has no room that
# is an error, and not the end of the process. Nothing waits for the disk: counters need not survive a loss of power.
_COUNTER: Final = struct.Struct("<qd")


class _Counter(NamedTuple):
    file: int
    expires: float


class FileStorage(Storage):
    """Counters in a folder: `quotidian-files://PATH`. The folder is made when something is counted."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 - as the base class has it

    def __init__(self, uri: str, wrap_exceptions: bool = False, **options: float | str | bool) -> None:  # noqa: ARG002
        super().__init__(uri, wrap_exceptions)
        self._folder = Path(uri.removeprefix(f"{SCHEME}://"))
        self._counters: dict[str, _Counter] = {}

    def __del__(self) -> None:
        for counter in self._counters.values():
            os.close(counter.file)

    @property
    def base_exceptions(self) -> type[Exception]:
        """What can go wrong in here."""
        return OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a counter and return it; a new one goes `expiry` seconds later."""
        counter = self._counters.get(key) or self._open_new(key, expiry)
        fcntl.flock(counter.file, fcntl.LOCK_EX)
        try:
            number = _COUNTER.unpack(os.pread(counter.file, _COUNTER.size, 0))[0] + amount
            os.pwrite(counter.file, _COUNTER.pack(number, counter.expires), 0)
        finally:
            fcntl.flock(counter.file, fcntl.LOCK_UN)
        return int(number)

    def get(self, key: str) -> int:
        """A counter's value."""
        return int(self._read(key)[0])

    def get_expiry(self, key: str) -> float:
        """When a counter goes, in epoch seconds; now, if it is not there."""
        return float(self._read(key)[1])

    def check(self) -> bool:
        """Whether the folder is there."""
        return self._folder.is_dir()

    def reset(self) -> int | None:
        """Forget all counters; returns how many there were."""
        keys = [unquote(path.name) for path in self._folder.iterdir()]
        for key in keys:
            self.clear(key)
        return len(keys)

    def clear(self, key: str) -> None:
        """Forget one counter."""
        # Set to 0 where it is: other workers have it open.
        self.incr(key, 0, -self.get(key))

    def _path(self, key: str) -> Path:
        return self._folder / quote(key, safe="")

    def _read(self, key: str) -> tuple[int, float]:
        with suppress(FileNotFoundError):
            if found := self._path(key).read_bytes():
                return _COUNTER.unpack(found)
        return 0, time.time()

    def _open_new(self, key: str, expiry: int) -> _Counter:
        """Open a counter that this process has not open: time to forget those that are over."""
        now = time.time()
        if not self._counters:
            self._take_over()
        for old in [each for each, counter in self._counters.items() if counter.expires < now]:
            os.close(self._counters.pop(old).file)
            self._path(old).unlink(missing_ok=True)
        file = os.open(self._path(key), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            found = os.pread(file, _COUNTER.size, 0)
            expires = _COUNTER.unpack(found)[1] if found else now + expiry
            if not found:
                os.pwrite(file, _COUNTER.pack(0, expires), 0)
        except OSError:
            os.close(file)
            raise
        fcntl.flock(file, fcntl.LOCK_UN)
        counter = self._counters[key] = _Counter(file, expires)
        return counter

    def _take_over(self) -> None:
        """Open the counters of processes that have ended: nobody else will forget them."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        for path in self._folder.iterdir():
            # One without a number is only just being made; another process may be forgetting one.
            with suppress(FileNotFoundError):
                if found := path.read_bytes():
                    self._counters[unquote(path.name)] = _Counter(os.open(path, os.O_RDWR), _COUNTER.unpack(found)[1])
