"""In what the databases of the series store and the inbox differ: all else is SQLAlchemy's, one text for all of them.

A module for each database has what `Dialect` names. There is one so far, SQLite.
"""

from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import Engine, Insert, Table
from sqlalchemy.exc import OperationalError

from quotidian.store import sqlite


class DataVersion(Protocol):
    """Looks at the version of a store's data, which every write of others changes."""

    def look(self) -> int:
        """The version now. Raises DatabaseError."""

    def close(self) -> None:
        """Let go of the store."""


class Shrinking(Protocol):
    """Gives room that a database does not use back to the disk, once it is much, in slices."""

    def shrink(self) -> bool:
        """Give back a slice; returns whether there is more to give. Raises OperationalError."""


class Dialect(Protocol):
    """What a module that speaks a dialect has."""

    NAME: str

    def version(self) -> str:
        """The version of the library or server in force."""

    def danger(self) -> str:
        """What is known against the library or server in force, in a line; '' if nothing is."""

    def open_file(self, path: Path, timeout_seconds: int, *, can_shrink: bool) -> Engine:
        """The database at a path. With the option "writes", a transaction waits its turn for at most the timeout."""

    def adding_missing(self, table: Table) -> Insert:
        """A statement that inserts rows whose primary key is not there yet."""

    def replacing(self, table: Table) -> Insert:
        """A statement that inserts rows, or overwrites those with the same primary key."""

    def merging(self, table: Table) -> Insert:
        """A statement that inserts rows, or joins them with those with the same primary key, as each column says."""

    def is_locked(self, error: OperationalError) -> bool:
        """Whether another was writing for too long."""

    def is_passing(self, error: OperationalError) -> bool:
        """Whether the same can succeed later."""

    def is_memory(self, error: OperationalError) -> bool:
        """Whether there was too little memory."""

    def data_version(self, path: Path) -> DataVersion:
        """What looks at the version of the data at a path."""

    def shrinking(self, engine: Engine, free_bytes: int, slice_bytes: int) -> Shrinking:
        """What gives room that a database with `can_shrink` does not use back to the disk."""


dialect: Final[Dialect] = sqlite
"""The one in force."""
