"""The open stores of a data folder: what loading and rollups work on."""

from dataclasses import dataclass, field, replace
from typing import Self

from sqlalchemy import Engine

from quotidian.settings import Settings
from quotidian.store.changes import Changes
from quotidian.store.chdb import ChdbEvents
from quotidian.store.events import EventStore
from quotidian.store.folder import DataFolder


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


def open_event_store(folder: DataFolder, memory_bytes: int) -> EventStore:
    """The event store of a data folder, whatever keeps it, made if there is none. Hold the folder's "events" first.

    Raises UserError if it cannot be opened, NewerStore if a newer Quotidian wrote it.
    """
    return ChdbEvents(folder, memory_bytes)
