"""Reading files into batches, in bulk, by a reader process; where that fails, it finds the file that is to blame."""

import logging
import os
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from quotidian.control.workspaces import Workspace
from quotidian.domain.chunks import weighed_chunks
from quotidian.domain.counts import counted
from quotidian.ingest.opened import MOST_FILES
from quotidian.ingest.reader import ReaderEnded
from quotidian.ingest.report import UNKNOWN_TYPE, LoadReport
from quotidian.ingest.requests import Done, Failed, FileToRead, Request, Trouble
from quotidian.ingest.rules import IngestRules
from quotidian.ingest.shapes import Shape
from quotidian.ingest.sniff import EventFile
from quotidian.ingest.sources import BadFile
from quotidian.ingest.staging import Staging
from quotidian.ingest.stores import IngestStores
from quotidian.ingest.unreadable import why_unreadable
from quotidian.store.events import StatementFailed
from quotidian.store.sql import statement
from quotidian.store.stores import Stores
from quotidian.store.sums import total

_LOG = logging.getLogger(__name__)

_GZIP_RATIO: Final = 10
_LARGE_BATCHES: Final = 4
_WAIT_SECONDS: Final = 0.1
_TRIES: Final = 2
"""Tries of a file whose reader died: the machine may have run out of memory, or an operator may have killed it."""


class Batch(NamedTuple):
    """What is in the batch table: the origin of each file in its rows, and in how many chunks it fits into memory.

    `arrived` is when the events of a file came, in microseconds; those of others come now.
    """

    origins: dict[str, str]
    chunks: int = 1
    arrived: Mapping[str, int] = MappingProxyType({})


class Written(NamedTuple):
    """A batch in a file, as the reader wrote it."""

    path: Path
    batch: Batch
    rows: int


@dataclass
class FileBatch:
    """Files that were read together, and what came of them: mostly one batch table."""

    files: Sequence[EventFile]
    written: list[Written] = field(default_factory=list)
    failed: list[BadFile] = field(default_factory=list)


def file_batches(files: Sequence[EventFile], batch_bytes: int) -> Iterator[list[EventFile]]:
    """Files that can be read together: of one shape, gzipped or not, as many as fit into a batch."""
    for shape in Shape:
        for gzipped in (False, True):
            alike = [file for file in files if file.shape is shape and file.gzipped is gzipped]
            yield from weighed_chunks(alike, _weight, batch_bytes, MOST_FILES)


def weight(size: int, gzipped: bool) -> int:
    """Bytes to read, about: gzip makes JSON ten times smaller."""
    return size * (_GZIP_RATIO if gzipped else 1)


def _weight(file: EventFile) -> int:
    return weight(file.size, file.gzipped)


class Reading:
    """Has batches of files read; files that cannot be read, and records of unknown types, go to the report."""

    def __init__(self, stores: IngestStores, rules: IngestRules, target: Workspace, report: LoadReport) -> None:
        self._reader = stores.reader
        self._settings = stores.settings
        self._rules = rules
        self._target = target
        self._report = report
        self._output = Path()

    def read(self, batches: Iterable[Sequence[EventFile] | None]) -> Iterator[FileBatch | None]:
        """The batches that were read; None while it waits for the reader, and for each None that it is given.

        While the caller has a batch, the next one is read. Raises StatementFailed where no file is the reason.
        """
        before: FileBatch | None = None
        for files in batches:
            if files is not None:
                self._begin(files)
            if before:
                yield before
                before = None
            if files is None:
                yield None
                continue
            batch = FileBatch(files)
            yield from self._finish(batch, files)
            self._report.failed += batch.failed
            before = batch
        if before:
            yield before

    def _begin(self, files: Sequence[EventFile]) -> None:
        request = Request(
            bindings=self._rules.bindings,
            target=self._target.name,
            shape=files[0].shape,
            gzipped=files[0].gzipped,
            files=[FileToRead(os.fsencode(file.path.absolute()), file.type) for file in files],
            record_bytes=self._settings.record_limit_bytes,
            fields=frozenset().union(*(file.fields for file in files)),
        )
        try:
            self._output = self._reader.begin(request)
        except OSError as error:
            raise StatementFailed(f"The process that reads files cannot be asked: {error}") from error

    def _finish(self, batch: FileBatch, files: Sequence[EventFile], tries: int = _TRIES) -> Generator[None, None, None]:
        """Wait for the reader. If it fails, halves of the files are read, until the single file is found that fails."""
        try:
            while (reply := self._reader.reply(_WAIT_SECONDS)) is None:
                yield
        except ReaderEnded as error:
            again = tries - 1 if error.may_pass else 0
            yield from self._take_apart(batch, files, BadFile("", str(error), error.may_pass), again)
            return
        match reply:
            case Done():
                self._take(batch, files, reply)
            case Failed(reason):
                if len(files) == 1:
                    _LOG.info("%s cannot be read: %s", files[0].source.origin, reason)
                told = why_unreadable(reason, self._settings.read_memory_bytes)
                yield from self._take_apart(batch, files, BadFile("", told), 0)
            case Trouble(reason):
                raise StatementFailed(reason)

    def _take_apart(
        self, batch: FileBatch, files: Sequence[EventFile], failure: BadFile, tries: int
    ) -> Generator[None, None, None]:
        """Read each half; a single file is tried so often again."""
        if len(files) == 1 and not tries:
            batch.failed.append(replace(failure, origin=files[0].source.origin))
            return
        middle = len(files) // 2
        for half in (files[:middle], files[middle:]):
            if half:
                self._begin(half)
                yield from self._finish(batch, half, tries if len(files) == 1 else _TRIES)

    def _take(self, batch: FileBatch, files: Sequence[EventFile], done: Done) -> None:
        for place, (reason, may_pass) in done.unread.items():
            batch.failed.append(BadFile(files[place].source.origin, reason, may_pass))
        for place, records in done.unknown.items():
            self._report.add_read(files[place].type, UNKNOWN_TYPE, records)
        origins = {name: file.source.origin for name, file in zip(done.names, files, strict=True) if name}
        self._report.files += len(files) - len(done.unread)
        if done.rows:
            # More than one only for a huge file: batches of several files are small.
            chunks = max(1, sum(map(_weight, files)) // (_LARGE_BATCHES * self._settings.load_bytes))
            batch.written.append(Written(self._output, Batch(origins, chunks), done.rows))


def take_over(stores: Stores, staging: Staging, written: Written) -> Batch:
    """Copy what was read into the batch table, and remove its file. Raises StatementFailed if records are missing."""
    staging.empty("large_batch" if written.batch.chunks > 1 else "batch")
    stores.events.insert("batch", written.path)
    rows = total(stores.events.rows(statement(__package__, "batch_records"), {}, tuple[int]))
    if rows != written.rows:
        raise StatementFailed(f"{counted(written.rows, 'record')} read, {rows:,} written; is the disk full?")
    written.path.unlink()
    return written.batch
