"""Reading: from files to batches, in bulk, by ClickHouse's own readers."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from quotidian.events.files import EventFile, Shape
from quotidian.events.report import UNKNOWN_TYPE, LoadReport
from quotidian.events.sources import BadFile
from quotidian.events.staging import TIME_PATTERN, Rules, Staging
from quotidian.events.store import EventStore, StatementFailed
from quotidian.folder import memory_folder
from quotidian.parts import weighed_parts
from quotidian.sql import statement
from quotidian.stores import Stores
from quotidian.workspaces import Workspace

MOST_FILES = 1_000
"""Files that one statement reads."""

_GZIP_RATIO = 10
_LARGE_STEPS = 4

_SUFFIXES = {Shape.AVRO: "avro", Shape.UNKNOWN_AVRO: "avro", Shape.LINES: "jsonl", Shape.BODY: "json"}
_FORMATS = {Shape.LINES: "LineAsString", Shape.BODY: "RawBLOB"}


class Batch(NamedTuple):
    """What the batch table holds: where from by the name in its rows, and in how many parts it fits into memory."""

    origins: dict[str, str]
    buckets: int = 1


def steps(files: Sequence[EventFile], step_bytes: int) -> Iterator[list[EventFile]]:
    """Files of one shape, as many as fit into a step."""
    for shape in Shape:
        of_shape = [file for file in files if file.shape is shape]
        yield from weighed_parts(of_shape, _weight, step_bytes, MOST_FILES)


def weight(size: int, gzipped: bool) -> int:
    """Bytes to read, about: gzip packs JSON to a tenth."""
    return size * (_GZIP_RATIO if gzipped else 1)


def _weight(file: EventFile) -> int:
    return weight(file.size, file.gzipped)


class Reader:
    """Fills the batch table from files; what cannot be read, and what is of unknown types, goes to the report."""

    def __init__(self, stores: Stores, staging: Staging, rules: Rules, target: Workspace, report: LoadReport) -> None:
        self._events = stores.events
        self._step_bytes = stores.settings.load_bytes
        self._staging = staging
        self._rules = rules
        self._target = target
        self._report = report

    def batches(self, files: Sequence[EventFile]) -> Iterator[Batch]:
        """Read files of one shape: one batch, unless a file breaks the statement, which is then found by halving."""
        try:
            batch = self._read(files)
        except StatementFailed as error:
            if len(files) == 1:
                self._report.failed.append(BadFile(files[0].source.origin, _short(error)))
                return
            middle = len(files) // 2
            yield from self.batches(files[:middle])
            yield from self.batches(files[middle:])
        else:
            self._report.files += len(batch.origins)
            yield batch

    def _read(self, files: Sequence[EventFile]) -> Batch:
        shape = files[0].shape
        # More than one only for a huge file, since steps are small.
        buckets = max(1, sum(map(_weight, files)) // (_LARGE_STEPS * self._step_bytes))
        self._staging.empty(self._rules, on_disk=buckets > 1)
        with TemporaryDirectory(prefix="quotidian-", dir=memory_folder()) as folder:
            sources = self._link(files, Path(folder))
            if shape is Shape.BODY and sources:
                self._leave_out_broken(sources, Path(folder))
            if sources:
                self._fill(shape, sources, f"{folder}/*")
        return Batch({name: file.source.origin for name, file in sources.items()}, buckets)

    def _fill(self, shape: Shape, sources: dict[str, EventFile], pattern: str) -> None:
        if shape is Shape.UNKNOWN_AVRO:
            self._count_unknown(sources, pattern)
        elif shape is Shape.AVRO:
            values = {"files": pattern, "target": self._target.name}
            self._events.run(statement(__package__, "read_avro"), values)
        else:
            _read_json(self._events, pattern, _FORMATS[shape], self._target)

    def _link(self, files: Sequence[EventFile], folder: Path) -> dict[str, EventFile]:
        """Link the files under names that need no escaping and say the event type: no path of a user gets into SQL."""
        sources = {}
        for number, file in enumerate(files):
            if not file.path.exists():
                self._report.failed.append(BadFile(file.source.origin, "is gone"))
                continue
            event_type = f".{file.type}" if file.shape is Shape.AVRO else ""
            name = f"{number:06}{event_type}.{_SUFFIXES[file.shape]}{'.gz' if file.gzipped else ''}"
            (folder / name).symlink_to(file.path.absolute())
            sources[name] = file
        return sources

    def _count_unknown(self, sources: dict[str, EventFile], pattern: str) -> None:
        for name, records in self._events.rows(
            statement(__package__, "count_avro"), {"files": pattern}, tuple[str, int]
        ):
            self._report.add_read(sources[name].type, UNKNOWN_TYPE, records)

    def _leave_out_broken(self, sources: dict[str, EventFile], folder: Path) -> None:
        values = {"files": f"{folder}/*"}
        for (name,) in self._events.rows(statement(__package__, "broken_bodies"), values, tuple[str]):
            origin = sources.pop(name).source.origin
            self._report.failed.append(BadFile(origin, "is not a whole JSON document of events"))
            (folder / name).unlink()


def read_lines(events: EventStore, file: Path, target: Workspace) -> None:
    """Add a file of JSON lines to the batch; its rows have the file's name. Raises StatementFailed."""
    _read_json(events, str(file), _FORMATS[Shape.LINES], target)


def _read_json(events: EventStore, files: str, file_format: str, target: Workspace) -> None:
    values = {"files": files, "format": file_format, "time_pattern": TIME_PATTERN, "target": target.name}
    events.run(statement(__package__, "read_json"), values)


def _short(error: StatementFailed) -> str:
    """The reason that ClickHouse gives, without its context."""
    text = str(error).split("DB::Exception: ", 1)[-1]
    return text.split(": While executing", 1)[0].split(": (in file", 1)[0].splitlines()[0][:300]
