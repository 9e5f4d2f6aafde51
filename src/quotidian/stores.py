"""The open stores of a data folder: what loading and rollups work on."""

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine

from quotidian.events.identity import Identity
from quotidian.events.reader import FileReader
from quotidian.events.store import EventStore
from quotidian.folder import DataFolder
from quotidian.lineage import check_events
from quotidian.rollups.learning import learn
from quotidian.series.batches import note_marked, noted
from quotidian.series.store import open_series, writing
from quotidian.settings import Settings, load_settings

_LOG = logging.getLogger(__name__)
_GARBAGE_OBJECTS = 50_000


@dataclass(frozen=True)
class Stores:
    """Both stores of a folder, the settings in force, and what reads files: it starts when there are any."""

    folder: DataFolder
    settings: Settings
    series: Engine
    events: EventStore
    reader: FileReader


@contextmanager
def open_stores(
    folder: DataFolder, command: str, *, reads_files: bool = False, accept_events: bool = False
) -> Iterator[Stores]:
    """Open the stores of a folder for a command, which nobody else can do until the block ends.

    With `reads_files` what reads files starts at the same time, since that takes a while.

    Raises UserError before `quotidian init`, FolderInUse if another process has them, LostEvents if the events are not
    those that the series were made of; with `accept_events` whatever is there is opened, and an empty store made.
    """
    # Rollups make hundreds of thousands of objects that are wanted. Looking through all of them for garbage after every
    # 700, as Python does, took a third of their time.
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
                    events = EventStore(folder, settings.event_memory_bytes)
                else:
                    events = open_events(folder, settings, series)
                try:
                    yield Stores(folder, settings, series, events, reader)
                finally:
                    events.close()
            finally:
                reader.end()
                folder.clear_scratch()
    finally:
        series.dispose()


def open_events(folder: DataFolder, settings: Settings, series: Engine) -> EventStore:
    """The events of a folder, made if there were none yet; what they have more than the series is marked dirty.

    Raises LostEvents if they are not those that the series were made of, before anything is made.
    """
    with series.connect() as connection:
        known = noted(connection)
    check_events(folder, known)
    events = EventStore(folder, settings.event_memory_bytes)
    try:
        if not events.has_identity:
            events.identify(Identity(known.fingerprint))
        if events.batch > known.marked:
            _learn_newer(folder, series, events)
    except BaseException:
        events.close()
        raise
    return events


def _learn_newer(folder: DataFolder, series: Engine, events: EventStore) -> None:
    """The series are older than the events, as after a backup that copied them first: all days are computed again."""
    _LOG.warning("%s is older than %s: all days are computed again", folder.series, folder.events)
    with writing(series) as connection:
        learn(events, connection)
        note_marked(connection, events.batch)
