"""The stores as an engine has them that does not lead: events of a cluster, which another changes, are only read."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Engine

from quotidian.settings import Settings
from quotidian.store.batches import noted
from quotidian.store.changes import Changes
from quotidian.store.folder import DataFolder
from quotidian.store.stores import Stores, read_event_store

_NEVER: Final = -1


class ChangesElsewhere(Changes):
    """Batches that the leader stores, by the numbers that the stores note: `stored` is what the events had when they
    were opened. What they change is not known, so that nothing that was read can be kept."""

    def __init__(self, series: Engine, stored: int) -> None:
        super().__init__()
        self._series = series
        self._opened = stored

    @contextmanager
    def none(self) -> Iterator[None]:
        """The leader cannot be kept from storing: what is read within the block may be of several batches."""
        yield

    @property
    def begun(self) -> int:
        """The last batch that is stored, or is being stored."""
        with self._series.connect() as connection:
            return noted(connection).marked

    def is_quiet_since(self, begun: int) -> bool:
        """Whether no batch was being stored when `begun` was a number, and none has begun since."""
        return begun == self._opened == self.begun

    def changed_subject(self, *_: object, **__: object) -> bool:
        """For all that is known."""
        return True


class StoresElsewhere:
    """Opens the stores for one question at a time. `changes` are those of no events in particular."""

    def __init__(self, folder: DataFolder, settings: Settings, series: Engine) -> None:
        self.changes: Changes = ChangesElsewhere(series, _NEVER)
        self._folder = folder
        self._settings = settings
        self._series = series

    def beside(self) -> Stores:
        """The stores, with a connection to the events that is closed by whoever asks. Raises as read_event_store."""
        events = read_event_store(self._folder, self._settings)
        changes = ChangesElsewhere(self._series, events.batch)
        return Stores(self._folder, self._settings, self._series, events, changes=changes)
