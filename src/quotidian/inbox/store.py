"""An inbox: what was acknowledged over HTTP, until the event store has it.

Each node has one on its disk, in a database file of its own, so that an acknowledgement never waits for a rollup. Where
the series store is a server, it has one for all nodes (inbox/inboxes.py).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
)

from quotidian.domain.days import now_micros
from quotidian.inbox.delivery import Delivery, Depth, delivery_in, row_of
from quotidian.store.batches import new_fingerprint
from quotidian.store.folder import DataFolder
from quotidian.store.inbox_tables import InboxTables, inbox_tables
from quotidian.store.series import add_missing, merge
from quotidian.store.series_dialect import dialect_of, files
from quotidian.store.tables import inbox as in_database
from quotidian.store.transactions import changing

MOST_DELIVERIES: Final = 10_000
"""Deliveries that are taken at once."""

FREE_BYTES: Final = 64 << 20
"""If the file has more unused room than this, it is given back to the disk."""

KEY_DAYS: Final = 2
"""Days for which an Idempotency-Key is remembered."""

_KEY_MICROS: Final = KEY_DAYS * 86_400 * 1_000_000
_MOST_FORGOTTEN: Final = 1_000
_READ_ROWS: Final = 5_000
_SLICE_BYTES: Final = 4 << 20
_WAIT_SECONDS: Final = 10

_of_file = MetaData()
_on_disk: Final = inbox_tables(_of_file)

# One row: `fingerprint` is that of no other inbox.
_identity = Table("identity", _of_file, Column("fingerprint", String, primary_key=True))


class Inbox:
    """The deliveries that are acknowledged and not yet in the event store. Any process may have it open.

    `identity` tells inboxes apart: two have deliveries with the same ids.
    """

    def __init__(self, engine: Engine, tables: InboxTables, identity: str) -> None:
        self._engine = engine
        self._tables = tables
        self.identity = identity

    def put(self, deliveries: Sequence[Delivery], most_bytes: int) -> list[bool]:
        """Store deliveries on disk, in one transaction; returns for each whether there was room for it.

        Raises OperationalError if the disk is full or cannot be written: then none is stored.
        """
        stored, fitting = [], []
        with changing(self._engine) as connection:
            room = most_bytes - self._depth(connection).bytes
            for row in map(row_of, deliveries):
                fits = row["bytes"] <= room
                stored.append(fits)
                if fits:
                    room -= row["bytes"]
                    fitting.append(row)
            self._insert(connection, fitting)
        return stored

    def add(self, connection: Connection, deliveries: Sequence[Delivery], most_bytes: int) -> bool:
        """Store deliveries in the caller's transaction, all or none of them; returns whether there is room for them."""
        rows = list(map(row_of, deliveries))
        size = sum(row["bytes"] for row in rows)
        fits: bool = size + self._depth(connection).bytes <= most_bytes
        if fits:
            self._insert(connection, rows)
        return fits

    def _insert(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            connection.execute(insert(self._tables.deliveries), rows)

    def first_received(self, workspace_id: int, idempotency_key: str, received_at: int) -> int:
        """When the first request of a workspace with this key came, in microseconds; if it is this one, that is kept.

        It is kept for KEY_DAYS days: a request that is repeated later is another one.
        """
        key = sha256(f"{workspace_id} {idempotency_key}".encode()).digest()
        table = self._tables.first_requests
        query = select(table.c.received_at).where(table.c.key == key)
        with changing(self._engine) as connection:
            # By the clock that all nodes have in common: one that is days ahead forgets nothing of the others'.
            self._forget_requests(connection, dialect_of(self._engine).clock(connection) - _KEY_MICROS)
            add_missing(connection, table, [{"key": key, "received_at": received_at}])
            return int(connection.execute(query).scalar_one())

    def _forget_requests(self, connection: Connection, before: int) -> None:
        table = self._tables.first_requests
        # Some at a time, and none that another node is about to forget: neither waits for the other.
        old = select(table.c.key).where(table.c.received_at < before).limit(_MOST_FORGOTTEN)
        connection.execute(delete(table).where(table.c.key.in_(old.with_for_update(skip_locked=True))))

    def oldest(self, most_bytes: int, most: int = MOST_DELIVERIES, without: Collection[int] = ()) -> list[int]:
        """The ids of the oldest deliveries, of about so many bytes in all, leaving out some ids."""
        columns = self._tables.deliveries.c
        query = select(columns.id, columns.bytes).where(columns.id.not_in(without)).order_by(columns.id).limit(most)
        ids: list[int] = []
        size = 0
        with self._engine.connect() as connection:
            for row in connection.execute(query):
                size += row.bytes
                if ids and size > most_bytes:
                    break
                ids.append(row.id)
        return ids

    def read(self, ids: Sequence[int]) -> list[Delivery]:
        """The deliveries with these ids, those that there are, by ascending id. They stay until `remove`."""
        table = self._tables.deliveries
        with self._engine.connect() as connection:
            return list(
                map(delivery_in, connection.execute(select(table).where(table.c.id.in_(ids)).order_by(table.c.id)))
            )

    def take(self, most_bytes: int) -> list[Delivery]:
        """The oldest deliveries, of about so many bytes in all. They stay until `remove`."""
        return self.read(self.oldest(most_bytes))

    def remove(self, deliveries: Iterable[Delivery]) -> None:
        """Forget deliveries whose events are in the event store, or in another inbox."""
        table = self._tables.deliveries
        ids = [{"wanted": delivery.id} for delivery in deliveries]
        with changing(self._engine) as connection:
            connection.execute(delete(table).where(table.c.id == bindparam("wanted")), ids)

    def set_aside(self, delivery_id: int, reason: str) -> None:
        """Move a delivery that the event store refuses to the table of those set aside, with the reason."""
        table, aside = self._tables.deliveries, self._tables.set_aside
        names = [column.name for column in table.c]
        now = literal(now_micros(), BigInteger)
        moved = select(*table.c, literal(reason), now).where(table.c.id == delivery_id)
        with changing(self._engine) as connection:
            connection.execute(insert(aside).from_select([*names, "reason", "set_aside_at"], moved))
            connection.execute(delete(table).where(table.c.id == delivery_id))

    def bring_back(self) -> int:
        """Move all deliveries that were set aside back, to be tried again; returns how many there are."""
        table, aside = self._tables.deliveries, self._tables.set_aside
        names = [column.name for column in table.c]
        with changing(self._engine) as connection:
            connection.execute(insert(table).from_select(names, select(*(aside.c[name] for name in names))))
            return connection.execute(delete(aside)).rowcount

    def number_set_aside(self) -> int:
        """How many deliveries are set aside."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(self._tables.set_aside)).scalar_one()

    def note_uses(self, uses: Mapping[int, int]) -> None:
        """Note when keys, by id, were used; what another process has noted later stays."""
        with changing(self._engine) as connection:
            # In order, so that of two nodes none waits for the other in a circle.
            rows = ({"key_id": key, "used_at": at} for key, at in sorted(uses.items()))
            merge(connection, self._tables.key_uses, rows)

    def last_uses(self) -> dict[int, int]:
        """When each key, by id, was last used; without those that never were."""
        with self._engine.connect() as connection:
            return {row.key_id: row.used_at for row in connection.execute(select(self._tables.key_uses))}

    def take_notes(self, connection: Connection, other: "Inbox") -> None:
        """Note what another inbox has noted of keys' uses and first requests too, in the caller's transaction."""
        uses, requests = other._tables.key_uses, other._tables.first_requests
        with other._engine.connect() as reading:
            merge(connection, self._tables.key_uses, _read(reading, uses))
            add_missing(connection, self._tables.first_requests, _read(reading, requests))

    def depth(self) -> Depth:
        """How much is waiting, and since when."""
        with self._engine.connect() as connection:
            return self._depth(connection)

    def _depth(self, connection: Connection) -> Depth:
        table = self._tables.deliveries
        oldest = select(table.c.received_at).order_by(table.c.id).limit(1).scalar_subquery()
        query = select(func.count(), func.coalesce(func.sum(table.c.bytes), 0), oldest).select_from(table)
        return Depth(*connection.execute(query).one())

    def close(self) -> None:
        """Let go of what only this inbox has open."""


def _read(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    rows = connection.execute(select(table).execution_options(yield_per=_READ_ROWS))
    return (row._asdict() for row in rows)


class DiskInbox(Inbox):
    """The inbox of a node, in a file of its data folder."""

    def __init__(self, folder: DataFolder, free_bytes: int = FREE_BYTES) -> None:
        engine = files().open_file(folder.inbox, timeout_seconds=_WAIT_SECONDS, can_shrink=True)
        self._shrinking = files().shrinking(engine, free_bytes, _SLICE_BYTES)
        with changing(engine) as connection:
            _of_file.create_all(connection)
            found = connection.execute(select(_identity)).scalar_one_or_none()
            if found is None:
                found = new_fingerprint()
                connection.execute(insert(_identity), {"fingerprint": found})
        super().__init__(engine, _on_disk, found)

    def shrink(self) -> bool:
        """Give a slice of the file's unused room back to the disk, if there is much; returns whether there is more.

        One slice a call, so that a writer waits for one slice at most.
        """
        return self._shrinking.shrink()

    def changing(self) -> AbstractContextManager[Connection]:
        """A transaction that writes to the file, as store/transactions.py says."""
        return changing(self._engine)

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()


class DatabaseInbox(Inbox):
    """The inbox of all nodes, in the database of the series store. It needs no room of its own: the server tidies."""

    def __init__(self, series: Engine) -> None:
        super().__init__(series, in_database, "database")
