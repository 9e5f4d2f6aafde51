"""The series store, as all floors above see it: a database in the data folder, through SQLAlchemy Core."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Table, inspect, select
from sqlalchemy.event import listen
from sqlalchemy.exc import DatabaseError, OperationalError

from quotidian.domain.chunks import chunks
from quotidian.domain.errors import NewerStore, UserError
from quotidian.store import tables
from quotidian.store.batches import begin_notes, new_fingerprint
from quotidian.store.folder import DataFolder
from quotidian.store.many import run_for_all
from quotidian.store.series_dialect import DataVersion, dialect

_WRITE_ROWS = 5_000
_WAIT_SECONDS = 60


def open_series(folder: DataFolder) -> Engine:
    """The series store of an initialised data folder.

    Raises UserError if there is none, NewerStore if a newer Quotidian wrote it.
    """
    folder.require()
    engine = _open(folder)
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
    engine = _open(folder)
    try:
        with _named(folder), writing(engine) as connection:
            if not _has_tables(connection):
                tables.metadata.create_all(connection)
                begin_notes(connection, new_fingerprint())
            _check_version(connection)
            yield connection
    finally:
        engine.dispose()


def _open(folder: DataFolder) -> Engine:
    return dialect.open_file(folder.series, _WAIT_SECONDS, can_shrink=False)


def _has_tables(connection: Connection) -> bool:
    return bool(inspect(connection).get_table_names())


def _check_version(connection: Connection) -> None:
    found = connection.execute(select(tables.meta.c.schema_version)).scalar_one()
    if found > tables.SCHEMA_VERSION:
        raise NewerStore(
            f"The series store has schema {found}, and this version of Quotidian knows {tables.SCHEMA_VERSION}; "
            "use the newer Quotidian that wrote it"
        )
    if found < tables.SCHEMA_VERSION:
        raise UserError(
            f"The series store has schema {found}, of an earlier Quotidian, and this version reads "
            f"{tables.SCHEMA_VERSION}; make a new data folder with `quotidian init`, and ingest the files again"
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


def data_version(folder: DataFolder) -> DataVersion:
    """What tells whether others have written to the series store since it was last asked."""
    return dialect.data_version(folder.series)


def before_each_statement(engine: Engine, call: Callable[[], None]) -> None:
    """Have something called before each statement on the series store, in the thread that gives it."""
    listen(engine, "before_cursor_execute", lambda *_: call())


_TURNS: Final[WeakKeyDictionary[Engine, Lock]] = WeakKeyDictionary()
"""Threads of a process write in turn: of those that wait, the database would refuse one after a minute."""

_MAKING: Final = Lock()


def _turn(engine: Engine) -> Lock:
    with _MAKING:
        return _TURNS.setdefault(engine, Lock())


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes; committed at the end of the block, rolled back if it raises.

    Raises UserError if another command has been writing for a minute.
    """
    try:
        with _turn(engine), engine.execution_options(writes=True).begin() as connection:
            yield connection
    except OperationalError as error:
        if dialect.is_locked(error):
            raise UserError("Another command is writing to the series store; try again when it has ended") from error
        raise


def add_missing(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert the rows whose primary key is not there yet."""
    for chunk in chunks(rows, _WRITE_ROWS):
        run_for_all(connection, dialect.adding_missing(table), chunk)


def replace(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows, or overwrite those with the same primary key."""
    for chunk in chunks(rows, _WRITE_ROWS):
        run_for_all(connection, dialect.replacing(table), chunk)


def merge(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows, or join them with those with the same primary key: sums, firsts and lasts, as each column says."""
    for chunk in chunks(rows, _WRITE_ROWS):
        run_for_all(connection, dialect.merging(table), chunk)
