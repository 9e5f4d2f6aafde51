"""Storing a batch: new events are stored and their days marked dirty; unusable records become dead letters."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from quotidian.catalogue import money_of
from quotidian.control.arrivals import LATE_MICROS, Arriving, note_arrived, note_arriving
from quotidian.control.dirty_days import (
    ACTIVITY,
    AGE_CAP,
    SEGMENTS,
    Touched,
    days_with_events,
    last_marking,
    mark_behind,
    mark_touched,
)
from quotidian.control.dirty_parts import Change, mark_changes
from quotidian.control.doubtful_days import doubt, trust
from quotidian.control.workspaces import Workspace
from quotidian.domain.channels import SESSION_START
from quotidian.domain.days import Day, Micros, now_micros
from quotidian.domain.money import Money
from quotidian.domain.subjects import SUBJECT_KINDS
from quotidian.domain.vocabulary import SCHEMAS
from quotidian.ingest.marking import Marking, days_by_type
from quotidian.ingest.read import Batch
from quotidian.ingest.report import MOST_UNKNOWN, UNKNOWN_TYPE, LoadReport
from quotidian.ingest.rules import IngestRules
from quotidian.ingest.store_arrivals import NewEvents, UsableRecords, of_dead, of_new, of_usable, when_arrived
from quotidian.ingest.store_dead_letters import store_dead_letters
from quotidian.ingest.store_segments import StoreSegments
from quotidian.series.activity.active_days import displaced, put_new, settle
from quotidian.series.arrived import settle_arrivals
from quotidian.store.batches import note_marked
from quotidian.store.series import add_missing, writing
from quotidian.store.sql import statement
from quotidian.store.stores import Stores
from quotidian.store.sums import totals
from quotidian.store.tables import apps

Dirtied = dict[tuple[int, str], set[Day]]
"""Days to compute again, by workspace id and family."""

_HASHES = 1 << 64


class StoreBatch:
    """Stores batches that were read by some rules; `dirtied` has the days that this changed.

    Arrivals other than of stored events go to the report: who reads it counts them when all of the batch is stored.
    """

    def __init__(self, stores: Stores, rules: IngestRules, report: LoadReport) -> None:
        self.dirtied: Dirtied = defaultdict(set)
        self._stores = stores
        self._events = stores.events
        self._series = stores.series
        self._workspaces = rules.workspaces
        self._report = report

    def __call__(self, batch: Batch) -> None:
        """Store what is in the batch table. It is safe to repeat this after a crash."""
        at = now_micros()
        for workspace in self._workspaces:
            for chunk in range(batch.chunks):
                # One at a time: of two that store the same event at once, neither would find the other's.
                with self._stores.changes.storing():
                    # What is in doubt would be taken for what this batch put.
                    settle(self._stores)
                    settle_arrivals(self._series, self._events)
                    usable = self._select_new(workspace, batch, chunk, at)
                    if usable:
                        self._store_new(workspace)
                self._report.arrivals.add(workspace.id, of_usable(usable, at))
        named = (*SCHEMAS, *self._unknown_types())
        read = self._events.rows(statement(__package__, "count_read"), {"named": named}, tuple[str, str, int])
        for event_type, fate, number in read:
            self._report.add_read(event_type, fate, number)
        if any(fate not in ("", UNKNOWN_TYPE) for _, fate, _ in read):
            store_dead_letters(self._events, self._series, self._workspaces, batch.origins)
            for workspace in self._workspaces:
                self._report.arrivals.add(workspace.id, of_dead(self._events, workspace, at))

    def _unknown_types(self) -> list[str]:
        """The types that are not known, and that the report names: the most frequent ones of each shard."""
        values = {"known_types": tuple(SCHEMAS), "most": MOST_UNKNOWN}
        found = totals(self._events.rows(statement(__package__, "unknown_types"), values, tuple[str, int]))
        return sorted(found, key=lambda name: (-found[name], name))[:MOST_UNKNOWN]

    def _select_new(self, workspace: Workspace, batch: Batch, chunk: int, at: Micros) -> list[UsableRecords]:
        """Find a chunk's new events; returns how many usable records it has: without any there are none."""
        values: dict[str, object] = {
            "workspace": workspace.name,
            "timezone": workspace.timezone,
            "first_hash": _HASHES * chunk // batch.chunks,
            "last_hash": _HASHES * (chunk + 1) // batch.chunks - 1,
        }
        usable = self._events.rows(statement(__package__, "usable_of_batch"), values, UsableRecords)
        if usable:
            self._events.run("TRUNCATE TABLE new_events")
            # In the statement as numbers: ClickHouse then opens no other days.
            days = tuple({each.day for each in usable})
            values |= {**when_arrived(batch, at), "days": days}
            self._events.run(statement(__package__, "select_new"), values)
        return usable

    def _store_new(self, workspace: Workspace) -> None:
        found = self._events.rows(statement(__package__, "count_new"), {"late": LATE_MICROS}, NewEvents)
        if not found:
            return
        touched = [Touched(each.day, each.type, each.of_campaign, each.of_canvas) for each in found]
        apps_named = set(self._events.rows(statement(__package__, "apps_of_new"), {}, tuple[str]))
        batch = self._events.batch + 1
        arriving = Arriving(workspace.id, batch, of_new(found))
        # Marked before the events are stored: a crash in between costs a needless computation, not a wrong number.
        active = {each.day for each in found if each.type == SESSION_START}
        no_longer_first = self._displaced(workspace, active)
        with self._marking(workspace, found) as (connection, changes):
            note_marked(connection, batch)
            note_arriving(connection, arriving)
            doubt(connection, workspace.id, active)
            add_missing(connection, apps, ({"workspace_id": workspace.id, "app_id": app} for (app,) in apps_named))
            segments = StoreSegments(self._events, connection, workspace, touched)
            dirtied = mark_touched(connection, workspace.id, touched)
            if no_longer_first:
                dirtied[ACTIVITY] |= mark_behind(connection, workspace.id, ACTIVITY, no_longer_first, AGE_CAP)
            for family, changed in changes.items():
                dirtied[family] = mark_changes(connection, workspace.id, family, changed)
                self._stores.changes.add_subjects(workspace.id, family, {change.subject for change in changed})
            self._stores.changes.add({(workspace.id, family): days for family, days in dirtied.items()})
        for family, days in dirtied.items():
            if days:
                self.dirtied[workspace.id, family] |= days
        self._events.run(statement(__package__, "insert_new"))
        self._events.note_batch(batch)
        if active:
            put_new(self._events, active)
        with writing(self._series) as connection:
            note_arrived(connection, arriving)
            if active:
                trust(connection, workspace.id, active)
        if of_segments := segments.put(self._series):
            self.dirtied[workspace.id, SEGMENTS] |= of_segments
        for each in found:
            self._report.add_new(each.type, each.doubt, each.number)

    def _displaced(self, workspace: Workspace, active: set[Day]) -> list[Day]:
        """The days on which users counted as new who do so no longer, for they were active long before."""
        with self._series.connect() as connection:
            known = days_with_events(connection, workspace.id, ACTIVITY)
        return displaced(self._events, workspace.name, active, known[-1]) if known else []

    @contextmanager
    def _marking(
        self, workspace: Workspace, found: Iterable[NewEvents]
    ) -> Iterator[tuple[Connection, dict[str, list[Change]]]]:
        """A transaction to mark in, and what the new events change of campaigns and canvases, by family.

        What they change depends on the revenue windows of the catalogue, which may be imported at any moment. An import
        that changes windows marks something: so if nothing was marked since they were read, they are as they were.
        """
        while True:
            with self._series.connect() as reading:
                marking, money = last_marking(reading), money_of(reading, workspace)
            changes = self._changes(workspace, found, money)
            with writing(self._series) as connection:
                if last_marking(connection) == marking:
                    yield connection, changes
                    return

    def _changes(self, workspace: Workspace, found: Iterable[NewEvents], money: Money) -> dict[str, list[Change]]:
        return {
            kind.family: list(Marking(self._events, workspace.name, kind, money, days_by_type(kind, found)).changes())
            for kind in SUBJECT_KINDS
        }
