"""The inbox's tables, in a database file of their own, so that an acknowledgement never waits for a rollup."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    func,
    insert,
    literal,
    select,
    text,
)

from quotidian.control.dead_letters import DeadLetter
from quotidian.control.unknown import Unknown
from quotidian.domain.days import now_micros
from quotidian.store.folder import DataFolder
from quotidian.store.series import add_missing, replace
from quotidian.store.series_dialect import files
from quotidian.store.transactions import changing

MOST_DELIVERIES: Final = 10_000
"""Deliveries that are taken at once."""

FREE_BYTES: Final = 64 << 20
"""If the file has more unused room than this, it is given back to the disk."""

KEY_DAYS: Final = 2
"""Days for which an Idempotency-Key is remembered."""

_KEY_MICROS: Final = KEY_DAYS * 86_400 * 1_000_000
_SLICE_BYTES: Final = 4 << 20
_WAIT_SECONDS: Final = 10

_metadata = MetaData()


def _delivered() -> tuple[Column[Any], ...]:
    return (
        Column("id", Integer, primary_key=True),
        Column("workspace_id", Integer, nullable=False),
        Column("received_at", BigInteger, nullable=False),
        Column("bytes", Integer, nullable=False),
        Column("events", LargeBinary, nullable=False),
        Column("dead_letters", LargeBinary, nullable=False),
        Column("unknown", LargeBinary, nullable=False),
    )


_deliveries = Table(
    "deliveries",
    _metadata,
    *_delivered(),
    Index("deliveries_bytes", "bytes"),  # so that their sum reads no events
    sqlite_autoincrement=True,  # an id is never used again
)

# When the first request with an Idempotency-Key came: what it said without a time happened then, also if it is sent
# again. `key` is a hash of the workspace and the key.
_first_requests = Table(
    "first_requests",
    _metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("received_at", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)

# Deliveries that the event store refused, until they are tried again.
_set_aside = Table(
    "set_aside",
    _metadata,
    *_delivered(),
    Column("reason", Text, nullable=False),
    Column("set_aside_at", BigInteger, nullable=False),
)

# When keys of the series store were last used, in microseconds: why they are here says inbox/key_uses.py.
_key_uses = Table(
    "key_uses",
    _metadata,
    Column("key_id", Integer, primary_key=True),
    Column("used_at", BigInteger, nullable=False),
)


@dataclass(frozen=True)
class Delivery:
    """What one request brought: events as JSON lines, dead letters, and the names in it that are not known.

    `received_at` is in microseconds.
    """

    workspace_id: int
    received_at: int
    events: bytes
    dead_letters: Sequence[DeadLetter] = ()
    unknown: Sequence[Unknown] = ()
    id: int = 0


class Depth(NamedTuple):
    """What is in the inbox; `oldest` is when its oldest delivery came, in microseconds, None if there is none."""

    deliveries: int
    bytes: int
    oldest: int | None


class Inbox:
    """The deliveries that are acknowledged and not yet in the event store. Any process may have it open."""

    def __init__(self, folder: DataFolder, free_bytes: int = FREE_BYTES) -> None:
        self._engine = files().open_file(folder.inbox, timeout_seconds=_WAIT_SECONDS, can_shrink=True)
        self._shrinking = files().shrinking(self._engine, free_bytes, _SLICE_BYTES)
        with changing(self._engine) as connection:
            _metadata.create_all(connection)

    def put(self, deliveries: Sequence[Delivery], most_bytes: int) -> list[bool]:
        """Store deliveries on disk, in one transaction; returns for each whether there was room for it.

        Raises OperationalError if the disk is full or cannot be written: then none is stored.
        """
        stored = []
        with changing(self._engine) as connection:
            room = most_bytes - _depth(connection).bytes
            for delivery in deliveries:
                dead_letters = msgspec.json.encode(delivery.dead_letters)
                unknown = msgspec.json.encode(delivery.unknown)
                size = len(delivery.events) + len(dead_letters) + len(unknown)
                fits = size <= room
                stored.append(fits)
                if fits:
                    room -= size
                    values = {
                        "workspace_id": delivery.workspace_id,
                        "received_at": delivery.received_at,
                        "bytes": size,
                        "events": delivery.events,
                        "dead_letters": dead_letters,
                        "unknown": unknown,
                    }
                    connection.execute(insert(_deliveries), values)
        return stored

    def first_received(self, workspace_id: int, idempotency_key: str, received_at: int) -> int:
        """When the first request of a workspace with this key came, in microseconds; if it is this one, that is kept.

        It is kept for KEY_DAYS days: a request that is repeated later is another one.
        """
        key = sha256(f"{workspace_id} {idempotency_key}".encode()).digest()
        columns = _first_requests.c
        query = select(columns.received_at).where(columns.key == key)
        with changing(self._engine) as connection:
            connection.execute(delete(_first_requests).where(columns.received_at < received_at - _KEY_MICROS))
            add_missing(connection, _first_requests, [{"key": key, "received_at": received_at}])
            return int(connection.execute(query).scalar_one())

    def oldest(self, most_bytes: int, most: int = MOST_DELIVERIES, without: Collection[int] = ()) -> list[int]:
        """The ids of the oldest deliveries, of about so many bytes in all, leaving out some ids."""
        columns = _deliveries.c
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
        columns = _deliveries.c
        with self._engine.connect() as connection:
            rows = connection.execute(select(_deliveries).where(columns.id.in_(ids)).order_by(columns.id))
            return [
                Delivery(
                    row.workspace_id,
                    row.received_at,
                    row.events,
                    msgspec.json.decode(row.dead_letters, type=list[DeadLetter]),
                    msgspec.json.decode(row.unknown, type=list[Unknown]),
                    row.id,
                )
                for row in rows
            ]

    def take(self, most_bytes: int) -> list[Delivery]:
        """The oldest deliveries, of about so many bytes in all. They stay until `remove`."""
        return self.read(self.oldest(most_bytes))

    def remove(self, deliveries: Iterable[Delivery]) -> None:
        """Forget deliveries whose events are in the event store."""
        ids = [{"wanted": delivery.id} for delivery in deliveries]
        with changing(self._engine) as connection:
            connection.execute(text("DELETE FROM deliveries WHERE id = :wanted"), ids)

    def set_aside(self, delivery_id: int, reason: str) -> None:
        """Move a delivery that the event store refuses to the table of those set aside, with the reason."""
        names = [column.name for column in _deliveries.c]
        moved = select(*_deliveries.c, literal(reason), literal(now_micros())).where(_deliveries.c.id == delivery_id)
        with changing(self._engine) as connection:
            connection.execute(insert(_set_aside).from_select([*names, "reason", "set_aside_at"], moved))
            connection.execute(delete(_deliveries).where(_deliveries.c.id == delivery_id))

    def bring_back(self) -> int:
        """Move all deliveries that were set aside back, to be tried again; returns how many there are."""
        columns = [column for column in _set_aside.c if column.name in _deliveries.c]
        names = [column.name for column in columns]
        with changing(self._engine) as connection:
            connection.execute(insert(_deliveries).from_select(names, select(*columns)))
            return connection.execute(delete(_set_aside)).rowcount

    def number_set_aside(self) -> int:
        """How many deliveries are set aside."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(_set_aside)).scalar_one()

    def note_uses(self, uses: Mapping[int, int]) -> None:
        """Note when keys, by id, were used; what another process has noted later stays."""
        columns = _key_uses.c
        with changing(self._engine) as connection:
            kept = {
                row.key_id: row.used_at for row in connection.execute(select(_key_uses).where(columns.key_id.in_(uses)))
            }
            rows = ({"key_id": key, "used_at": max(at, kept.get(key, 0))} for key, at in uses.items())
            replace(connection, _key_uses, rows)

    def last_uses(self) -> dict[int, int]:
        """When each key, by id, was last used; without those that never were."""
        with self._engine.connect() as connection:
            return {row.key_id: row.used_at for row in connection.execute(select(_key_uses))}

    def shrink(self) -> bool:
        """Give a slice of the file's unused room back to the disk, if there is much; returns whether there is more.

        One slice a call, so that a writer waits for one slice at most.
        """
        return self._shrinking.shrink()

    def depth(self) -> Depth:
        """How much is waiting, and since when."""
        with self._engine.connect() as connection:
            return _depth(connection)

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()


def _depth(connection: Connection) -> Depth:
    columns = _deliveries.c
    oldest = select(columns.received_at).order_by(columns.id).limit(1).scalar_subquery()
    query = select(func.count(), func.coalesce(func.sum(columns.bytes), 0), oldest).select_from(_deliveries)
    return Depth(*connection.execute(query).one())
