"""The open stores of a data folder: what loading and rollups work on."""

from dataclasses import dataclass

from sqlalchemy import Engine

from quotidian.settings import Settings
from quotidian.store.events import EventStore
from quotidian.store.folder import DataFolder


@dataclass(frozen=True)
class Stores:
    """Both stores of a folder, and the settings in force."""

    folder: DataFolder
    settings: Settings
    series: Engine
    events: EventStore
