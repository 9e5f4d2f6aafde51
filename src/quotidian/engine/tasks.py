"""Tasks: what commands ask for that needs the event store. performing.py does them.

Apart, since whoever talks to the engine loads this: each command that does, and each worker.
"""

from typing import Final

import msgspec

from quotidian.ingest.report import LoadReport
from quotidian.ingest.sources import Source

LOADING: Final = "Loading events"
COMPUTING: Final = "Computing series"


class Ingest(msgspec.Struct, tag=True, frozen=True):
    """Load files and objects into a workspace, and compute the days that they change.

    The process that does the task fetches the objects, with the AWS settings of its own environment. A task holds no
    secret.
    """

    workspace: str
    sources: list[Source]


class RollUp(msgspec.Struct, tag=True, frozen=True):
    """Compute the days that are out of date."""


class Rebuild(msgspec.Struct, tag=True, frozen=True):
    """Make all series again from the events."""


Task = Ingest | RollUp | Rebuild


class Update(msgspec.Struct, tag=True, frozen=True):
    """How far a task has come with what `label` says: bytes of LOADING, days of each family of COMPUTING."""

    label: str
    done: int
    total: int


class Outcome(msgspec.Struct, tag=True, frozen=True):
    """What a task has done."""

    days: int = 0
    """Days with events whose series a rebuild has made again."""
    report: LoadReport = msgspec.field(default_factory=LoadReport)
    uncomputed: list[str] = msgspec.field(default_factory=list)
    """What could not be computed and why, a text each; it stays dirty."""
