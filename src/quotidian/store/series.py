"""The series store: SQLite in the data folder, through SQLAlchemy Core."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Executable, Table, create_engine, event, select, text
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DatabaseError, OperationalError

from quotidian.domain.chunks import chunks
from quotidian.domain.errors import NewerStore, UserError
from quotidian.store import tables
from quotidian.store.batches import begin_notes, new_fingerprint
from quotidian.store.folder import DataFolder
from quotidian.store.sqlite_library import driver

_WRITE_ROWS = 5_000


def open_series(folder: DataFolder) -> Engine:
    """The series store of an initialised data folder.

    Raises UserError if there is none, NewerStore if a newer Quotidian wrote it.
    """
    folder.require()
    engine = sqlite_engine(folder.series)
    with _named(folder), engine.connect() as connection:
        if not _has_tables(connection):
            raise UserError(
                f"{folder.series} is empty, as `quotidian init` leaves it if it is interrupted; give it again, or "
                f"{folder.how_to_init()}"
            )
        _check_version(connection)
    return engine


@contextmanager
def creating(folder: DataFolder) -> Iterator[Connection]:
    """A transaction that writes to the series store of a data folder, and makes its tables if it has none.

    So an `init` that is killed has made either nothing but an empty file, or all. Raises UserError as `open_series`.
    """
    engine = sqlite_engine(folder.series)
    try:
        with _named(folder), writing(engine) as connection:
            if not _has_tables(connection):
                tables.metadata.create_all(connection)
                begin_notes(connection, new_fingerprint())
            _check_version(connection)
            yield connection
    finally:
        engine.dispose()


def _has_tables(connection: Connection) -> bool:
    return bool(connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar_one())


def _check_version(connection: Connection) -> None:
    found = connection.execute(select(tables.meta.c.schema_version)).scalar_one()
    if found > tables.SCHEMA_VERSION:
        raise NewerStore(
            f"The series store has schema {found}, and this version of Quotidian knows {tables.SCHEMA_VERSION}; "
            "use the newer Quotidian that wrote it"
        )


@contextmanager
def _named(folder: DataFolder) -> Iterator[None]:
    """Turn what a file that cannot be read or written as a series store raises into UserError."""
    try:
        yield
    except DatabaseError as error:
        if trouble := folder.trouble():
            raise UserError(f"Cannot write in the data folder {folder.path}: {trouble}") from error
        raise UserError(f"{folder.series} cannot be read as a series store: {error.orig}") from error


def sqlite_engine(path: Path, timeout_seconds: int = 60, *, can_shrink: bool = False) -> Engine:
    """A database file whose commits survive a loss of power; a writer waits for another for at most the timeout.

    `can_shrink`: free pages can be given back to the disk, if the file is made now.
    """
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, module=driver, connect_args={"timeout": timeout_seconds})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _: object) -> None:
        # Transactions begin where _begin says, not where the driver guesses.
        connection.isolation_level = None
        # A point of a campaign takes kilobytes: in pages of the default size most would be spread over several. Only a
        # store that is being made takes this in.
        connection.execute("PRAGMA page_size = 16384")
        if can_shrink:
            # The first page is written when WAL is set: what it does not say then, the file never takes in.
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        # Readers and the one writer do not wait for each other. FULL: what is committed survives a loss of power.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A reader sees one state of the store throughout. A writer waits its turn before it reads anything: a reader
        # that turns writer fails if another wrote in between.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes; committed at the end of the block, rolled back if it raises.

    Raises UserError if another command has been writing for a minute.
    """
    try:
        with engine.execution_options(writes=True).begin() as connection:
            yield connection
    except OperationalError as error:
        if "locked" in str(error.orig):
            raise UserError("Another command is writing to the series store; try again when it has ended") from error
        raise


def add_missing(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert the rows whose primary key is not there yet."""
    for chunk in chunks(rows, _WRITE_ROWS):
        connection.execute(upsert(table).on_conflict_do_nothing(), chunk)


def replace(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows, or overwrite those with the same primary key."""
    for chunk in chunks(rows, _WRITE_ROWS):
        connection.execute(_replacing(table), chunk)


@cache
def _replacing(table: Table) -> Executable:
    statement = upsert(table)
    key = [column.name for column in table.primary_key]
    others = {column.name: statement.excluded[column.name] for column in table.c if column.name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=others)
