"""Sources: what is loaded, a file of this machine or an object of a bucket."""

import os
from dataclasses import dataclass
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


@dataclass(frozen=True)
class BadFile:
    """A file that is not loaded, and why. What `may_pass`, such as a broken connection, is worth another try."""

    origin: str
    reason: str
    may_pass: bool = False
