"""All that is PostgreSQL's: how a server's database is opened, and what `store/series_dialect.py` asks of a dialect."""

import os
import socket
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import psycopg
from psycopg import IsolationLevel
from sqlalchemy import URL, Connection, Engine, Integer, Table, create_engine, event, func, select, text
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.compiler import SQLCompiler

from quotidian.domain.days import Micros
from quotidian.domain.errors import UserError
from quotidian.store import postgresql_rows
from quotidian.store.functions import DecimalSum, Position
from quotidian.store.postgresql_lease import SILENT_SECONDS, SessionLease
from quotidian.store.postgresql_values import adapt_values

NAME: Final = "postgresql"
IN_PROCESS: Final = False
HAS_ONE_WRITER: Final = False

POOLED: Final = 8
"""Connections that a process keeps; it opens as many again for a moment."""

_NAMED: Final = "quotidian"
_LONGEST_NAME: Final = 63
_DRIVER: Final = "postgresql+psycopg"

# Who is cut off must know it within seconds, and so must the server: what a dead machine has locked holds others up.
_NETWORK: Final[Mapping[str, str]] = {
    "client_encoding": "utf8",
    "connect_timeout": "5",
    "keepalives": "1",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "11000",
}
_SESSION: Final[Mapping[str, str]] = {
    "lock_timeout": "60s",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "11s",
}

# What is written is at hand before a transaction begins, but for a few questions to the events, which can take minutes
# of many. Who is silent for longer within one hangs, and holds up the others.
_WRITER: Final = "SET LOCAL idle_in_transaction_session_timeout = '10min'"

_LOOK: Final = "SELECT version FROM turn"
_END_SESSIONS: Final = text(
    "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND usename = current_user"
    " AND starts_with(application_name, :purpose) AND application_name <> current_setting('application_name')"
)
_CLOCK: Final = text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)")
_UNSAFE: Final = {
    "fsync": "loses commits when the machine loses power",
    "full_page_writes": "can be damaged when the machine loses power",
    "synchronous_commit": "can lose the last commits when it crashes",
}
_ENCODING: Final = "UTF8"
_LEAST_VERSION: Final = (14,)
"""The first that can end a session which has been silent for too long: who leads relies on it."""

_MAKING: Final = 8_137_001
"""The advisory lock of who makes tables."""


def open_server(url: URL, purpose: str) -> Engine:
    """The database at a URL, as `purpose`: connections are called so, and the machine and process.

    A transaction reads one state throughout, and cannot write without the option "writes".
    """
    engine = create_engine(
        _with_network(url, purpose),
        # What runs statements without SQLAlchemy (store/many.py, store/lookups.py) gives values in their order.
        paramstyle="format",
        pool_size=POOLED,
        max_overflow=POOLED,
        pool_timeout=10,
        # A server that was started again is found before anything is asked of a connection that it no longer has.
        pool_pre_ping=True,
        pool_use_lifo=True,
    )

    engine.dialect.colspecs = {**engine.dialect.colspecs, Integer: _WideInteger}

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _: object) -> None:
        adapt_values(connection)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        driver: Any = connection.connection.driver_connection
        # A writer waits its turn first (store/turn.py), and must then see what the one before it has written.
        driver.isolation_level = IsolationLevel.READ_COMMITTED if writes else IsolationLevel.REPEATABLE_READ
        driver.read_only = not writes
        if writes:
            connection.exec_driver_sql(_WRITER)

    return engine


class _WideInteger(Integer):
    """What is compared with a column of 32 bits can have 64, as in SQLite: "for ever" is a day, and "all" a number."""

    __visit_name__ = "big_integer"
    render_bind_cast = True


def connect(url: URL, purpose: str, **options: str) -> psycopg.Connection[Any]:
    """A session for itself, not of a pool, which commits each statement; options are settings of the session.

    Raises psycopg.OperationalError.
    """
    given = _with_network(url, purpose, options)
    arguments: dict[str, Any] = given.translate_connect_args(username="user", database="dbname") | dict(given.query)
    return psycopg.connect(**arguments, autocommit=True)


def _with_network(url: URL, purpose: str, options: Mapping[str, str] | None = None) -> URL:
    session = " ".join(f"-c {name}={value}" for name, value in {**_SESSION, **(options or {})}.items())
    own = url.query.get("options", "")
    # What the user says comes last, where it wins.
    query = {**_NETWORK, **url.query, "options": f"{session} {own}".rstrip(), "application_name": _name(purpose)}
    return url.set(drivername=_DRIVER, query=query)


def _name(purpose: str) -> str:
    return f"{_NAMED} {purpose} {socket.gethostname()}:{os.getpid()}"[:_LONGEST_NAME]


