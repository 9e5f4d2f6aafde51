"""Loading files, in batches of bounded size. Each batch is read in bulk, compared with the store, and stored.

The days that a batch changes are marked dirty before its events are stored. So a load may be interrupted at any point
and repeated: events that are stored already are found by their ids.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from quotidian.control.loaded import Load, remember
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import now_micros
from quotidian.domain.progress import Progress
from quotidian.ingest.fetch import Fetcher, SourceBatch
from quotidian.ingest.read import FileBatch, Reading, file_batches, take_over
from quotidian.ingest.report import LoadReport
from quotidian.ingest.rules import IngestRules
from quotidian.ingest.sniff import EventFile
from quotidian.ingest.sources import BadFile, Source, common_place
from quotidian.ingest.staging import Staging
from quotidian.ingest.store_batch import StoreBatch
from quotidian.ingest.stores import IngestStores

_WAIT_SECONDS: Final = 0.1


def ingest(
    stores: IngestStores, staging: Staging, workspace: Workspace, sources: Sequence[Source], report: LoadReport
) -> Iterator[Progress]:
    """Load sources into the event store, and mark dirty the days that they change. The caller rolls up.

    Yields the bytes done after each batch, and while it waits for a bucket or for the reader process. Between two
    yields the staging tables may be used for something else, and the load may be abandoned. Loaded sources are
    remembered. Files that cannot be read are in the report's `failed`; unusable records become dead letters.
    Raises UserError for a bucket that cannot be read.
    """
    with stores.series.connect() as connection:
        rules = IngestRules.read(connection)
    reading = Reading(stores, rules, workspace, report)
    store_batch = StoreBatch(stores, rules, report)
    total, done = sum(source.size for source in sources), 0
    place = common_place(sources)
    yield Progress(done, total)
    try:
        with Fetcher(stores.folder.fetched) as fetcher:
            source_batches = fetcher.batches(sources, stores.settings.load_bytes)
            files_to_read = _files_to_read(source_batches, stores.settings.load_bytes, report)
            for batch in reading.read(files_to_read):
                if batch:
                    for written in batch.written:
                        store_batch(take_over(stores, staging, rules, written))
                    # Only after its events are stored: if the load is killed in between, the batch is loaded again.
                    remember(stores, workspace, _loaded(batch), _load(place, report), report.take_unknown())
                    done += sum(file.source.size for file in batch.files)
                yield Progress(done, total)
    except BaseException:
        # The reader process may be reading a batch that is not wanted any more.
        stores.reader.end()
        raise
    if sources and (report.failed or not report.files):
        # Files that failed may have been in no batch.
        remember(stores, workspace, [], _load(place, report), report.take_unknown())
    yield Progress(total, total)


def _load(place: str, report: LoadReport) -> Load:
    """What a load has done so far."""
    return Load(now_micros(), place, report.files, len(report.failed), report.total.new)


def _files_to_read(
    source_batches: Iterator[SourceBatch], batch_bytes: int, report: LoadReport
) -> Iterator[Sequence[EventFile] | None]:
    """The files of each batch to read; None while it waits for a bucket."""
    for batch in source_batches:
        while not batch.is_here(_WAIT_SECONDS):
            yield None
        yield from file_batches(_usable(batch, report), batch_bytes)


def _usable(batch: SourceBatch, report: LoadReport) -> list[EventFile]:
    files = []
    for found in batch.files():
        if isinstance(found, BadFile):
            report.failed.append(found)
        else:
            files.append(found)
    return files


def _loaded(batch: FileBatch) -> list[tuple[str, str]]:
    left_out = {file.origin for file in batch.failed}
    return [(file.source.origin, file.source.version) for file in batch.files if file.source.origin not in left_out]
