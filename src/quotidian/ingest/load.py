"""Loading files, in batches of bounded size. Each batch is read in bulk, compared with the store, and stored.

While a batch is stored, the next one waits for that, and the one after it is read. The days that a batch changes are
marked dirty before its events are stored. So a load may be interrupted at any point and repeated: events that are
stored already are found by their ids.
"""

from collections.abc import Generator, Iterator, Sequence
from typing import Final

from quotidian.control.loaded import Brought, Load, remember
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import now_micros
from quotidian.domain.progress import Progress
from quotidian.ingest.fetch import Fetcher, SourceBatch
from quotidian.ingest.read import FileBatch, Reading, file_batches
from quotidian.ingest.report import LoadReport
from quotidian.ingest.rules import IngestRules
from quotidian.ingest.sniff import EventFile
from quotidian.ingest.sources import BadFile, Source, common_place
from quotidian.ingest.stores import IngestStores
from quotidian.ingest.storing import Storing

_WAIT_SECONDS: Final = 0.1


def ingest(
    stores: IngestStores, workspace: Workspace, sources: Sequence[Source], report: LoadReport
) -> Generator[Progress, None, None]:
    """Load sources into the event store, and mark dirty the days that they change. The caller rolls up.

    Yields the bytes done, again and again, within a fraction of a second. At any yield live events may be taken over
    and days rolled up, and the load may be abandoned; what it has begun to store it stores first. Loaded sources are
    remembered. Files that cannot be read are in the report's `failed`; unusable records become dead letters.
    Raises UserError for a bucket that cannot be read.
    """
    with stores.series.connect() as connection:
        rules = IngestRules.read(connection)
    total = sum(source.size for source in sources)
    yield Progress(0, total)
    with Storing(stores, rules) as storing:
        load = _Loading(stores, workspace, storing, common_place(sources), report)
        try:
            with Fetcher(stores.folder.fetched) as fetcher:
                source_batches = fetcher.batches(sources, stores.settings.load_bytes)
                files_to_read = _files_to_read(source_batches, stores.settings.load_bytes, report)
                for batch in Reading(stores, rules, workspace, report).read(files_to_read):
                    for _ in load.store(batch) if batch else (None,):
                        yield Progress(load.done, total)
                for _ in load.finish():
                    yield Progress(load.done, total)
        except BaseException:
            # The reader process may be reading a batch that is not wanted any more.
            stores.reader.end()
            raise
    if sources and (report.failed or not report.files):
        # Files that failed may have been in no batch.
        load.remember([])
    yield Progress(total, total)


class _Loading:
    """A load that stores a batch at a time. `done` are the bytes of the files whose events are stored."""

    def __init__(
        self, stores: IngestStores, workspace: Workspace, storing: Storing, place: str, report: LoadReport
    ) -> None:
        self.done = 0
        self._stores = stores
        self._workspace = workspace
        self._storing = storing
        self._place = place
        self._report = report
        self._begun: FileBatch | None = None

    def store(self, batch: FileBatch) -> Iterator[None]:
        """Begin to store a batch, when the one before is stored."""
        yield from self.finish()
        self._storing.begin(batch.written)
        self._begun = batch

    def finish(self) -> Iterator[None]:
        """Wait until what was begun is stored, and note it. Raises what storing it raised."""
        yield from self._storing.end()
        if self._begun:
            self._report.add(self._storing.report())
            # Only after its events are stored: if the load is killed in between, the batch is loaded again.
            self.remember(_loaded(self._begun))
            self.done += sum(file.source.size for file in self._begun.files)
            self._begun = None

    def remember(self, sources: Sequence[tuple[str, str]]) -> None:
        """Note that sources are loaded, and what the load has done so far."""
        report = self._report
        load = Load(now_micros(), self._place, report.files, len(report.failed), report.total.new)
        brought = Brought(report.take_unknown(), report.arrivals.take())
        remember(self._stores, self._workspace, sources, load, brought)


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
