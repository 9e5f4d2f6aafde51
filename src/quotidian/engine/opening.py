"""Opening the stores of a data folder, for one process at a time."""

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from quotidian.ingest.reader import FileReader
from quotidian.ingest.stores import IngestStores
from quotidian.series.activity.active_days import doubt_all
from quotidian.series.arrived import settle_arrivals
from quotidian.series.learning import learn
from quotidian.series.segments.fulfilment import doubt_everything
from quotidian.settings import Settings, load_settings
from quotidian.store.batches import note_marked, noted
from quotidian.store.events import EventStore
from quotidian.store.folder import DataFolder
from quotidian.store.identity import Identity
from quotidian.store.lineage import check_events
from quotidian.store.series import open_series, writing
from quotidian.store.stores import open_event_store

_LOG = logging.getLogger(__name__)
_GARBAGE_OBJECTS = 50_000


@contextmanager
def open_stores(
    folder: DataFolder, command: str, *, reads_files: bool = False, accept_events: bool = False
) -> Iterator[IngestStores]:
    """Open the stores of a folder for a command. No other process can until the block ends.

    With `reads_files` the reader process is started at once, because it takes a while.

    Raises UserError before `quotidian init`, FolderInUse if another process has them, LostEvents if the events are not
    those that the series were made of; with `accept_events` whatever is there is opened, and an empty store made.
    """
    # A rollup makes hundreds of thousands of objects and keeps them. Python's default, to look for garbage after every
    # 700 of them, took a third of its time.
    gc.set_threshold(_GARBAGE_OBJECTS)
    series = open_series(folder)
    try:
        settings = load_settings(folder.path)
        with folder.hold("events", command):
            folder.clear_scratch()
            reader = FileReader(folder.scratch, settings.read_memory_bytes, settings.read_seconds)
            if reads_files:
                folder.require_room()
                reader.start()
            try:
                if accept_events:
                    events = open_event_store(folder, settings.event_memory_bytes)
                else:
                    events = open_events(folder, settings, series)
                try:
                    yield IngestStores(folder, settings, series, events, reader)
                finally:
                    events.close()
            finally:
                reader.end()
                folder.clear_scratch()
    finally:
        series.dispose()


def open_events(folder: DataFolder, settings: Settings, series: Engine) -> EventStore:
    """Open the events of a folder, or make them. Days with events that the series do not know are marked dirty.

    Raises LostEvents if they are not those that the series were made of, before anything is made.
    """
    with series.connect() as connection:
        known = noted(connection)
    check_events(folder, known)
    events = open_event_store(folder, settings.event_memory_bytes)
    try:
        if not events.has_identity:
            events.identify(Identity(known.fingerprint))
        if events.batch > known.marked:
            _learn_newer(folder, series, events)
        settle_arrivals(series, events)
    except BaseException:
        events.close()
        raise
    return events


def _learn_newer(folder: DataFolder, series: Engine, events: EventStore) -> None:
    """Mark all days: the series are older than the events, as in a backup that copied the series first."""
    _LOG.warning("%s is older than %s: all days are computed again", folder.series, folder.events)
    with writing(series) as connection:
        learn(events, connection)
        doubt_all(connection)
        doubt_everything(connection)
        note_marked(connection, events.batch)
