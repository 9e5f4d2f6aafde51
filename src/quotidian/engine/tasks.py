"""Tasks: what commands ask for that needs the event store. The same code runs in the engine and in a command."""

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Final

import msgspec

from quotidian.control.dirty_days import count_event_days
from quotidian.control.workspaces import find_workspace
from quotidian.domain.progress import Progress
from quotidian.ingest.load import ingest
from quotidian.ingest.report import LoadReport
from quotidian.ingest.sources import Source
from quotidian.ingest.stores import IngestStores
from quotidian.series import rollup as rollups
from quotidian.series.ranges import Failed
from quotidian.store.passing import one_line
from quotidian.store.stores import Stores

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


Work = Generator[Update, None, Outcome]
"""A task being done. It may be abandoned at any update, and nothing is lost."""


def perform(stores: IngestStores, task: Task, failed: Failed) -> Work:
    """Do a task, with an update after each bounded piece of work.

    Days that cannot be computed go to `failed`; the others are computed.
    Raises UserError if the task's workspace does not exist.
    """
    match task:
        case Ingest():
            return _ingest(stores, task, failed)
        case RollUp():
            return _roll_up(stores, failed)
        case Rebuild():
            return _rebuild(stores, failed)


def _ingest(stores: IngestStores, task: Ingest, failed: Failed) -> Work:
    with stores.series.connect() as connection:
        workspace = find_workspace(connection, task.workspace)
    report = LoadReport()
    try:
        yield from _updates(LOADING, ingest(stores, workspace, task.sources, report))
    finally:
        # The reader process holds memory that the rollups can use.
        stores.reader.end()
    outcome = yield from _roll_up(stores, failed)
    return Outcome(report=report, uncomputed=outcome.uncomputed)


def _roll_up(stores: Stores, failed: Failed) -> Work:
    yield from _updates(COMPUTING, rollups.roll_up(stores, failed))
    return Outcome(uncomputed=_told(failed))


def _rebuild(stores: Stores, failed: Failed) -> Work:
    yield from _updates(COMPUTING, rollups.rebuild(stores, failed))
    with stores.series.connect() as connection:
        return Outcome(days=count_event_days(connection), uncomputed=_told(failed))


def _told(failed: Failed) -> list[str]:
    return [f"{each}: {one_line(error)}" for each, error in failed.found]


def _updates(label: str, made: Generator[Progress, None, None]) -> Iterator[Update]:
    # Closed when the task is: it may have threads that use the event store.
    with closing(made):
        for progress in made:
            yield Update(label, *progress)
