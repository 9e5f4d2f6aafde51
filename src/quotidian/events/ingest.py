"""Loading files: in steps of bounded size, each read in bulk, checked against the store, and kept.

A step ends with its events in the store; what it changes was marked dirty before. So a load may be interrupted and
repeated at any point: what is there already is recognised by its id.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from quotidian.catalogue import money_of
from quotidian.deadletters import DeadLetter, bury
from quotidian.events.files import BadFile, EventFile, look_at, shown
from quotidian.events.reading import Batch, Reader, steps
from quotidian.events.report import LoadReport
from quotidian.events.staging import Staging
from quotidian.series.dirty import CONVERSION_WINDOW_SECONDS, Touched, mark_touched
from quotidian.series.store import add_missing, writing
from quotidian.series.tables import apps
from quotidian.sql import statement
from quotidian.stores import Stores
from quotidian.workspaces import Workspace, all_workspaces

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all)."""

_HASHES = 1 << 64
_DEAD_PAGE = 10_000


def ingest(stores: Stores, workspace: Workspace, paths: Iterable[Path], progress: Progress) -> LoadReport:
    """Load files into the event store, and mark dirty what they change. Rollups are left to the caller.

    A file that cannot be read is in the report's `failed`; records that cannot be used are in the dead letters.
    """
    report = LoadReport()
    files = _look_at_all(paths, report)
    with stores.series.connect() as connection:
        workspaces = all_workspaces(connection)
        money = {each.name: money_of(connection, each) for each in workspaces}
    receipt_seconds = {name: max(CONVERSION_WINDOW_SECONDS, each.longest_window) for name, each in money.items()}
    staging = Staging(stores.events, workspace, workspaces, list(money[workspace.name].usd_rates))
    reader = Reader(stores.events, staging, stores.settings.load_bytes, report)
    keeper = _Keeper(stores, workspaces, receipt_seconds, report)
    total, done = sum(file.size for file in files), 0
    progress(done, total)
    for step in steps(files, stores.settings.load_bytes):
        for batch in reader.batches(step):
            keeper.keep(batch)
        done += sum(file.size for file in step)
        progress(done, total)
    staging.drop()
    return report


def _look_at_all(paths: Iterable[Path], report: LoadReport) -> list[EventFile]:
    files = []
    for path in paths:
        found = look_at(path)
        if isinstance(found, BadFile):
            report.failed.append(found)
        else:
            files.append(found)
    return files


class _Keeper:
    """Puts what is new in a batch into the store, and what cannot be used into the dead letters."""

    def __init__(
        self, stores: Stores, workspaces: list[Workspace], receipt_seconds: dict[str, int], report: LoadReport
    ) -> None:
        self._events = stores.events
        self._series = stores.series
        self._workspaces = workspaces
        self._receipt_seconds = receipt_seconds
        self._report = report

    def keep(self, batch: Batch) -> None:
        for workspace in self._workspaces:
            for bucket in range(batch.buckets):
                self._select_fresh(workspace, bucket, batch.buckets)
                self._keep_fresh(workspace)
        read = self._events.rows(statement(__package__, "count_read"), {}, tuple[str, str, int])
        for event_type, fate, number in read:
            self._report.add_read(event_type, fate, number)
        self._bury_dead(batch.sources)

    def _select_fresh(self, workspace: Workspace, bucket: int, buckets: int) -> None:
        self._events.run("TRUNCATE TABLE quotidian.fresh")
        values = {
            "workspace": workspace.name,
            "timezone": workspace.timezone,
            "first_hash": _HASHES * bucket // buckets,
            "last_hash": _HASHES * (bucket + 1) // buckets - 1,
        }
        self._events.run(statement(__package__, "select_fresh"), values)

    def _keep_fresh(self, workspace: Workspace) -> None:
        touched = self._events.rows(statement(__package__, "touched_days"), {}, Touched)
        if not touched:
            return
        apps_named = self._events.rows(statement(__package__, "apps_of_fresh"), {}, tuple[str])
        # Marked before the events are there: a crash in between costs a needless recompute, not a stale number.
        with writing(self._series) as connection:
            add_missing(connection, apps, ({"workspace_id": workspace.id, "app_id": app} for (app,) in apps_named))
            mark_touched(connection, workspace.id, touched, self._receipt_seconds[workspace.name])
        self._events.run(statement(__package__, "insert_fresh"))
        new = self._events.rows(statement(__package__, "count_fresh"), {}, tuple[str, str, int])
        for event_type, doubt, number in new:
            self._report.add_new(event_type, doubt, number)

    def _bury_dead(self, sources: dict[str, EventFile]) -> None:
        ids = {workspace.name: workspace.id for workspace in self._workspaces}
        offset = 0
        while True:
            page = self._events.rows(
                statement(__package__, "dead_records"),
                {"limit": _DEAD_PAGE, "offset": offset},
                tuple[str, str, str, str, str, str],
            )
            letters = [
                DeadLetter(ids[workspace], shown(sources[name].path), *letter) for workspace, name, *letter in page
            ]
            if letters:
                with writing(self._series) as connection:
                    bury(connection, letters)
            offset += len(page)
            if len(page) < _DEAD_PAGE:
                return
