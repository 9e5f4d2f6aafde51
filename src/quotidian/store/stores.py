"""The open stores of a data folder: what loading and rollups work on."""

from contextlib import closing
from dataclasses import dataclass, field, replace
from hashlib import sha256
from socket import gethostname
from typing import Self

from sqlalchemy import Engine

from quotidian.settings import Settings
from quotidian.store.changes import Changes
from quotidian.store.chdb import ChdbEvents
from quotidian.store.cluster.address import read_address
from quotidian.store.cluster.opening import Opening
from quotidian.store.events import EventStore, NoTables
from quotidian.store.folder import DataFolder
from quotidian.store.health import ReplicaHealth
from quotidian.store.identity import Identity, read_identity


@dataclass(frozen=True)
class Stores:
    """Both stores of a folder, the settings in force, and what batches change."""

    folder: DataFolder
    settings: Settings
    series: Engine
    events: EventStore
    changes: Changes = field(default_factory=Changes, kw_only=True)

    def beside(self) -> Self:
        """The same stores with a second connection to the events: for another thread, which closes it."""
        return replace(self, events=self.events.beside())


def open_event_store(folder: DataFolder, settings: Settings, epoch: int) -> EventStore:
    """The event store of a data folder or a cluster, made if there is none. Hold the folder's "events" first.

    `epoch` is that of the engine which leads: on a cluster none of an earlier one changes anything from now on.

    Raises UserError if it cannot be opened, NewerStore if a newer Quotidian wrote it, StatementFailed if a part of a
    cluster cannot be asked, Deposed if an engine of a later epoch leads.
    """
    if not settings.events_url:
        return ChdbEvents(folder, settings.event_memory_bytes)
    return _open_cluster(folder, settings, epoch)


def read_event_store(folder: DataFolder, settings: Settings) -> EventStore:
    """The events of a cluster, for who does not lead and changes nothing. Raises as open_event_store does."""
    return _open_cluster(folder, settings, None)


def identity_of_events(folder: DataFolder, settings: Settings) -> Identity | None:
    """The identity of the events; None if there are none. Only looks. Raises as open_event_store does."""
    if not settings.events_url:
        return read_identity(folder.events)
    try:
        with closing(_open_cluster(folder, settings, None)) as events:
            return events.identity
    except NoTables:
        return None


def name_of_events(folder: DataFolder, settings: Settings) -> str:
    """What to call the event store in messages, without a password."""
    return str(read_address(settings.events_url)) if settings.events_url else str(folder.events)


def health_of_events(settings: Settings) -> list[ReplicaHealth]:
    """Each server of the cluster that has the events, by shard; none where they are embedded.

    Raises UserError or StatementFailed if nobody can say which servers there are.
    """
    if not settings.events_url:
        return []
    from quotidian.store.cluster.health import health  # noqa: PLC0415 - as below

    return health(read_address(settings.events_url))


def is_same_place(events_url: str, other: str) -> bool:
    """Whether two values of the setting `events_url` are of the same events. Raises UserError for a wrong one."""
    first, second = (read_address(url) if url else None for url in (events_url, other))
    return first == second


def _open_cluster(folder: DataFolder, settings: Settings, epoch: int | None) -> EventStore:
    # Late, because its driver takes a while to load.
    from quotidian.store.cluster.cluster import Cluster  # noqa: PLC0415

    return Cluster(read_address(settings.events_url), _opening(folder, settings, epoch))


def _opening(folder: DataFolder, settings: Settings, epoch: int | None) -> Opening:
    # Of readers on one machine, each has a data folder.
    here = f"{gethostname()} {folder.path.absolute()}"
    return Opening(
        scratch=folder.scratch,
        memory_bytes=settings.event_memory_bytes,
        epoch=epoch,
        reader=sha256(here.encode()).hexdigest()[:12],
        waits=settings.two_replicas == "wait",
    )
