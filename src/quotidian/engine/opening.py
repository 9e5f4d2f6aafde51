"""Opening the stores of a data folder, for one process at a time."""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import NamedTuple

from sqlalchemy import Engine

from quotidian.engine.leading import PURPOSE, lead, taken
from quotidian.ingest.reader import FileReader
from quotidian.ingest.stores import IngestStores
from quotidian.series.activity.active_days import doubt_all
from quotidian.series.arrived import settle_arrivals
from quotidian.series.learning import learn
from quotidian.series.segments.fulfilment import doubt_everything
from quotidian.settings import Settings, load_settings
from quotidian.store.batches import Noted, note_marked, noted
from quotidian.store.events import EventStore
from quotidian.store.folder import DataFolder
from quotidian.store.identity import Identity
from quotidian.store.lease import Lease
from quotidian.store.lineage import check_events
from quotidian.store.series import open_series, writing
from quotidian.store.series_dialect import dialect_of
from quotidian.store.stores import open_event_store
from quotidian.store.turn import own_epoch

_LOG = logging.getLogger(__name__)


class Contender(NamedTuple):
    """Who wants to lead: a command, with a series store that is open for PURPOSE, and a lease that is not taken yet."""

    folder: DataFolder
    series: Engine
    lease: Lease
    command: str


@contextmanager
def open_stores(
    folder: DataFolder, command: str, *, reads_files: bool = False, accept_events: bool = False
) -> Iterator[IngestStores]:
    """Open the stores of a folder for a command, which leads. No other process can until the block ends.

    With `reads_files` the reader process is started at once, because it takes a while.

    Raises UserError before `quotidian init`, FolderInUse if another process has them, LedElsewhere if another node
    leads, LostEvents if the events are not those that the series were made of; with `accept_events` whatever is there
    is opened, and an empty store made.
    """
    series = open_series(folder, PURPOSE)
    try:
        with (
            closing(dialect_of(series).lease(series)) as lease,
            led_stores(
                Contender(folder, series, lease, command), reads_files=reads_files, accept_events=accept_events
            ) as stores,
        ):
            yield stores
    finally:
        series.dispose()


@contextmanager
def led_stores(
    contender: Contender, *, reads_files: bool = False, accept_events: bool = False
) -> Iterator[IngestStores]:
    """The same, of a series store that is open."""
    folder, series, lease, command = contender
    settings = load_settings(folder.path)
    with folder.hold("events", command), taken(lease, series):
        if not accept_events:
            # Before it leads: of several nodes those that have not the events leave it to the one that has.
            require_events(folder, settings, series)
        lead(series, settings, command, lease)
        with _reading(folder, settings) as reader:
            if reads_files:
                folder.require_room()
                reader.start()
            if accept_events:
                events = open_event_store(folder, settings, own_epoch(series) or 0)
            else:
                events = open_events(folder, settings, series)
            with closing(events):
                yield IngestStores(folder, settings, series, events, reader)


@contextmanager
def _reading(folder: DataFolder, settings: Settings) -> Iterator[FileReader]:
    """What reads files, in a scratch folder that is empty at first."""
    folder.clear_scratch()
    reader = FileReader(folder.scratch, settings.read_memory_bytes, settings.read_seconds)
    try:
        yield reader
    finally:
        reader.end()
        folder.clear_scratch()


def open_events(folder: DataFolder, settings: Settings, series: Engine) -> EventStore:
    """Open the events of a folder, or make them. Days with events that the series do not know are marked dirty.

    Raises LostEvents if they are not those that the series were made of, before anything is made.
    """
    known = require_events(folder, settings, series)
    events = open_event_store(folder, settings, own_epoch(series) or 0)
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


def require_events(folder: DataFolder, settings: Settings, series: Engine) -> Noted:
    """What the series note of the events. Raises LostEvents if those that are there are others. Only looks."""
    with series.connect() as connection:
        known = noted(connection)
    check_events(folder, settings, known)
    return known


def _learn_newer(folder: DataFolder, series: Engine, events: EventStore) -> None:
    """Mark all days: the series are older than the events, as in a backup that copied the series first."""
    _LOG.warning("%s is older than %s: all days are computed again", folder.series, folder.events)
    with writing(series) as connection:
        learn(events, connection)
        doubt_all(connection)
        doubt_everything(connection)
        note_marked(connection, events.batch)
