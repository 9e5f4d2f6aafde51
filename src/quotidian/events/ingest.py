"""Loading files: in steps of bounded size, each read in bulk, checked against the store, and kept.

A step ends with its events in the store; what it changes was marked dirty before. So a load may be interrupted and
repeated at any point: what is there already is recognised by its id.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from quotidian.events.files import BadFile, EventFile, look_at
from quotidian.events.keeping import Keeper
from quotidian.events.reading import Reader, steps
from quotidian.events.report import LoadReport
from quotidian.events.staging import Rules, Staging
from quotidian.progress import Progress
from quotidian.stores import Stores
from quotidian.workspaces import Workspace


def ingest(
    stores: Stores, staging: Staging, workspace: Workspace, paths: Iterable[Path], report: LoadReport
) -> Iterator[Progress]:
    """Load files into the event store step by step, and mark dirty what they change. Rollups are left to the caller.

    Yields the bytes done. Between two steps the staging tables may be used for something else, and nothing is lost if
    no further step is taken. A file that cannot be read is in the report's `failed`; records that cannot be used are
    in the dead letters.
    """
    files = _look_at_all(paths, report)
    with stores.series.connect() as connection:
        rules = Rules.read(connection)
    reader = Reader(stores, staging, rules, workspace, report)
    keeper = Keeper(stores, rules, report)
    total, done = sum(file.size for file in files), 0
    yield Progress(done, total)
    for step in steps(files, stores.settings.load_bytes):
        for batch in reader.batches(step):
            keeper.keep(batch)
        done += sum(file.size for file in step)
        yield Progress(done, total)


def _look_at_all(paths: Iterable[Path], report: LoadReport) -> list[EventFile]:
    files = []
    for path in paths:
        found = look_at(path)
        if isinstance(found, BadFile):
            report.failed.append(found)
        else:
            files.append(found)
    return files
