"""Batches of sources. Objects of buckets are fetched first, one batch ahead of the reading."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from types import TracebackType
from typing import Final, NamedTuple

from quotidian.domain.chunks import weighed_chunks
from quotidian.ingest.opened import MOST_FILES
from quotidian.ingest.read import weight
from quotidian.ingest.s3 import Buckets
from quotidian.ingest.sniff import EventFile, look_at
from quotidian.ingest.sources import BadFile, Source

_THREADS: Final = 8


class _Fetch(NamedTuple):
    source: Source
    path: Path
    done: "Future[BadFile | None]"


class SourceBatch:
    """Sources that are read together."""

    def __init__(self, sources: Sequence[Source], folder: Path, fetches: Sequence[_Fetch]) -> None:
        self.sources = sources
        self._folder = folder
        self._fetches = {each.source: each for each in fetches}

    def is_here(self, timeout: float) -> bool:
        """Whether all of it is fetched, after waiting for at most so many seconds."""
        return not wait([each.done for each in self._fetches.values()], timeout).not_done

    def files(self) -> Iterator[EventFile | BadFile]:
        """What each source is. Raises UserError if its bucket cannot be read."""
        for source in self.sources:
            fetch = self._fetches.get(source)
            failure = fetch.done.result() if fetch else None
            yield failure or look_at(source, fetch.path if fetch else source.path)

    def remove(self) -> None:
        """Remove what was fetched."""
        shutil.rmtree(self._folder, ignore_errors=True)


class Fetcher:
    """Makes batches of sources. Objects are fetched into a folder of their own, which is emptied before and after.

    At most two batches are in the folder. The threads are daemons: one that waits for a slow bucket keeps no process
    alive.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._buckets = Buckets()
        self._fetches: SimpleQueue[_Fetch | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._ended = Event()

    def __enter__(self) -> "Fetcher":
        # Left over where a load was killed.
        shutil.rmtree(self._folder, ignore_errors=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.set()
        for _ in self._threads:
            self._fetches.put(None)
        shutil.rmtree(self._folder, ignore_errors=True)

    def batches(self, sources: Iterable[Source], batch_bytes: int) -> Iterator[SourceBatch]:
        """The sources in batches of so many bytes. A batch is fetched while the one before it is in use."""
        batches = weighed_chunks(
            sources, lambda source: weight(source.size, source.name.endswith(".gz")), batch_bytes, MOST_FILES
        )
        begun = (self._begin(number, batch) for number, batch in enumerate(batches))
        current = next(begun, None)
        while current is not None:
            following = next(begun, None)
            yield current
            current.remove()
            current = following

    def _begin(self, number: int, sources: Sequence[Source]) -> SourceBatch:
        folder = self._folder / str(number)
        remote = [source for source in sources if source.is_remote]
        fetches = [_Fetch(source, folder / f"{place:06}", Future()) for place, source in enumerate(remote)]
        if fetches:
            # Owner only, like the data folder that it is in.
            folder.mkdir(mode=0o700, parents=True)
            self._start_threads()
        for each in fetches:
            self._fetches.put(each)
        return SourceBatch(sources, folder, fetches)

    def _start_threads(self) -> None:
        while len(self._threads) < _THREADS:
            self._threads.append(Thread(target=self._fetch_all, name="fetching", daemon=True))
            self._threads[-1].start()

    def _fetch_all(self) -> None:
        while (fetch := self._fetches.get()) and not self._ended.is_set():
            source, path, done = fetch
            try:
                done.set_result(self._buckets.fetch(source, path, lambda: not self._ended.is_set()))
            except Exception as error:
                # Raised again where the batch is read.
                done.set_exception(error)
