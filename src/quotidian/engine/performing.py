"""Does a task. The same code runs in the engine and in a command."""

from collections.abc import Generator, Iterator
from contextlib import closing

from quotidian.control.dirty_days import count_event_days
from quotidian.control.workspaces import find_workspace
from quotidian.domain.progress import Progress
from quotidian.engine.tasks import COMPUTING, LOADING, Ingest, Outcome, Rebuild, RollUp, Task, Update
from quotidian.ingest.load import ingest
from quotidian.ingest.report import LoadReport
from quotidian.ingest.stores import IngestStores
from quotidian.series import rollup as rollups
from quotidian.series.ranges import Failed
from quotidian.store.passing import one_line
from quotidian.store.stores import Stores

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
