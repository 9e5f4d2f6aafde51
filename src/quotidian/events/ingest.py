"""Loading files: in steps of bounded size, each read in bulk by ClickHouse, checked against the store, and kept.

A step ends with its events in the store; what it changes was marked dirty before. So a load may be interrupted and
repeated at any point: what is there already is recognised by its id.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from sqlalchemy import Engine

from quotidian.catalogue import money_of
from quotidian.days import Day
from quotidian.deadletters import DeadLetter, bury
from quotidian.events.files import BadFile, EventFile, Shape, look_at
from quotidian.events.report import UNKNOWN_TYPE, LoadReport
from quotidian.events.staging import TIME_PATTERN, Staging
from quotidian.events.store import EventStore, StatementFailed
from quotidian.folder import DataFolder
from quotidian.series.dirty import CONVERSION_WINDOW_SECONDS, mark_touched
from quotidian.series.store import add_missing, writing
from quotidian.series.tables import apps
from quotidian.settings import Settings
from quotidian.sql import statement
from quotidian.workspaces import Workspace, all_workspaces

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all)."""

_FORMATS = {Shape.LINES: "LineAsString", Shape.BODY: "RawBLOB"}
_MOST_FILES = 1_000
_GZIP_RATIO = 10
_HASHES = 1 << 64
_DEAD_PAGE = 10_000


def ingest(
    events: EventStore,
    engine: Engine,
    folder: DataFolder,
    settings: Settings,
    workspace: Workspace,
    paths: Iterable[Path],
    progress: Progress,
) -> LoadReport:
    """Load files into the event store, and mark dirty what they change. Rollups are left to the caller.

    A file that cannot be read is in the report's `failed`; records that cannot be used are in the dead letters.
    """
    loader = _Loader(events, engine, folder, settings, workspace)
    try:
        return loader.load(list(paths), progress)
    finally:
        loader.close()


