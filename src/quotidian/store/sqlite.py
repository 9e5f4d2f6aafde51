"""All that is SQLite's: its library, how files are opened, and what `store/series_dialect.py` asks of a dialect.

Two copies of the library in one process drop each other's POSIX locks, so that everything that opens a file takes the
library from here, tests included. Python's own copy is often older than 3.51.3: two connections that write to a file in
WAL mode can then lose commits.
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, Insert, Table, create_engine, event, func
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from quotidian.domain.days import Micros, now_micros
from quotidian.store.functions import DecimalSum, Position
from quotidian.store.lease import FileLease
from quotidian.store.many import Rows, merging, run_for_all

NAME: Final = "sqlite"
IN_PROCESS: Final = True
HAS_ONE_WRITER: Final = True

_MENDED: Final = (3, 51, 3)
_BUG: Final = "sqlite.org/wal.html#walresetbug"
_PASSING_WORDS: Final = ("locked", "busy", "full", "disk I/O", "readonly", "unable to open")
_SHRINK: Final = "PRAGMA incremental_vacuum"
_LOOK: Final = "PRAGMA data_version"


def _library() -> ModuleType:
    """pysqlite3 brings a library of its own; there is no wheel of it for every machine."""
    try:
        return import_module("pysqlite3.dbapi2")
    except ImportError:
        return import_module("sqlite3.dbapi2")


driver: Final = _library()
"""The DBAPI module in force."""


def version(_: Engine) -> str:
    """The library's version, such as 3.53.4."""
    return str(driver.sqlite_version)


def danger(engine: Engine) -> str:
    """What the library in force can do to the files, in a line; '' if nothing is known."""
    if driver.sqlite_version_info >= _MENDED:
        return ""
    return (
        f"SQLite {version(engine)} can lose commits when two processes write ({_BUG}); "
        f"{'.'.join(map(str, _MENDED))} and newer do not"
    )


def open_file(path: Path, timeout_seconds: int, *, can_shrink: bool) -> Engine:
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
        if connection.get_execution_options().get("writes", False):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            # Touches no file yet, so that it cannot fail: SQLAlchemy's way to run it takes longer than a lookup.
            connection.connection.cursor().execute("BEGIN")

    return engine


def add_missing(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert the rows whose primary key is not there yet. Raises DBAPIError, as the others do."""
    run_for_all(connection, _adding_missing(table), rows)


def replace(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows, or overwrite those with the same primary key."""
    run_for_all(connection, _replacing(table), rows)


def merge(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows, or join them with those with the same primary key, as each column says."""
    run_for_all(connection, _merging(table), rows)


@cache
def _adding_missing(table: Table) -> Insert:
    return upsert(table).on_conflict_do_nothing()


@cache
def _replacing(table: Table) -> Insert:
    statement = upsert(table)
    key = [column.name for column in table.primary_key]
    others = {column.name: statement.excluded[column.name] for column in table.c if column.name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=others)


@cache
def _merging(table: Table) -> Insert:
    return merging(upsert(table), table, _MERGES)


_MERGES: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "sum": lambda here, given: here + given,
    "least": func.min,
    "greatest": func.max,
    "bits": lambda here, given: here.op("|")(given),
}


@compiles(Position, NAME)
def _position(element: Position, compiler: SQLCompiler, **given: Any) -> str:
    return f"instr({compiler.process(element.clauses, **given)})"


@compiles(DecimalSum, NAME)
def _decimal_sum(element: DecimalSum, compiler: SQLCompiler, **given: Any) -> str:
    return f"round(sum({compiler.process(element.clauses, **given)}), 6)"


def wait_to_make(_: Connection) -> None:
    """Nothing: a transaction that writes is alone."""


def clock(_: Connection) -> Micros:
    """What the machine's clock says."""
    return now_micros()


def lease(_: Engine) -> FileLease:
    """The lease of who leads: the data folder's lock is all there is to it."""
    return FileLease()


def go_on_numbering(connection: Connection, table: Table) -> None:
    """The next row gets the id after the largest by itself."""


def end_sessions(_: Engine) -> None:
    """Nothing: the file of a process that is stopped is held, and nobody else leads."""


def is_locked(error: DBAPIError) -> bool:
    """Whether another process was writing for longer than the timeout."""
    return "locked" in str(error.orig)


def is_passing(error: DBAPIError) -> bool:
    """Whether the same can succeed later: another was writing, or the disk is full or failing."""
    return any(map(str(error.orig).__contains__, _PASSING_WORDS))


def is_memory(error: DBAPIError) -> bool:
    """Whether there was too little memory."""
    return "out of memory" in str(error.orig)


def data_version(path: Path) -> "FileVersion":
    """What looks at the version of the file's data."""
    return FileVersion(path)


def shrinking(engine: Engine, free_bytes: int, slice_bytes: int) -> "FileShrinking":
    """What gives room that the file does not use back to the disk."""
    return FileShrinking(engine, free_bytes, slice_bytes)


class FileVersion:
    """Looks at a file's version, which every write of others changes. It writes nothing itself."""

    def __init__(self, path: Path) -> None:
        self._connection = driver.connect(path, isolation_level=None, check_same_thread=False)

    def look(self) -> int:
        """The version now. Raises DatabaseError."""
        try:
            (version,) = self._connection.execute(_LOOK).fetchone()
        except driver.Error as error:
            raise DatabaseError(_LOOK, {}, error) from error
        return int(version)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


class FileShrinking:
    """Gives room that a file does not use back to the disk, once it is more than `free_bytes`, in slices."""

    def __init__(self, engine: Engine, free_bytes: int, slice_bytes: int) -> None:
        self._engine = engine
        self._free_bytes = free_bytes
        self._slice_bytes = slice_bytes
        self._is_shrinking = False

    def shrink(self) -> bool:
        """Give back a slice, if there is much; returns whether there is more. Raises OperationalError."""
        pooled = self._engine.raw_connection()
        try:
            return self._shrink(pooled.driver_connection)
        except driver.OperationalError as error:
            raise OperationalError(_SHRINK, {}, error) from error
        finally:
            pooled.close()

    def _shrink(self, connection: Any) -> bool:
        page_bytes, free = (_number(connection, name) for name in ("page_size", "freelist_count"))
        if not free or not (self._is_shrinking or free * page_bytes > self._free_bytes):
            self._is_shrinking = False
            return False
        # As a script, which is stepped to its end: every step frees one page, and a query is left after the first.
        connection.executescript(f"{_SHRINK}({self._slice_bytes // page_bytes})")
        self._is_shrinking = 0 < _number(connection, "freelist_count") < free
        if not self._is_shrinking:
            # The file becomes shorter when the log has been copied into it.
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        return self._is_shrinking


def _number(connection: Any, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
