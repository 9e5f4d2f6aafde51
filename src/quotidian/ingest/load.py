"""Loading files: in steps of bounded size, each read in bulk, checked against the store, and kept.

A step ends with its events in the store; what it changes was marked dirty before. So a load may be interrupted and
repeated at any point: what is there already is recognised by its id.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from quotidian.control.loaded import remember
from quotidian.control.workspaces import Workspace
from quotidian.domain.progress import Progress
from quotidian.ingest.fetch import Fetcher, Portion
from quotidian.ingest.keep import Keeper
from quotidian.ingest.read import Reading, Step, steps, take_over
from quotidian.ingest.report import LoadReport
from quotidian.ingest.rules import Rules
from quotidian.ingest.sniff import EventFile
from quotidian.ingest.sources import BadFile, Source
from quotidian.ingest.staging import Staging
from quotidian.ingest.stores import IngestStores

_WAIT_SECONDS: Final = 0.1


def ingest(
    stores: IngestStores, staging: Staging, workspace: Workspace, sources: Sequence[Source], report: LoadReport
) -> Iterator[Progress]:
    """Load sources into the event store step by step, and mark dirty what they change. Rollups are left to the caller.

    Yields the bytes done, also while it waits for a bucket or for the process that reads. Between two steps the
    staging tables may be used for something else, and nothing is lost if no further step is taken. What is loaded is
    remembered as such. A file that cannot be read is in the report's `failed`; records that cannot be used are in the
    dead letters. Raises UserError for a bucket that cannot be read.
    """
    with stores.series.connect() as connection:
        rules = Rules.read(connection)
    reading = Reading(stores, rules, workspace, report)
    keeper = Keeper(stores, rules, report)
    total, done = sum(source.size for source in sources), 0
    yield Progress(done, total)
    try:
        with Fetcher(stores.folder.fetched) as fetcher:
            portions = fetcher.portions(sources, stores.settings.load_bytes)
            files_of_steps = _files_of_steps(portions, stores.settings.load_bytes, report)
            for step in reading.read(files_of_steps):
                if step:
                    for written in step.written:
                        keeper.keep(take_over(stores, staging, rules, written))
                    # Only now, that its events are in the store: killed in between, the step is done again.
                    remember(stores, workspace, _loaded(step))
                    done += sum(file.source.size for file in step.files)
                yield Progress(done, total)
    except BaseException:
        # It may be in the middle of a step that nobody wants any more.
        stores.reader.end()
        raise
    yield Progress(total, total)


def _files_of_steps(
    portions: Iterator[Portion], step_bytes: int, report: LoadReport
) -> Iterator[Sequence[EventFile] | None]:
    """The files of each step; None while a bucket is waited for."""
    for portion in portions:
        while not portion.is_here(_WAIT_SECONDS):
            yield None
        yield from steps(_usable(portion, report), step_bytes)


def _usable(portion: Portion, report: LoadReport) -> list[EventFile]:
    files = []
    for found in portion.files():
        if isinstance(found, BadFile):
            report.failed.append(found)
        else:
            files.append(found)
    return files


def _loaded(step: Step) -> list[tuple[str, str]]:
    left_out = {file.origin for file in step.failed}
    return [(file.source.origin, file.source.version) for file in step.files if file.source.origin not in left_out]
