"""An event store of several shards in one data folder: what a cluster does, in the process, for tests.

Each shard has databases of its own, and knows the events of its users alone. `QUOTIDIAN_TEST_SHARDS=3` has all tests
that open stores in the process run on three shards.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from quotidian.domain.days import now_micros
from quotidian.store import stores
from quotidian.store.chdb import ChdbEvents, ChdbStatements
from quotidian.store.cluster.names import Names
from quotidian.store.event_dialects import EMBEDDED
from quotidian.store.events import EventStore, Row, StatementFailed, Statements, do_nothing, found_schema, make_tables
from quotidian.store.folder import DataFolder
from quotidian.store.identity import Identity, read_identity, write_identity
from quotidian.store.repair import repair
from quotidian.store.slots import SLOT, slots_of_shards
from quotidian.store.sql import statement

SHARDS: Final = int(os.environ.get("QUOTIDIAN_TEST_SHARDS", "1"))

_INSERT: Final = "INSERT INTO {table} SELECT * FROM file(%(file)s, 'Native', 'auto', 'none') WHERE {of_shard}"
_EXPORT: Final = "INSERT INTO FUNCTION file(%(file)s, 'Native', 'auto', 'none') "
_OPENED: Final = "ChdbEvents"
"""What `stores` opens events with."""


class Shard(ChdbStatements):
    """A connection to a shard, by its number, with a database `own` for tables of the connection's own."""

    def __init__(self, folder: Path, memory_bytes: int, number: int, own: str) -> None:
        self.own = own
        self._names = Names(f"quotidian_{number}", "")
        super().__init__(folder, memory_bytes, (f"CREATE DATABASE IF NOT EXISTS {own}", f"USE {own}"))
        self.run(f"CREATE DATABASE IF NOT EXISTS {self._names.database}")

    def run(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        """As Statements says."""
        super().run(self._names.of(sql), values)

    def rows(self, sql: str, values: Mapping[str, Any], row: type[Row]) -> list[Row]:
        """As Statements says."""
        return super().rows(self._names.of(sql), values, row)


def _insert(shard: Shard, table: str, file: Path, of_shard: str) -> None:
    with file.open("rb") as opened:
        number = opened.fileno()
        values = {"file": f"/proc/self/fd/{{{number}..{number}}}"}
        shard.run(_INSERT.format(table=table, of_shard=of_shard), values)


class _Noted:
    """The identity of the events: of all connections to them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.identity = read_identity(folder)

    def write(self, identity: Identity) -> None:
        write_identity(self._folder, identity)
        self.identity = identity


class Shards:
    """A connection to all shards, which are asked one after the other, the last one first."""

    exports_plain_arrays = False

    def __init__(self, folder: DataFolder, memory_bytes: int, noted: _Noted, number: int, beside: str = "") -> None:
        self.before_each: Callable[[], None] = do_nothing
        self._folder = folder
        self._memory_bytes = memory_bytes
        self._noted = noted
        self.each: Sequence[Shard] = [
            Shard(folder.events, memory_bytes, place, f"own_{place}{beside}") for place in range(number)
        ]
        self._local = Shard(folder.events, memory_bytes, 0, f"own_local{beside}")

    @property
    def shards(self) -> int:
        """As EventStore says."""
        return len(self.each)

    @property
    def identity(self) -> Identity | None:
        """As EventStore says."""
        return self._noted.identity

    @property
    def has_identity(self) -> bool:
        """As EventStore says."""
        return self._noted.identity is not None

    @property
    def batch(self) -> int:
        """As EventStore says."""
        return self._noted.identity.batch if self._noted.identity else 0

    def run(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        """As Statements says."""
        self.before_each()
        for shard in self.each:
            shard.run(sql, values)

    def rows(self, sql: str, values: Mapping[str, Any], row: type[Row]) -> list[Row]:
        """As Statements says."""
        self.before_each()
        return [found for shard in reversed(self.each) for found in shard.rows(sql, values, row)]

    def require_room(self) -> None:
        """As Statements says."""
        self._folder.require_room()

    @property
    def local(self) -> Statements:
        """As EventStore says."""
        return self._local

    def bring(self, table: str) -> None:
        """As EventStore says."""
        for place, shard in enumerate(self.each):
            shard.run(f"INSERT INTO {table} SELECT * FROM {self._local.own}.{table} WHERE {self._is_of(place)}")

    def insert(self, table: str, file: Path) -> None:
        """As EventStore says."""
        for place, shard in enumerate(self.each):
            _insert(shard, table, file, self._is_of(place))

    def insert_at(self, shard: int, table: str, file: Path) -> None:
        """As EventStore says."""
        _insert(self.each[shard], table, file, "1")

    def export(self, sql: str, values: Mapping[str, Any], files: Sequence[Path]) -> None:
        """As EventStore says."""
        for shard, file in zip(self.each, files, strict=True):
            shard.run(_EXPORT + sql, {**values, "file": str(file)})

    def make_like(self, name: str, table: str) -> None:
        """As EventStore says."""
        self.run(f"DROP TABLE IF EXISTS {name} SYNC")
        self.run(f"CREATE TABLE {name} AS quotidian.{table}")

    def _is_of(self, place: int) -> str:
        """Whether a row is of a shard."""
        slots = slots_of_shards(self.shards)[place]
        return f"{SLOT} BETWEEN {slots.start} AND {slots.stop - 1}"

    def place_of(self, user_id: str) -> int:
        """The shard of a user."""
        user = "sipHash128(concat('i', %(user_id)s)) AS user, toUInt64(0) AS id_hash"
        ((slot,),) = self.each[0].rows(f"SELECT {SLOT} FROM (SELECT {user})", {"user_id": user_id}, tuple[int])
        return next(place for place, slots in enumerate(slots_of_shards(self.shards)) if slot in slots)

    def beside(self) -> EventStore:
        """As EventStore says."""
        return Shards(self._folder, self._memory_bytes, self._noted, self.shards, "_beside")

    def note_batch(self, batch: int) -> None:
        """As EventStore says."""
        if self._noted.identity is None:
            raise RuntimeError("events are stored only where it is known to whom they belong")
        self._write(self._noted.identity.fingerprint, batch, now_micros())

    def identify(self, identity: Identity) -> None:
        """As EventStore says."""
        before = self._noted.identity
        self._write(identity.fingerprint, identity.batch, before.stored_at if before else 0)

    def _write(self, fingerprint: str, batch: int, stored_at: int) -> None:
        events = sum(number for (number,) in self.rows("SELECT count() FROM quotidian.events", {}, tuple[int]))
        self._noted.write(Identity(fingerprint, batch, events, stored_at))

    def tidy(self) -> None:
        """As EventStore says."""
        for name in EMBEDDED.tidying:
            self.run(statement("quotidian.store", name))

    def close(self) -> None:
        """As EventStore says."""
        for shard in (*self.each, self._local):
            shard.close()


class ShardedEvents(Shards):
    """The events of a data folder on some shards."""

    def __init__(self, folder: DataFolder, memory_bytes: int, number: int) -> None:
        repair(folder.events)
        folder.events.mkdir(mode=0o700, exist_ok=True)
        super().__init__(folder, memory_bytes, _Noted(folder.events), number)
        for shard in self.each:
            with suppress(StatementFailed):
                shard.run(f"DROP DATABASE IF EXISTS {shard.own}_beside SYNC")
            if not found_schema(shard):
                make_tables(shard, EMBEDDED)


def use_shards(number: int) -> None:
    """Have event stores opened on so many shards from now on; on one they are as in production."""

    def opened(folder: DataFolder, memory_bytes: int) -> EventStore:
        return ShardedEvents(folder, memory_bytes, number)

    setattr(stores, _OPENED, ChdbEvents if number == 1 else opened)


@contextmanager
def on_shards(number: int) -> Iterator[None]:
    """Within the block event stores are opened on so many shards."""
    before = getattr(stores, _OPENED)
    use_shards(number)
    try:
        yield
    finally:
        setattr(stores, _OPENED, before)
