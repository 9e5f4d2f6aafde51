"""The lease of who leads, where the series store is PostgreSQL: an advisory lock that a session has.

The lock ends with its session. The server ends a session that has said nothing for SILENT_SECONDS, whatever became of
its process and its network: so who wants to lead waits for little more than that. A pooler that gives transactions to
sessions as it likes must not be between: the lock would be anybody's.
"""

from collections.abc import Callable
from threading import Event, Thread
from typing import Any, Final

import psycopg
from sqlalchemy.exc import OperationalError

from quotidian.store.tables import SCHEMA_VERSION

SILENT_SECONDS: Final = 5
"""How long a session may say nothing. A leader says something each second."""

_PING_SECONDS: Final = 1.0
_KIND: Final = 8_137_002
"""Tells our lock from those of other programs in the same database."""

_TAKE: Final = "SELECT pg_try_advisory_lock(%s, hashtext(current_schema()))"
_PING: Final = "SELECT turn.epoch, meta.schema_version FROM turn, meta"


class SessionLease:
    """A lease in a session of its own, which is opened when it is wanted, and opened again when it was ended."""

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]]) -> None:
        self._connect = connect
        self._session: psycopg.Connection[Any] | None = None
        self._ended = Event()
        self._watching: Thread | None = None

    def take(self) -> bool:
        """As Lease says."""
        try:
            return self._take()
        except psycopg.Error:
            # The session may only have been silent for too long since it was last asked.
            self._drop()
        try:
            return self._take()
        except psycopg.Error as error:
            self._drop()
            raise OperationalError(_TAKE, {}, error) from error

    def _take(self) -> bool:
        if self._session is None:
            self._session = self._connect()
        (is_taken,) = self._ask(_TAKE, (_KIND,))
        return bool(is_taken)

    def watch(self, epoch: int, lost: Callable[[str], None]) -> None:
        """As Lease says."""
        self._watching = Thread(target=self._watch, args=(epoch, lost), name="lease", daemon=True)
        self._watching.start()

    def _watch(self, epoch: int, lost: Callable[[str], None]) -> None:
        while not self._ended.wait(_PING_SECONDS):
            try:
                found, schema = self._ask(_PING, ())
            except psycopg.Error as error:
                lost(f"its session has ended: {str(error).partition(chr(10))[0]}")
                return
            if schema != SCHEMA_VERSION:
                lost(f"the series store has schema {schema} now, and this version knows {SCHEMA_VERSION}")
                return
            if found != epoch:
                lost(f"another engine leads, with epoch {found}, and this one had {epoch}")
                return

    def _ask(self, statement: str, values: tuple[object, ...]) -> tuple[Any, ...]:
        if self._session is None:
            raise psycopg.OperationalError("there is no session")
        row: tuple[Any, ...] | None = self._session.execute(statement, values).fetchone()
        if row is None:
            raise psycopg.DatabaseError("it has no rows")
        return row

    def close(self) -> None:
        """As Lease says."""
        if self._watching:
            self._ended.set()
            self._watching.join()
            self._watching = None
            self._ended.clear()
        self._drop()

    def _drop(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
