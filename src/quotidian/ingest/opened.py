"""Files for ClickHouse, opened here and named to it by the numbers of their descriptors.

So no user's path gets into SQL, where ClickHouse might take parts of it for a pattern, and no file needs to be linked
or copied under another name. Linux only: /proc/self/fd.
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Final

MOST_FILES: Final = 700
"""Files that can be open: with _FIRST less than 1,024, which any process may have."""

_DESCRIPTORS: Final = "/proc/self/fd"
_FIRST: Final = 256
"""Above the descriptors that ClickHouse uses, so that none of its files is among ours."""


class OpenedFiles:
    """Files under consecutive numbers, which are closed when the block ends. A process has one at a time."""

    def __init__(self) -> None:
        self._open: set[int] = set()

    def __enter__(self) -> "OpenedFiles":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for descriptor in self._open:
            os.close(descriptor)

    def open(self, path: bytes | Path) -> str:
        """Open a file; returns the name that ClickHouse has for it in `_file`. Raises OSError."""
        return self._numbered(os.open(path, os.O_RDONLY | os.O_CLOEXEC))

    def hold(self, content: bytes) -> str:
        """A file in memory that has no name outside this process; returns ClickHouse's name for it."""
        descriptor = os.memfd_create("quotidian")
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(content)
        return self._numbered(descriptor)

    def is_gone(self, name: str) -> bool:
        """Whether a file has been deleted since."""
        return not os.fstat(int(name)).st_nlink

    def leave_out(self, name: str) -> None:
        """Close a file before the others."""
        self._open.remove(int(name))
        os.close(int(name))

    @property
    def pattern(self) -> str:
        """What `file()` is to read: all of them. Of {1,2,3} ClickHouse leaves out deleted files silently."""
        return f"{_DESCRIPTORS}/{{{min(self._open)}..{max(self._open)}}}"

    def _numbered(self, descriptor: int) -> str:
        try:
            number = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST)
        finally:
            os.close(descriptor)
        self._open.add(number)
        return str(number)