def version(engine: Engine) -> str:
    """The server's version, such as 15.18."""
    return str(_setting(engine, "server_version").partition(" ")[0])


def danger(engine: Engine) -> str:
    """What the server's settings put at risk, in a line; '' if nothing is known."""
    found = [f"{name} is off, so that it {risk}" for name, risk in _UNSAFE.items() if _setting(engine, name) == "off"]
    return f"PostgreSQL {version(engine)}: {'; '.join(found)}" if found else ""


def _setting(engine: Engine, name: str) -> str:
    with engine.connect() as connection:
        return str(connection.execute(text("SELECT current_setting(:name)"), {"name": name}).scalar_one())


add_missing: Final = postgresql_rows.add_missing
replace: Final = postgresql_rows.replace
merge: Final = postgresql_rows.merge


@compiles(Position, NAME)
def _position(element: Position, compiler: SQLCompiler, **given: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **given)})"


@compiles(DecimalSum, NAME)
def _decimal_sum(element: DecimalSum, compiler: SQLCompiler, **given: Any) -> str:
    # Only what is exact can be rounded to a place.
    return f"CAST(round(sum(CAST({compiler.process(element.clauses, **given)} AS NUMERIC)), 6) AS DOUBLE PRECISION)"


def wait_to_make(connection: Connection) -> None:
    """Wait until no other makes tables, and keep others from it until the transaction ends.

    Raises UserError for a server or database that tables cannot be made in.
    """
    encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != _ENCODING:
        raise UserError(f"The database's encoding is {encoding}; make one with ENCODING '{_ENCODING}'")
    if (connection.dialect.server_version_info or ()) < _LEAST_VERSION:
        raise UserError(f"PostgreSQL {version(connection.engine)} is too old; {_LEAST_VERSION[0]} is the least")
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MAKING})


def clock(connection: Connection) -> Micros:
    """What the server's clock says."""
    return Micros(connection.execute(_CLOCK).scalar_one())


def lease(engine: Engine) -> SessionLease:
    """The lease of who leads, in a session of its own."""
    return SessionLease(partial(connect, engine.url, "lease", idle_session_timeout=f"{SILENT_SECONDS}s"))


def go_on_numbering(connection: Connection, table: Table) -> None:
    """Have the next row of a table, whose rows came with their ids, get the id after the largest."""
    if (column := table.autoincrement_column) is not None:
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        # Without rows nothing is set: the largest is NULL then.
        connection.execute(select(func.setval(sequence, func.max(column))))


def end_sessions(engine: Engine) -> None:
    """End the sessions of other processes that were opened for the same purpose: of engines that led, by a stopped one.

    It has ended for the others when this returns, or nearly so: a transaction of theirs is rolled back.
    """
    own = str(engine.url.query["application_name"])
    with engine.connect() as connection:
        connection.execute(_END_SESSIONS, {"purpose": own.rpartition(" ")[0] + " "}).all()


def is_locked(error: DBAPIError) -> bool:
    """Whether another process was writing for longer than the timeout."""
    return _state(error) == "55P03"


def is_passing(error: DBAPIError) -> bool:
    """Whether the same can succeed later: the server is away or full, or another was writing."""
    state = _state(error)
    return (
        (isinstance(error, OperationalError) and not state)
        or error.connection_invalidated
        or state[:2] in _PASSING_CLASSES
        or state in _PASSING_STATES
    )


_PASSING_CLASSES: Final = frozenset(
    (
        "08",  # the connection
        "40",  # the transaction was rolled back, because of another
        "53",  # too little room, memory, connections
        "57",  # an operator, or the server shuts down
        "58",  # of the server's machine
    )
)
_PASSING_STATES: Final = frozenset(
    (
        "25006",  # it can only be read: a standby, until it is made the primary
        "25P03",  # idle in a transaction for too long
        "55P03",  # another was writing
    )
)


def is_memory(error: DBAPIError) -> bool:
    """Whether there was too little memory."""
    return _state(error) == "53200"


def _state(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def data_version(url: URL) -> "ServerVersion":
    """What looks at the version of the database's data."""
    return ServerVersion(url)


class ServerVersion:
    """Looks at how often anything that is served was written, on a connection that is made anew if it is lost."""

    def __init__(self, url: URL) -> None:
        self._engine = create_engine(
            _with_network(url, "watch"), poolclass=NullPool, isolation_level="AUTOCOMMIT", paramstyle="format"
        )
        self._connection: Connection | None = None

    def look(self) -> int:
        """The version now. Raises DatabaseError."""
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            return int(self._connection.exec_driver_sql(_LOOK).scalar_one())
        except DatabaseError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the server."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
