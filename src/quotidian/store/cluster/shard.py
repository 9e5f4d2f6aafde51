"""A shard of a cluster: one of its replicas is asked, and told all that changes, as long as it lives."""

import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from quotidian.store.cluster.layout import TABLES
from quotidian.store.cluster.names import Names, written_by
from quotidian.store.cluster.replica import ConnectionLost, Replica
from quotidian.store.cluster.replication import Replicated
from quotidian.store.events import StatementFailed
from quotidian.store.plain import code_of

_LOG = logging.getLogger(__name__)

_IS_GONE: Final = (60, 81)  # UNKNOWN_TABLE, UNKNOWN_DATABASE
_SYNC_SECONDS: Final = 15.0
_SECOND_SECONDS: Final = 30.0
_OWN: Final = (
    "CREATE DATABASE IF NOT EXISTS {own}",
    "USE {own}",
    # Of what reads it nothing comes once another engine leads, for it drops the database.
    "CREATE TABLE IF NOT EXISTS here (is UInt8) ENGINE = Memory",
    "TRUNCATE TABLE here",
    "INSERT INTO here SELECT 1",
)


class Use(NamedTuple):
    """How shards are used by one connection: `own` is the database of its own.

    `waits` says whether what is written must be on two replicas, if there are two: else only those are waited for
    that are there. `admits` is called with each server that becomes a home, and may raise.
    """

    names: Names
    own: str
    waits: bool
    admits: Callable[[Replica], None]


class Shard:
    """The replicas of a shard, and a database of this connection's own on the one that is its home.

    The home changes only when it does not answer, and then the statement fails: what was in tables of the connection
    is gone. A new home must have all that any replica has: else what it lacks would be stored again, and come back.
    """

    def __init__(self, number: int, replicas: Sequence[Replica], use: Use) -> None:
        self.number = number
        self.replicas = replicas
        self._use = use
        self._home: Replica | None = None
        self._replicated: dict[str, Replicated] = {}
        """Tables as the home sees them."""
        self._unsure = set(TABLES)
        """Tables of which the second replica may lack something, since a wait for it failed, or it was not asked."""

    @property
    def home(self) -> Replica:
        """The replica that answers. Raises ConnectionLost if none can."""
        if self._home is None or not self._home.is_connected:
            self._home = self._found()
        return self._home

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a statement returns, as it is sent."""
        return self._ask(self.home, sql)

    def export(self, sql: str, file: Path) -> None:
        """Write what a query returns, as it is sent, into a file of the format Native."""
        self.home.export(sql, file)

    def _ask(self, home: Replica, sql: str) -> list[tuple[Any, ...]]:
        try:
            return home.rows(sql)
        except StatementFailed as error:
            if code_of(str(error)) in _IS_GONE:
                self._ask_why(home)
            raise

    def _ask_why(self, home: Replica) -> None:
        """Raise Deposed if tables of this connection are gone because another engine leads."""
        home.connect()
        try:
            self._use.admits(home)
        finally:
            home.close()

    def run(self, sql: str, written: str | None) -> None:
        """Run a statement, as it is sent. What it writes to a table of the event store is on a second replica then."""
        home = self.home
        if written:
            self._unsure.add(written)
        self._ask(home, sql)
        if written:
            self._settle(home)

    def send(self, table: str, blocks: Iterable[memoryview]) -> None:
        """Add blocks to a table, as they are in a file.

        A batch begins so, and may be one that failed before: its events are stored then, perhaps on one replica only,
        and nobody would wait for another, for they are found to be stored.
        """
        sql = f"INSERT INTO {table} VALUES"
        home, written = self.home, written_by(sql)
        self._settle(home)
        if written:
            self._unsure.add(written)
        home.send(self._use.names.of(sql), blocks)
        if written:
            self._settle(home)

    def _settle(self, home: Replica) -> None:
        """Wait until a second replica has what was written."""
        for table in sorted(self._unsure if len(self.replicas) > 1 else ()):
            if table not in self._replicated:
                self._replicated[table] = Replicated(home, self._use.names, table)
            self._replicated[table].require_second(_SECOND_SECONDS, of_active=not self._use.waits)
            self._unsure.discard(table)

    def _found(self) -> Replica:
        """The first replica that answers, the home before all others."""
        refused: list[StatementFailed] = []
        for replica in sorted(self.replicas, key=lambda each: each is not self._home):
            try:
                replica.connect()
                self._move_to(replica)
            except StatementFailed as error:
                replica.close()
                refused.append(error)
                if not isinstance(error, ConnectionLost) and replica is self._home:
                    break
            else:
                if self._home not in (None, replica):
                    _LOG.warning("Shard %d is asked at %s from now on", self.number + 1, replica.host)
                return replica
        raise ConnectionLost(f"Shard {self.number + 1} cannot be asked: {'; '.join(map(str, refused))}")

    def _move_to(self, replica: Replica) -> None:
        self._use.admits(replica)
        self._replicated = {}
        if replica is not self._home and len(self.replicas) > 1:
            for table in TABLES:
                Replicated(replica, self._use.names, table).require_all(_SYNC_SECONDS)
            self._unsure = set(TABLES)
        for each in _OWN:
            replica.rows(each.replace("{own}", f"`{self._use.own}`"))

    def close(self) -> None:
        """Let go of the servers, and drop what was this connection's own where it can be dropped."""
        if self._home is not None and self._home.is_connected:
            try:
                self._home.rows(f"DROP DATABASE IF EXISTS `{self._use.own}`")
            except StatementFailed as error:
                _LOG.info("What a connection leaves on a server stays there: %s", error)
        for each in self.replicas:
            each.close()
