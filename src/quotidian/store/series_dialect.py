"""In what the databases of the series store and the inbox differ: all else is SQLAlchemy's, one text for all of them.

A module for each database has what `Dialect` names: SQLite's also opens files, PostgreSQL's a database of a server.
"""

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from sqlalchemy import URL, Connection, Engine, Table
from sqlalchemy.exc import DBAPIError

from quotidian.domain.days import Micros
from quotidian.store import sqlite
from quotidian.store.lease import Lease
from quotidian.store.many import Rows


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

    IN_PROCESS: bool
    """Whether this process itself reads the data: an event loop can wait for that, as it cannot for a server."""

    HAS_ONE_WRITER: bool
    """Whether any transaction that writes waits for any other; else those alone wait that begin with the turn."""

    def version(self, engine: Engine) -> str:
        """The version of the library or server in force. Raises DatabaseError."""

    def danger(self, engine: Engine) -> str:
        """What is known against the library or server in force, in a line; '' if nothing is. Raises DatabaseError."""

    def add_missing(self, connection: Connection, table: Table, rows: Rows) -> None:
        """Insert rows whose primary key is not there yet. Raises DBAPIError, as the others do."""

    def replace(self, connection: Connection, table: Table, rows: Rows) -> None:
        """Insert rows, or overwrite those with the same primary key; of several with the same the last counts."""

    def merge(self, connection: Connection, table: Table, rows: Rows) -> None:
        """Insert rows, or join them with those with the same primary key, as each column says."""

    def wait_to_make(self, connection: Connection) -> None:
        """Wait until no other makes tables, and keep others from it until the transaction ends."""

    def clock(self, connection: Connection) -> Micros:
        """What the clock says that all who share the database have in common."""

    def lease(self, engine: Engine) -> Lease:
        """The lease of who leads, not taken yet."""

    def go_on_numbering(self, connection: Connection, table: Table) -> None:
        """Have the next row of a table, whose rows came with their ids, get the id after the largest."""

    def end_sessions(self, engine: Engine) -> None:
        """End the sessions of other processes that were opened for the same purpose."""

    def is_locked(self, error: DBAPIError) -> bool:
        """Whether another was writing for too long."""

    def is_passing(self, error: DBAPIError) -> bool:
        """Whether the same can succeed later."""

    def is_memory(self, error: DBAPIError) -> bool:
        """Whether there was too little memory."""


class FileDialect(Dialect, Protocol):
    """What has its databases in files."""

    def open_file(self, path: Path, timeout_seconds: int, *, can_shrink: bool) -> Engine:
        """The database at a path. With the option "writes", a transaction waits its turn for at most the timeout."""

    def data_version(self, path: Path) -> DataVersion:
        """What looks at the version of the data at a path."""

    def shrinking(self, engine: Engine, free_bytes: int, slice_bytes: int) -> Shrinking:
        """What gives room that a database with `can_shrink` does not use back to the disk."""


class ServerDialect(Dialect, Protocol):
    """What has its databases on a server."""

    def open_server(self, url: URL, purpose: str) -> Engine:
        """The database at a URL. With the option "writes", a transaction can write."""

    def data_version(self, url: URL) -> DataVersion:
        """What looks at the version of the data at a URL."""


def files() -> FileDialect:
    """The dialect of databases that are files of a machine."""
    return sqlite


@cache
def server() -> ServerDialect:
    """The dialect of a database that machines share. Only who has one pays for loading its driver."""
    return cast(ServerDialect, import_module("quotidian.store.postgresql"))


def dialect_of(engine: Engine) -> Dialect:
    """The dialect that a database speaks."""
    return files() if engine.dialect.name == sqlite.NAME else server()


def dialect_that_raised(error: DBAPIError) -> Dialect:
    """The dialect of the database that an error is of."""
    return files() if isinstance(error.orig, sqlite.driver.Error) else server()
