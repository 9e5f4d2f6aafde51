"""The event store on a ClickHouse cluster: each statement runs on all shards at once, and all must answer."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from clickhouse_driver.util.escape import escape_params
from msgspec.structs import replace

from quotidian.domain.days import now_micros
from quotidian.store.cluster import fence, layout
from quotidian.store.cluster.address import Address, Host
from quotidian.store.cluster.identity import COUNT, LAST, NOTE, Noted, of_all
from quotidian.store.cluster.names import Names, written_by
from quotidian.store.cluster.native import blocks_of
from quotidian.store.cluster.opening import Opening
from quotidian.store.cluster.replica import Replica
from quotidian.store.cluster.shard import Shard, Use
from quotidian.store.cluster.spread import Spreader
from quotidian.store.cluster.texts import readable
from quotidian.store.cluster.topology import servers_of
from quotidian.store.events import (
    EventStore,
    NoTables,
    Row,
    StatementFailed,
    Statements,
    do_nothing,
    note_schema,
    require_schema,
)
from quotidian.store.identity import Identity
from quotidian.store.plain import code_of

Told = TypeVar("Told")

_NOT_MADE: Final = (60, 81)  # UNKNOWN_TABLE, UNKNOWN_DATABASE
_VERSION: Final = "SELECT max(version) FROM quotidian.schema"


class _Common:
    """What the connections of a process to a cluster have in common. One thread at a time may change it."""

    def __init__(self, address: Address, opening: Opening) -> None:
        self.address = address
        self.opening = opening
        self.names = Names(address.database, address.prefix)
        self.servers = servers_of(address)
        self.numbers = count(2)
        self.identity: Identity | None = None
        self.place = 0

    @property
    def own(self) -> str:
        """The database of the first connection."""
        epoch, names = self.opening.epoch, self.names
        return names.of_reader(self.opening.reader) if epoch is None else names.of_epoch(epoch)

    def shard(self, number: int, own: str) -> Shard:
        """A connection to a shard, with a database of its own."""
        replicas = [self.replica(host, own) for host in self.servers[number]]
        return Shard(number, replicas, Use(self.names, own, self.opening.waits, self.admits))

    def replica(self, host: Host, own: str) -> Replica:
        """A connection to a server, which is not open yet; its statements are known by `own`."""
        return Replica(self.address, host, own)

    def admits(self, replica: Replica) -> None:
        """Raise Deposed if a server knows of an engine that leads since this one did."""
        if self.opening.epoch is not None:
            fence.require_epoch(replica, self.names, self.opening.epoch)


class ClusterConnection:
    """A connection to all shards of a cluster."""

    exports_plain_arrays = True

    def __init__(self, common: _Common, own: str, spreader: Spreader) -> None:
        self.before_each: Callable[[], None] = do_nothing
        self._common = common
        self._spreader = spreader
        self._shards = [common.shard(number, own) for number in range(len(common.servers))]
        self._threads = ThreadPoolExecutor(len(self._shards), "shard")

    @property
    def shards(self) -> int:
        """As EventStore says."""
        return len(self._shards)

    def run(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        """As Statements says: on each shard, and where it writes, on two replicas of each."""
        bound = self._bound(sql, values or {})
        written = written_by(sql)
        self._on_each(lambda shard: shard.run(bound, written))

    def rows(self, sql: str, values: Mapping[str, Any], row: type[Row]) -> list[Row]:
        """As Statements says: the rows of all shards, in their order."""
        return [found for of_shard in self._rows_of_each(sql, values, row) for found in of_shard]

    def _rows_of_each(self, sql: str, values: Mapping[str, Any], row: type[Row]) -> list[list[Row]]:
        bound = self._bound(sql, values)
        return [readable(found, row) for found in self._on_each(lambda shard: shard.rows(bound))]

    def _bound(self, sql: str, values: Mapping[str, Any]) -> str:
        self.before_each()
        return str(self._common.names.of(sql) % escape_params(values, None))

    def _on_each(self, ask: Callable[[Shard], Told], shards: Iterable[Shard] | None = None) -> list[Told]:
        """What each shard tells. All have ended when this raises what one of them raised."""
        asked = [self._threads.submit(ask, shard) for shard in shards or self._shards]
        for error in [each.exception() for each in asked]:
            if error:
                raise error
        return [each.result() for each in asked]

    def require_room(self) -> None:
        """As Statements says: of servers nothing is known."""

    @property
    def local(self) -> Statements:
        """As EventStore says: ClickHouse in this process, with nothing in it."""
        return self._spreader.statements

    def bring(self, table: str) -> None:
        """As EventStore says."""
        with self._spreader.of_table(table, self.shards) as files:
            self._send(table, files)

    def insert(self, table: str, file: Path) -> None:
        """As EventStore says; a file that was deleted meanwhile has nothing in it."""
        try:
            with self._spreader.of_file(file, self.shards) as files:
                self._send(table, files)
        except FileNotFoundError:
            return

    def insert_at(self, shard: int, table: str, file: Path) -> None:
        """As EventStore says."""
        self.before_each()
        self._on_each(partial(_send, table, file), [self._shards[shard]])

    def _send(self, table: str, files: Sequence[Path]) -> None:
        self.before_each()
        self._on_each(lambda shard: _send(table, files[shard.number], shard))

    def export(self, sql: str, values: Mapping[str, Any], files: Sequence[Path]) -> None:
        """As EventStore says."""
        bound = self._bound(sql, values)
        self._on_each(lambda shard: shard.export(bound, files[shard.number]))

    def make_like(self, name: str, table: str) -> None:
        """As EventStore says."""
        self.run(f"DROP TABLE IF EXISTS {name}")
        self.run(layout.made_like(name, table))

    @property
    def identity(self) -> Identity | None:
        """As EventStore says."""
        return self._common.identity

    @property
    def has_identity(self) -> bool:
        """As EventStore says."""
        return self.identity is not None

    @property
    def batch(self) -> int:
        """As EventStore says."""
        return self.identity.batch if self.identity else 0

    def note_batch(self, batch: int) -> None:
        """As EventStore says."""
        if self.identity is None:
            raise RuntimeError("events are stored only where it is known to whom they belong: stores.open_events")
        self._note(Identity(self.identity.fingerprint, batch, stored_at=now_micros()))

    def identify(self, identity: Identity) -> None:
        """As EventStore says: in a table of each shard."""
        before = self.identity
        self._note(replace(identity, stored_at=before.stored_at if before else 0))

    def _note(self, identity: Identity) -> None:
        self._common.place += 1
        self.before_each()
        self._on_each(partial(self._note_at, identity))
        self._common.identity = identity

    def _note_at(self, identity: Identity, shard: Shard) -> None:
        fingerprint, batch, _, stored_at = msgspec.structs.astuple(identity)
        ((events,),) = shard.rows(self._common.names.of(COUNT))
        noted = Noted(fingerprint, batch, self._common.place, stored_at, events, shard.number, self.shards)
        shard.run(self._common.names.of(NOTE) % escape_params(noted._asdict(), None), written_by(NOTE))

    def beside(self) -> EventStore:
        """As EventStore says."""
        own = f"{self._common.own}_{next(self._common.numbers)}"
        return ClusterConnection(self._common, own, self._spreader.beside(own))

    def tidy(self) -> None:
        """Servers do it by themselves; a connection that was lost meanwhile is found lost now."""
        self.rows("SELECT 1", {}, tuple[int])

    def close(self) -> None:
        """As EventStore says."""
        self._threads.shutdown()
        for shard in self._shards:
            shard.close()
        self._spreader.close()


class Cluster(ClusterConnection):
    """The EventStore of a cluster, whose tables are made if they are not there.

    Raises UserError if the cluster is not as the events need it, Deposed if an engine of a later epoch leads,
    StatementFailed if a shard cannot be asked.
    """

    def __init__(self, address: Address, opening: Opening) -> None:
        common = _Common(address, opening)
        super().__init__(common, common.own, Spreader(opening.scratch, opening.memory_bytes, common.own))
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        epoch = self._common.opening.epoch
        if epoch is not None:
            self._on_each(self._lead)
        found = self._versions()
        for version in found:
            require_schema(version)
        if epoch is not None and not all(found):
            note_schema(self)
        noted = [of_shard[0] if of_shard else None for of_shard in self._rows_of_each(LAST, {}, Noted)]
        self._common.identity = of_all(noted)
        self._common.place = max((each.place for each in noted if each), default=0)

    def _versions(self) -> list[int]:
        """Of the tables of each shard; 0 where they are just made."""
        try:
            return [version for (version,) in self.rows(_VERSION, {}, tuple[int])]
        except StatementFailed as error:
            if code_of(str(error)) in _NOT_MADE:
                raise NoTables(str(error)) from None
            raise

    def _lead(self, shard: Shard) -> None:
        """Depose who led before on the servers of a shard, and make the tables that are not there."""
        common, epoch = self._common, self._common.opening.epoch or 0
        for server in shard.replicas:
            replica = common.replica(server.host, common.own)
            try:
                replica.connect()
                fence.depose_others(replica, common.names, epoch)
                layout.make(replica, common.names, common.address.cluster, shard.number)
            except StatementFailed:
                # Its sibling may do; if none does, asking the shard says so.
                continue
            finally:
                replica.close()


def _send(table: str, file: Path, shard: Shard) -> None:
    try:
        shard.send(table, blocks_of(file))
    except ValueError as error:
        raise StatementFailed(str(error)) from None
