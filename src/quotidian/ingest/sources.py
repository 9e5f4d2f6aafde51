"""Sources: what is loaded, a file of this machine or an object of a bucket."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from os.path import commonprefix
from pathlib import Path
from typing import Final

import msgspec

S3: Final = "s3://"


class Source(msgspec.Struct, frozen=True, array_like=True):
    """A file or an object, as it was when it was looked for.

    `place` is its absolute path, or s3://bucket/key; bytes, because names of files need not be UTF-8. `version` changes
    when the content does. `changed_at` is in seconds since 1970; 0 for objects, which are whole when they appear.
    """

    place: bytes
    size: int
    version: str
    changed_at: float = 0

    @classmethod
    def of(cls, path: str | Path) -> "Source":
        """The file at a path; where there is none it has no version."""
        place = os.fsencode(Path(path).absolute())
        try:
            status = os.stat(place)  # noqa: PTH116 - a Path has no bytes
        except OSError:
            return cls(place, 0, "")
        return cls.of_status(place, status)

    @classmethod
    def of_status(cls, place: bytes, status: os.stat_result) -> "Source":
        """The file at an absolute path, of which the system says this."""
        return cls(place, status.st_size, f"{status.st_size} {status.st_mtime_ns}", status.st_mtime)

    @property
    def is_remote(self) -> bool:
        """Whether it must be fetched before it can be read."""
        return self.place.startswith(S3.encode())

    @property
    def path(self) -> Path:
        """Where a file of this machine is."""
        return Path(os.fsdecode(self.place))

    @property
    def origin(self) -> str:
        """Where it is, as text that can be stored and printed."""
        return self.place.decode(errors="backslashreplace")

    @property
    def name(self) -> str:
        """The last part of where it is."""
        return self.origin.rpartition("/")[2]


def common_place(sources: Sequence[Source]) -> str:
    """Where the only source is; else the folder or prefix that all have in common, with / at its end. '' of none."""
    if not sources:
        return ""
    first, last = min(source.origin for source in sources), max(source.origin for source in sources)
    if first == last:
        return first
    # The first and the last in order have no more in common than all. Cut at a slash, it is no part of a name.
    return commonprefix([first, last]).rpartition("/")[0] + "/"  # noqa: RUF071


@dataclass(frozen=True)
class BadFile:
    """A file that is not loaded, and why. What `may_pass`, such as a broken connection, is worth another try."""

    origin: str
    reason: str
    may_pass: bool = False
