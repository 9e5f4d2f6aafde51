"""The inbox's table: deliveries in a SQLite file of their own, so that an acknowledgement never waits for a rollup."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

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
    func,
    insert,
    select,
    text,
)

from quotidian.folder import DataFolder
from quotidian.series.store import sqlite_engine, writing

_MOST_DELIVERIES: Final = 10_000
_FREE_PAGES: Final = 16_384  # given back to the disk beyond this: 64 MiB

_metadata = MetaData()
_deliveries = Table(
    "deliveries",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("workspace_id", Integer, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("events", LargeBinary, nullable=False),
    Column("letters", LargeBinary, nullable=False),
    Index("deliveries_bytes", "bytes"),  # so that their sum reads no events
    sqlite_autoincrement=True,  # an id is never used again
)


class Letter(NamedTuple):
    """An event that cannot be used, on its way to the dead letters: the fields of one, and how many it stands for."""

    origin: str
    event_type: str
    event_id: str
    reason: str
    record: str
    events: int = 1


@dataclass(frozen=True)
class Delivery:
    """What one request brought: events as JSON lines, and those that cannot be used. `received_at` in microseconds."""

    workspace_id: int
    received_at: int
    events: bytes
    letters: Sequence[Letter] = ()
    id: int = 0


class Depth(NamedTuple):
    """What is in the inbox; `oldest` is when its oldest delivery came, in microseconds, None if there is none."""

    deliveries: int
    bytes: int
    oldest: int | None


class Inbox:
    """The deliveries that are acknowledged and not yet in the event store. Any process may have it open."""

    def __init__(self, folder: DataFolder) -> None:
        self._engine = sqlite_engine(folder.inbox, timeout_seconds=10)
        if not folder.inbox.exists():
            with self._engine.connect() as connection:
                # Only a file without tables can be told to give its free pages back to the disk.
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA auto_vacuum = INCREMENTAL")
                connection.exec_driver_sql("BEGIN")
        with writing(self._engine) as connection:
            _metadata.create_all(connection)

    def put(self, deliveries: Sequence[Delivery], most_bytes: int) -> list[bool]:
        """Keep deliveries on disk, in one transaction; returns for each whether there was room for it.

        Raises OperationalError if the disk is full or cannot be written: then none is kept.
        """
        kept = []
        with writing(self._engine) as connection:
            room = most_bytes - _depth(connection).bytes
            for delivery in deliveries:
                letters = msgspec.json.encode(delivery.letters)
                size = len(delivery.events) + len(letters)
                fits = size <= room
                kept.append(fits)
                if fits:
                    room -= size
                    values = {
                        "workspace_id": delivery.workspace_id,
                        "received_at": delivery.received_at,
                        "bytes": size,
                        "events": delivery.events,
                        "letters": letters,
                    }
                    connection.execute(insert(_deliveries), values)
        return kept

    def take(self, most_bytes: int) -> list[Delivery]:
        """The oldest deliveries, of about so many bytes in all. They stay until `remove`."""
        columns = _deliveries.c
        with self._engine.connect() as connection:
            sizes = connection.execute(
                select(columns.id, columns.bytes).order_by(columns.id).limit(_MOST_DELIVERIES)
            ).all()
            last, size = 0, 0
            for row in sizes:
                if size and size + row.bytes > most_bytes:
                    break
                last, size = row.id, size + row.bytes
            rows = connection.execute(select(_deliveries).where(columns.id <= last).order_by(columns.id))
            return [
                Delivery(
                    row.workspace_id,
                    row.received_at,
                    row.events,
                    msgspec.json.decode(row.letters, type=list[Letter]),
                    row.id,
                )
                for row in rows
            ]

    def remove(self, deliveries: Iterable[Delivery]) -> None:
        """Forget deliveries whose events are in the event store."""
        ids = [{"wanted": delivery.id} for delivery in deliveries]
        with writing(self._engine) as connection:
            connection.execute(text("DELETE FROM deliveries WHERE id = :wanted"), ids)
        with self._engine.connect() as connection:
            if connection.exec_driver_sql("PRAGMA freelist_count").scalar_one() > _FREE_PAGES:
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA incremental_vacuum").all()
                connection.exec_driver_sql("BEGIN")

    def depth(self) -> Depth:
        """How much is waiting, and since when."""
        with self._engine.connect() as connection:
            return _depth(connection)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


def _depth(connection: Connection) -> Depth:
    columns = _deliveries.c
    oldest = select(columns.received_at).order_by(columns.id).limit(1).scalar_subquery()
    query = select(func.count(), func.coalesce(func.sum(columns.bytes), 0), oldest).select_from(_deliveries)
    return Depth(*connection.execute(query).one())
