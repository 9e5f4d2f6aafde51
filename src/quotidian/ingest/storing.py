"""Storing what was read, in a thread of its own: the next files are read, and live events taken over, meanwhile."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, suppress
from types import TracebackType
from typing import Final, Self

from quotidian.ingest.read import Written, take_over
from quotidian.ingest.report import LoadReport
from quotidian.ingest.rules import IngestRules
from quotidian.ingest.staging import Staging
from quotidian.ingest.store_batch import StoreBatch
from quotidian.store.events import StatementFailed
from quotidian.store.stores import Stores

_WAIT_SECONDS: Final = 0.1


class Storing:
    """Stores batches one after the other, with a connection and staging tables of its own, until the block ends."""

    def __init__(self, stores: Stores, rules: IngestRules) -> None:
        self._stores = stores.beside()
        self._staging = Staging(self._stores.events)
        self._rules = rules
        self._thread = ThreadPoolExecutor(1, "storing")
        self._begun: Future[LoadReport] | None = None

    def __enter__(self) -> Self:
        return self

    def begin(self, batches: Sequence[Written]) -> None:
        """Have batches stored, after those before have ended."""
        self._begun = self._thread.submit(self._store, batches)

    def end(self) -> Iterator[None]:
        """Yield until what was begun is stored."""
        while self._begun and not wait([self._begun], _WAIT_SECONDS).done:
            yield

    def report(self) -> LoadReport:
        """What was done since `begin`, after `end`. Raises what storing it raised."""
        found = self._begun.result() if self._begun else LoadReport()
        self._begun = None
        return found

    def _store(self, batches: Sequence[Written]) -> LoadReport:
        report = LoadReport()
        store_batch = StoreBatch(self._stores, self._rules, report)
        for each in batches:
            store_batch(take_over(self._stores, self._staging, each))
        return report

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait for the batch that is being stored, if there is one, and let go of the connection."""
        self._thread.shutdown()
        # A full disk hinders dropping the tables. They are dropped before they are used again.
        with closing(self._stores.events), suppress(StatementFailed):
            self._staging.drop()