class _Loader:
    def __init__(
        self, events: EventStore, engine: Engine, folder: DataFolder, settings: Settings, workspace: Workspace
    ) -> None:
        self._events = events
        self._engine = engine
        self._links = folder.staging
        self._step_bytes = settings.load_bytes
        self._workspace = workspace
        with engine.connect() as connection:
            self._workspaces = all_workspaces(connection)
            money = {each.name: money_of(connection, each) for each in self._workspaces}
        self._receipt_seconds = {
            name: max(CONVERSION_WINDOW_SECONDS, of_workspace.longest_window) for name, of_workspace in money.items()
        }
        self._staging = Staging(events, workspace, self._workspaces, list(money[workspace.name].usd_rates))
        self.report = LoadReport()

    def close(self) -> None:
        self._staging.drop()
        shutil.rmtree(self._links, ignore_errors=True)

    def load(self, paths: list[Path], progress: Progress) -> LoadReport:
        files: list[EventFile] = []
        for path in paths:
            found = look_at(path)
            if isinstance(found, BadFile):
                self.report.failed.append(found)
            else:
                files.append(found)
        total, done = sum(file.size for file in files), 0
        progress(done, total)
        for step in self._steps(files):
            self._load_step(step)
            done += sum(file.size for file in step)
            progress(done, total)
        return self.report

    def _steps(self, files: list[EventFile]) -> Iterator[list[EventFile]]:
        """Files of one shape, as many as fit into a step; a file larger than that is a step of its own."""
        for shape in Shape:
            step: list[EventFile] = []
            size = 0
            for file in files:
                if file.shape is not shape:
                    continue
                if step and (size + _weight(file) > self._step_bytes or len(step) == _MOST_FILES):
                    yield step
                    step, size = [], 0
                step.append(file)
                size += _weight(file)
            if step:
                yield step

    def _load_step(self, files: list[EventFile]) -> None:
        """Load the files; if one of them breaks the statement, find it by halving, and load the others."""
        try:
            bad = self._read(files)
        except StatementFailed as error:
            if len(files) == 1:
                self.report.failed.append(BadFile(files[0].path, _short(error)))
                return
            middle = len(files) // 2
            self._load_step(files[:middle])
            self._load_step(files[middle:])
            return
        self.report.failed.extend(bad)
        self.report.files += len(files) - len(bad)
        self._keep(files)

    def _read(self, files: list[EventFile]) -> list[BadFile]:
        """Fill the batch from the files; returns those that were left out."""
        shape = files[0].shape
        weight = sum(_weight(file) for file in files)
        self._staging.empty(on_disk=weight > 4 * self._step_bytes)
        links = self._link(files)
        pattern = str(self._links / "*")
        bad = []
        if shape is Shape.UNKNOWN_AVRO:
            return self._count_unknown(files, pattern)
        if shape is Shape.AVRO:
            self._events.run(statement(__package__, "read_avro"), {"files": pattern})
            return []
        if shape is Shape.BODY:
            broken = self._events.rows(statement(__package__, "broken_bodies"), {"files": pattern}, tuple[str])
            for (name,) in broken:
                bad.append(BadFile(links.pop(name).path, "is not a whole JSON document of events"))
                (self._links / name).unlink()
        if links:
            values = {"files": pattern, "format": _FORMATS[shape], "time_pattern": TIME_PATTERN}
            self._events.run(statement(__package__, "read_json"), values)
        return bad

    def _link(self, files: list[EventFile]) -> dict[str, EventFile]:
        """Link the files under names that need no escaping, and that say the event type: no path gets into SQL."""
        shutil.rmtree(self._links, ignore_errors=True)
        self._links.mkdir(mode=0o700)
        links = {}
        for number, file in enumerate(files):
            known_type = f".{file.type}" if file.shape is Shape.AVRO else ""
            name = f"{number:06}{known_type}.{'avro' if 'avro' in file.shape.value else file.shape.value}"
            name += ".gz" if file.gzipped else ""
            (self._links / name).symlink_to(file.path.absolute())
            links[name] = file
        self._linked = links
        return links

    def _count_unknown(self, files: list[EventFile], pattern: str) -> list[BadFile]:
        rows = self._events.rows(statement(__package__, "count_avro"), {"files": pattern}, tuple[str, int])
        for name, records in rows:
            self.report.add_read(self._linked[name].type, UNKNOWN_TYPE, records)
        return []

    def _keep(self, files: list[EventFile]) -> None:
        """Put what is new in the batch into the store, a workspace and a bucket of ids at a time."""
        buckets = max(1, sum(_weight(file) for file in files) // (4 * self._step_bytes))
        for workspace in self._workspaces:
            for bucket in range(buckets):
                self._events.run("TRUNCATE TABLE quotidian.fresh")
                values = {
                    "workspace": workspace.name,
                    "timezone": workspace.timezone,
                    "first_hash": _HASHES * bucket // buckets,
                    "last_hash": _HASHES * (bucket + 1) // buckets - 1,
                }
                self._events.run(statement(__package__, "select_fresh"), values)
                self._keep_fresh(workspace)
        for event_type, fate, number in self._events.rows(
            statement(__package__, "count_read"), {}, tuple[str, str, int]
        ):
            self.report.add_read(event_type, fate, number)
        self._bury_dead()

    def _keep_fresh(self, workspace: Workspace) -> None:
        touched = self._events.rows(statement(__package__, "touched_days"), {}, tuple[Day, str, int])
        if not touched:
            return
        found_apps = self._events.rows(statement(__package__, "apps_of_fresh"), {}, tuple[str])
        with writing(self._engine) as connection:
            add_missing(
                connection, apps, ({"workspace_id": workspace.id, "app_id": app_id} for (app_id,) in found_apps)
            )
            mark_touched(connection, workspace.id, touched, self._receipt_seconds[workspace.name])
        self._events.run(statement(__package__, "insert_fresh"))
        for event_type, doubt, number in self._events.rows(
            statement(__package__, "count_fresh"), {}, tuple[str, str, int]
        ):
            self.report.add_new(event_type, doubt, number)

    def _bury_dead(self) -> None:
        by_name = {workspace.name: workspace for workspace in self._workspaces}
        offset = 0
        while True:
            values = {"limit": _DEAD_PAGE, "offset": offset}
            row = tuple[str, str, str, str, str, str]
            page = self._events.rows(statement(__package__, "dead_records"), values, row)
            letters = [
                DeadLetter(
                    by_name[workspace].id, str(self._linked[name].path.absolute()), event_type, event_id, reason, record
                )
                for workspace, name, event_type, reason, event_id, record in page
            ]
            with writing(self._engine) as connection:
                bury(connection, letters)
            offset += len(page)
            if len(page) < _DEAD_PAGE:
                return


def _weight(file: EventFile) -> int:
    """Bytes to read, about: gzip packs JSON to a tenth."""
    return file.size * (_GZIP_RATIO if file.gzipped else 1)


def _short(error: StatementFailed) -> str:
    """The reason that ClickHouse gives, without its context."""
    text = str(error).split("DB::Exception: ", 1)[-1]
    return text.split(": While executing", 1)[0].split(": (in file", 1)[0].splitlines()[0][:300]
