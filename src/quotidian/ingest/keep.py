"""From a batch to the store: what is new is kept, and marked dirty; what cannot be used goes to the dead letters."""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from quotidian.catalogue import segments_of
from quotidian.control.dead_letters import DeadLetter, bury
from quotidian.control.dirty_days import CONVERSION_WINDOW_SECONDS, Lookback, Touched, mark_touched
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day
from quotidian.ingest.read import Batch
from quotidian.ingest.report import UNKNOWN_TYPE, LoadReport
from quotidian.ingest.rules import Rules
from quotidian.store.batches import note_marked
from quotidian.store.series import add_missing, writing
from quotidian.store.sql import statement
from quotidian.store.stores import Stores
from quotidian.store.tables import apps

Dirtied = dict[tuple[int, str], set[Day]]
"""Days to compute again, by workspace id and family."""

_HASHES = 1 << 64
_DEAD_PAGE = 10_000


class _Fresh(NamedTuple):
    """New events of a day, a type and a doubt: how many, and whether any names a campaign, and a canvas."""

    day: Day
    type: str
    doubt: str
    number: int
    of_campaign: int
    of_canvas: int


class Keeper:
    """Keeps batches that were read under some rules; `dirtied` says which days have changed by that."""

    def __init__(self, stores: Stores, rules: Rules, report: LoadReport) -> None:
        self.dirtied: Dirtied = defaultdict(set)
        self._events = stores.events
        self._series = stores.series
        self._workspaces = rules.workspaces
        self._receipt_seconds = {
            name: max(CONVERSION_WINDOW_SECONDS, money.longest_window) for name, money in rules.money.items()
        }
        self._report = report

    def keep(self, batch: Batch) -> None:
        """Put what is in the batch table where it belongs; repeating it after a crash is safe."""
        for workspace in self._workspaces:
            for bucket in range(batch.buckets):
                self._select_fresh(workspace, bucket, batch.buckets)
                self._keep_fresh(workspace)
        read = self._events.rows(statement(__package__, "count_read"), {}, tuple[str, str, int])
        for event_type, fate, number in read:
            self._report.add_read(event_type, fate, number)
        if any(fate not in ("", UNKNOWN_TYPE) for _, fate, _ in read):
            self._bury_dead(batch.origins)

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
        fresh = self._events.rows(statement(__package__, "count_fresh"), {}, _Fresh)
        if not fresh:
            return
        touched = [Touched(each.day, each.type, each.of_campaign, each.of_canvas) for each in fresh]
        apps_named = self._events.rows(statement(__package__, "apps_of_fresh"), {}, tuple[str])
        batch = self._events.batch + 1
        # Marked before the events are there: a crash in between costs a needless recompute, not a stale number.
        with writing(self._series) as connection:
            note_marked(connection, batch)
            add_missing(connection, apps, ({"workspace_id": workspace.id, "app_id": app} for (app,) in apps_named))
            segments = segments_of(connection, workspace).values()
            lookback = Lookback(self._receipt_seconds[workspace.name], segments)
            dirtied = mark_touched(connection, workspace.id, touched, lookback)
        for family, days in dirtied.items():
            self.dirtied[workspace.id, family] |= days
        self._events.run(statement(__package__, "insert_fresh"))
        self._events.note_batch(batch)
        for each in fresh:
            self._report.add_new(each.type, each.doubt, each.number)

    def _bury_dead(self, origins: Mapping[str, str]) -> None:
        ids = {workspace.name: workspace.id for workspace in self._workspaces}
        offset = 0
        while True:
            page = self._events.rows(
                statement(__package__, "dead_records"),
                {"limit": _DEAD_PAGE, "offset": offset},
                tuple[str, str, str, str, str, str],
            )
            letters = [DeadLetter(ids[workspace], origins[name], *letter) for workspace, name, *letter in page]
            if letters:
                with writing(self._series) as connection:
                    bury(connection, letters)
            offset += len(page)
            if len(page) < _DEAD_PAGE:
                return
