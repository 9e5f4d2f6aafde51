"""Reading: from files to batches, in bulk, by a reader process; and which file it is where that fails."""

import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, NamedTuple

from quotidian.events.files import EventFile, Shape
from quotidian.events.opened import MOST_FILES, OpenedFiles
from quotidian.events.reader import ReaderEnded, too_much_memory
from quotidian.events.report import UNKNOWN_TYPE, LoadReport
from quotidian.events.requests import Done, Failed, FileToRead, Request, Trouble
from quotidian.events.rules import Rules
from quotidian.events.sources import BadFile
from quotidian.events.staging import Staging
from quotidian.events.statements import StatementFailed
from quotidian.parts import weighed_parts
from quotidian.sql import statement
from quotidian.stores import Stores
from quotidian.workspaces import Workspace

_GZIP_RATIO: Final = 10
_LARGE_STEPS: Final = 4
_WAIT_SECONDS: Final = 0.1
_TRIES: Final = 2
"""Of a file whose reader died: it may be the memory of the machine, or an operator, that ended it."""


class Batch(NamedTuple):
    """What the batch table holds: where from by the name in its rows, and in how many parts it fits into memory."""

    origins: dict[str, str]
    buckets: int = 1


class Written(NamedTuple):
    """A batch in a file, as the reader wrote it."""

    path: Path
    batch: Batch
    rows: int


@dataclass
class Step:
    """What came of files that were read together; mostly one batch."""

    files: Sequence[EventFile]
    written: list[Written] = field(default_factory=list)
    failed: list[BadFile] = field(default_factory=list)


def steps(files: Sequence[EventFile], step_bytes: int) -> Iterator[list[EventFile]]:
    """Files of one shape, gzipped or not, as many as fit into a step."""
    for shape in Shape:
        for gzipped in (False, True):
            alike = [file for file in files if file.shape is shape and file.gzipped is gzipped]
            yield from weighed_parts(alike, _weight, step_bytes, MOST_FILES)


def weight(size: int, gzipped: bool) -> int:
    """Bytes to read, about: gzip packs JSON to a tenth."""
    return size * (_GZIP_RATIO if gzipped else 1)


def _weight(file: EventFile) -> int:
    return weight(file.size, file.gzipped)


class Reading:
    """Has the files of steps read; what cannot be read, and what is of unknown types, goes to the report."""

    def __init__(self, stores: Stores, rules: Rules, target: Workspace, report: LoadReport) -> None:
        self._reader = stores.reader
        self._settings = stores.settings
        self._rules = rules
        self._target = target
        self._report = report
        self._output = Path()

    def read(self, files_of_steps: Iterable[Sequence[EventFile] | None]) -> Iterator[Step | None]:
        """The steps, one after the other; None while there is something to wait for, as in what is given.

        While the caller has a step, the next one is read. Raises StatementFailed where no file is the reason.
        """
        before: Step | None = None
        for files in files_of_steps:
            if files is not None:
                self._begin(files)
            if before:
                yield before
                before = None
            if files is None:
                yield None
                continue
            step = Step(files)
            yield from self._finish(step, files)
            self._report.failed += step.failed
            before = step
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
        )
        try:
            self._output = self._reader.begin(request)
        except OSError as error:
            raise StatementFailed(f"The process that reads files cannot be asked: {error}") from error

    def _finish(self, step: Step, files: Sequence[EventFile], tries: int = _TRIES) -> Generator[None, None, None]:
        """Wait for what was begun. Where it fails, the files are halved until there is one, which is to blame."""
        try:
            while (reply := self._reader.reply(_WAIT_SECONDS)) is None:
                yield
        except ReaderEnded as error:
            again = tries - 1 if error.may_pass else 0
            yield from self._take_apart(step, files, BadFile("", str(error), error.may_pass), again)
            return
        match reply:
            case Done():
                self._take(step, files, reply)
            case Failed(reason):
                yield from self._take_apart(step, files, BadFile("", self._told(reason)), 0)
            case Trouble(reason):
                raise StatementFailed(reason)

    def _take_apart(
        self, step: Step, files: Sequence[EventFile], failure: BadFile, tries: int
    ) -> Generator[None, None, None]:
        """Read each half; a single file has so many tries left."""
        if len(files) == 1 and not tries:
            step.failed.append(replace(failure, origin=files[0].source.origin))
            return
        middle = len(files) // 2
        for part in (files[:middle], files[middle:]):
            if part:
                self._begin(part)
                yield from self._finish(step, part, tries if len(files) == 1 else _TRIES)

    def _take(self, step: Step, files: Sequence[EventFile], done: Done) -> None:
        for place, (reason, may_pass) in done.unread.items():
            step.failed.append(BadFile(files[place].source.origin, reason, may_pass))
        for place, records in done.unknown.items():
            self._report.add_read(files[place].type, UNKNOWN_TYPE, records)
        origins = {name: file.source.origin for name, file in zip(done.names, files, strict=True) if name}
        self._report.files += len(files) - len(done.unread)
        if done.rows:
            # More than one part only for a huge file, since steps are small.
            buckets = max(1, sum(map(_weight, files)) // (_LARGE_STEPS * self._settings.load_bytes))
            step.written.append(Written(self._output, Batch(origins, buckets), done.rows))

    def _told(self, reason: str) -> str:
        """The reason that ClickHouse gives, without its context."""
        if "(MEMORY_LIMIT_EXCEEDED)" in reason:
            return too_much_memory(self._settings.read_memory_bytes)
        text = reason.split("DB::Exception: ", 1)[-1]
        return text.split(": While executing", 1)[0].split(": (in file", 1)[0].splitlines()[0][:300]


def take_over(stores: Stores, staging: Staging, rules: Rules, written: Written) -> Batch:
    """Put what was read into the batch table, and remove its file. Raises StatementFailed if it is not all there."""
    staging.empty(rules.bindings, "large_batch" if written.batch.buckets > 1 else "batch")
    with OpenedFiles() as opened:
        opened.open(written.path)
        stores.events.run(statement(__package__, "take_over"), {"file": opened.pattern})
    ((rows,),) = stores.events.rows(statement(__package__, "batch_records"), {}, tuple[int])
    if rows != written.rows:
        raise StatementFailed(f"Of {written.rows} records that were read, {rows} were written; is the disk full?")
    written.path.unlink()
    return written.batch
