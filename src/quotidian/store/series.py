"""The series store, as all floors above see it: a database, through SQLAlchemy Core."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, inspect, select
from sqlalchemy.event import listen
from sqlalchemy.exc import DatabaseError

from quotidian.domain.chunks import chunks
from quotidian.domain.errors import NewerStore, UserError
from quotidian.store import tables
from quotidian.store.batches import begin_notes, new_fingerprint
from quotidian.store.folder import DataFolder
from quotidian.store.place import SeriesPlace
from quotidian.store.series_dialect import DataVersion, dialect_of
from quotidian.store.transactions import changing, thread_turn, transaction
from quotidian.store.turn import begin_turns, take_turn

_WRITE_ROWS = 5_000
_NAMED: Final = 3


def open_series(folder: DataFolder, purpose: str = "command") -> Engine:
    """The series store of an initialised data folder.

    `purpose` is what the connections are called, where a server has it. Raises UserError if there is none, NewerStore
    if a newer Quotidian wrote it.
    """
    place = SeriesPlace.of(folder)
    place.require()
    engine = place.open(purpose)
    try:
        with _named(place), engine.connect() as connection:
            if not _has_tables(connection, place):
                raise UserError(
                    f"{place.name} is empty, as `quotidian init` leaves it if it is interrupted; give it again, or "
                    f"{folder.how_to_init()}"
                )
            _check_version(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def creating(folder: DataFolder) -> Iterator[Connection]:
    """A transaction that writes to the series store of a data folder, and makes its tables if it has none.

    So an `init` that is killed has made either nothing but an empty file, or all. Raises UserError as `open_series`.
    """
    with creating_at(SeriesPlace.of(folder)) as connection:
        yield connection


@contextmanager
def creating_at(place: SeriesPlace) -> Iterator[Connection]:
    """The same, of a series store that may be elsewhere than the settings say."""
    engine = place.open("init")
    try:
        with _named(place), changing(engine) as connection:
            dialect_of(engine).wait_to_make(connection)
            if not _has_tables(connection, place):
                tables.metadata.create_all(connection)
                begin_notes(connection, new_fingerprint())
                begin_turns(connection)
            _check_version(connection)
            take_turn(connection)
            yield connection
    finally:
        engine.dispose()


def _has_tables(connection: Connection, place: SeriesPlace) -> bool:
    found = sorted(inspect(connection).get_table_names())
    if found and tables.meta.name not in found:
        named = ", ".join(found[:_NAMED]) + (f" and {len(found) - _NAMED} more" if len(found) > _NAMED else "")
        raise UserError(
            f"{place.name} has other tables: {named}; the series need a database, or a schema, for themselves"
        )
    return bool(found)


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
def _named(place: SeriesPlace) -> Iterator[None]:
    """Turn what a database that cannot be read or written as a series store raises into UserError."""
    try:
        yield
    except DatabaseError as error:
        if trouble := place.folder.trouble():
            raise UserError(f"Cannot write in the data folder {place.folder.path}: {trouble}") from error
        raise UserError(f"{place.name} cannot be read as a series store: {error.orig}") from error


def data_version(folder: DataFolder) -> DataVersion:
    """What tells whether others have written to the series store since it was last asked."""
    return SeriesPlace.of(folder).data_version()


def before_each_statement(engine: Engine, call: Callable[[], None]) -> None:
    """Have something called before each statement on the series store, in the thread that gives it."""
    listen(engine, "before_cursor_execute", lambda *_: call())


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes what is served; committed at the end of the block, rolled back if it raises.

    Raises UserError if another has been writing for a minute, and Deposed if another engine leads (store/turn.py).
    """
    with thread_turn(engine), transaction(engine) as connection:
        take_turn(connection)
        yield connection


@contextmanager
def holding(engine: Engine) -> Iterator[Connection]:
    """A transaction that reads while nobody can write; nothing of it is kept. Raises as `writing`."""
    with thread_turn(engine), engine.execution_options(writes=True).connect() as connection:
        take_turn(connection)
        yield connection


def add_missing(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert the rows whose primary key is not there yet."""
    for chunk in chunks(rows, _WRITE_ROWS):
        dialect_of(connection.engine).add_missing(connection, table, chunk)


def replace(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows, or overwrite those with the same primary key."""
    for chunk in chunks(rows, _WRITE_ROWS):
        dialect_of(connection.engine).replace(connection, table, chunk)


def merge(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows, or join them with those with the same primary key: sums, firsts and lasts, as each column says."""
    for chunk in chunks(rows, _WRITE_ROWS):
        dialect_of(connection.engine).merge(connection, table, chunk)
