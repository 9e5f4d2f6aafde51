"""Loading files: in steps of bounded size, each read in bulk, checked against the store, and kept.

A step ends with its events in the store; what it changes was marked dirty before. So a load may be interrupted and
repeated at any point: what is there already is recognised by its id.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from quotidian.events.fetching import Fetcher, Portion
from quotidian.events.files import EventFile
from quotidian.events.keeping import Keeper
from quotidian.events.loaded import remember
from quotidian.events.reading import Reader, steps
from quotidian.events.report import LoadReport
from quotidian.events.sources import BadFile, Source
from quotidian.events.staging import Rules, Staging
from quotidian.progress import Progress
from quotidian.stores import Stores
from quotidian.workspaces import Workspace

_WAIT_SECONDS: Final = 0.1


def ingest(
    stores: Stores, staging: Staging, workspace: Workspace, sources: Sequence[Source], report: LoadReport
) -> Iterator[Progress]:
    """Load sources into the event store step by step, and mark dirty what they change. Rollups are left to the caller.

    Yields the bytes done, also while it waits for a bucket. Between two steps the staging tables may be used for
    something else, and nothing is lost if no further step is taken. What is loaded is remembered as such. A file that
    cannot be read is in the report's `failed`; records that cannot be used are in the dead letters. Raises UserError
    for a bucket that cannot be read.
    """
    with stores.series.connect() as connection:
        rules = Rules.read(connection)
    reader = Reader(stores, staging, rules, workspace, report)
    keeper = Keeper(stores, rules, report)
    total, done = sum(source.size for source in sources), 0
    yield Progress(done, total)
    with Fetcher(stores.folder.fetched) as fetcher:
        for portion in fetcher.portions(sources, stores.settings.load_bytes):
            while not portion.is_here(_WAIT_SECONDS):
                yield Progress(done, total)
            for step in steps(_usable(portion, report), stores.settings.load_bytes):
                failed_before = len(report.failed)
                for batch in reader.batches(step):
                    keeper.keep(batch)
                # Only now, that its events are in the store: killed in between, the step is done again.
                remember(stores, workspace, _loaded(step, report.failed[failed_before:]))
                yield Progress(done + sum(file.source.size for file in step), total)
            done += sum(source.size for source in portion.sources)
            yield Progress(done, total)


def _usable(portion: Portion, report: LoadReport) -> list[EventFile]:
    files = []
    for found in portion.files():
        if isinstance(found, BadFile):
            report.failed.append(found)
        else:
            files.append(found)
    return files


def _loaded(step: Sequence[EventFile], failed: Sequence[BadFile]) -> list[Source]:
    left_out = {file.origin for file in failed}
    return [file.source for file in step if file.source.origin not in left_out]
