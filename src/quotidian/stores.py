"""The open stores of a data folder: what loading and rollups work on."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine

from quotidian.events.reader import FileReader
from quotidian.events.store import EventStore
from quotidian.folder import DataFolder
from quotidian.series.store import open_series
from quotidian.settings import Settings, load_settings

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
def open_stores(folder: DataFolder, command: str, *, reads_files: bool = False) -> Iterator[Stores]:
    """Open the stores of a folder for a command, which nobody else can do until the block ends.

    With `reads_files` what reads files starts at the same time, since that takes a while.

    Raises UserError before `quotidian init`, FolderInUse if another process has them.
    """
    # Rollups make hundreds of thousands of objects that are wanted. Looking through all of them for garbage after every
    # 700, as Python does, took a third of their time.
    gc.set_threshold(_GARBAGE_OBJECTS)
    series = open_series(folder)
    settings = load_settings(folder.path)
    with folder.hold("events", command):
        folder.clear_scratch()
        reader = FileReader(folder.scratch, settings.read_memory_bytes, settings.read_seconds)
        if reads_files:
            folder.require_room()
            reader.start()
        try:
            events = EventStore(folder, settings.event_memory_bytes)
            try:
                yield Stores(folder, settings, series, events, reader)
            finally:
                events.close()
                series.dispose()
        finally:
            reader.end()
            folder.clear_scratch()
