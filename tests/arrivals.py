"""Events that arrive a few at a time, and every published number compared with the oracle's after each few.

What recomputes little goes wrong where something was published before, and a late event should have changed it. So a
comparison at the end alone is not enough: a later batch may put right what an earlier one left stale.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import oracle_export as export
import oracle_segments as segments
from asking import ask
from conftest import Point, Quotidian
from kills import killed_after
from oracle import DEFAULT_REVENUE_WINDOW, SESSION, Event, Oracle, User
from oracle_canvas import CanvasOracle
from totals import assert_totals_follow_from_points

from quotidian.catalogue import CatalogueFile, Segment
from quotidian.control.dirty_days import GAP_CAP
from quotidian.domain.days import Day, date_of, day_of
from quotidian.series.activity.publish import read_gaps
from quotidian.series.activity.windows import active_users

WINDOWS = (1, 7, 30, 31, 64, 89, GAP_CAP)
"""Windows of active users, the longest included."""

MONTH = 32
"""Days by which anything but a segment can come later than what it follows."""

KPIS = ("dau", "new_users", "uninstalls")
BREAKDOWNS = {"include_variant_breakdown": "true", "include_step_breakdown": "1"}
Answer = Callable[[Sequence[date]], list[Point]]
Sessions = Set[tuple[User | None, date]]


class Arrivals:
    """A data folder and the oracle, both of which are told the same; `folder` is made, and is a new one."""

    def __init__(self, folder: Path, timezone: str) -> None:
        self.quotidian = Quotidian(folder, timezone)
        self.oracle = Oracle(timezone=timezone)
        self.segments: dict[str, Segment] = {}
        self.canvas_windows: dict[str, int] = {}

    def arrive(self, *events: Any) -> None:
        """Events are posted, taken over and published."""
        self.post(*events)
        self.quotidian.drain()

    def post(self, *events: Any) -> None:
        """Events are acknowledged, and no more."""
        self.oracle.deliver(events)
        self.quotidian.post_events(*events)

    def crash(self, after: int) -> bool:
        """What was posted is taken over and published, until so many changes have happened; and all is opened again.

        Returns whether it was interrupted, and leaves what is not done undone.
        """
        with killed_after(after) as kill:
            self.quotidian.drain()
        if kill.happened:
            self.quotidian.reopen()
        return kill.happened

    def import_catalogue(self, file: CatalogueFile) -> None:
        """A catalogue is imported, and what it changes is published."""
        self.quotidian.import_catalogue(file)
        self.oracle.rates.update(file.rates)
        windows = ((name, one.conversion_behaviors) for name, one in file.campaigns.items())
        self.oracle.revenue_windows.update({name: given[0].window for name, given in windows if given})
        of_canvases = ((name, one.conversion_behaviors) for name, one in file.canvases.items())
        self.canvas_windows.update({name: given[0].window for name, given in of_canvases if given})
        self.segments.update(file.segments)

    def only_stored(self) -> Oracle:
        """The oracle of those events alone that the event store has: after a crash some may wait for another try."""
        stored = {
            event_id for (event_id,) in self.quotidian.events.rows("SELECT id FROM quotidian.events", {}, tuple[str])
        }
        return self.oracle.of_events(event for event in self.oracle.events if event.id in stored)

    def close(self) -> None:
        """Let go of the folder."""
        self.quotidian.close()

    # Comparisons

    def assert_right(self, oracle: Oracle | None = None) -> None:
        """Every published number is the oracle's, on all days on which any could differ; totals are the points'."""
        assert_totals_follow_from_points(self.quotidian)
        of = oracle or self.oracle
        self.assert_activity(of)
        self.assert_campaigns(of)
        self.assert_canvases(of)
        self.assert_tallies(of)
        self.assert_segments(of)

    def assert_activity(self, oracle: Oracle) -> None:
        """Daily and monthly users, and those of windows that end on any day up to the longest after a session."""
        runs = runs_of(days_of(oracle.events), before=1, after=GAP_CAP + 1)
        for app in (None, *sorted(oracle.apps)):
            sessions = {(event.user, event.day) for event in oracle.of_app(SESSION, app)}
            for run in runs:
                for name in KPIS:
                    wanted = quiet_but(run, days_of(oracle.events), lambda days, n=name, a=app: oracle.kpi(n, days, a))  # type: ignore[misc]
                    self._assert_series(f"/kpi/{name}/data_series", run, wanted, app_id=app)
                monthly = [{"time": str(day), "mau": active(sessions, day, 30)} for day in run]
                self._assert_series("/kpi/mau/data_series", run, monthly, app_id=app)
                self._assert_windows(run, app, sessions)

    def _assert_windows(self, run: Sequence[date], app: str | None, sessions: Sessions) -> None:
        """Histograms up to the longest gap are kept, and the command line tells windows of any length from them."""
        first, last = day_of(run[0]), day_of(run[-1])
        with self.quotidian.engine.connect() as connection:
            workspace = self.quotidian.workspace()
            gaps = read_gaps(connection, workspace, [app or ""], range(first - GAP_CAP, last + 1))[app or ""]
        for window in WINDOWS:
            for day in range(first, last + 1):
                got, wanted = active_users(gaps, Day(day), window), active(sessions, date_of(Day(day)), window)
                assert got == wanted, f"{got} active in {window} days to {date_of(Day(day))}, not {wanted}; app {app}"

    def assert_campaigns(self, oracle: Oracle) -> None:
        """Points of campaigns and sends, on every day of what their users did, and between."""
        for campaign, narrowed in by_subject(oracle, "campaign_id").items():
            busy = days_of(narrowed.events)
            for run in runs_of(busy, before=1, after=1):
                wanted = quiet_but(run, busy, partial(narrowed.campaign, campaign))
                self._assert_series("/campaigns/data_series", run, wanted, campaign_id=campaign)
                for send in sorted(send for named, send in narrowed.sends if named == campaign):
                    wanted = quiet_but(run, busy, partial(narrowed.send, campaign, send))
                    self._assert_series("/sends/data_series", run, wanted, campaign_id=campaign, send_id=send)

    def assert_canvases(self, oracle: Oracle) -> None:
        """Points of canvases with all breakdowns, and summaries of ranges that begin or end on days of events."""
        for canvas, narrowed in by_subject(oracle, "canvas_id").items():
            wanted = CanvasOracle(narrowed, canvas, window=self.canvas_windows.get(canvas, DEFAULT_REVENUE_WINDOW))
            busy = days_of(narrowed.events)
            for run in runs_of(busy, before=1, after=1, most=14):
                points = quiet_but(run, busy, lambda days, w=wanted: [w.point(day) for day in days])  # type: ignore[misc]
                asked = {"length": len(run), "ending_at": str(run[-1]), "canvas_id": canvas, **BREAKDOWNS}
                got = self._data("/canvas/data_series", **asked)
                assert_same(got["stats"], points, canvas)
            for last in {day + timedelta(days=later) for day in busy for later in (0, 13)}:
                asked = {"length": 14, "ending_at": str(last), "canvas_id": canvas, **BREAKDOWNS}
                summary = self._data("/canvas/data_summary", **asked)
                del summary["name"]
                assert summary == wanted.summary(last - timedelta(days=13), last), f"{canvas}, 14 days to {last}"

    def assert_tallies(self, oracle: Oracle) -> None:
        """Sessions, custom events and purchases."""
        busy = days_of(oracle.events)
        for run in runs_of(busy, before=1, after=1):
            for app in (None, *sorted(oracle.apps)):
                self._assert_series("/sessions/data_series", run, export.sessions(oracle, run, app), app_id=app)
                for name in export.event_names(oracle):
                    wanted = export.event_counts(oracle, name, run, app)
                    self._assert_series("/events/data_series", run, wanted, app_id=app, event=name)
                for product in (None, *export.products(oracle)):
                    wanted = export.quantities(oracle, run, app, product)
                    self._assert_series("/purchases/quantity_series", run, wanted, app_id=app, product=product)
                    wanted = export.revenue(oracle, run, app, product)
                    self._assert_series("/purchases/revenue_series", run, wanted, app_id=app, product=product)

    def assert_segments(self, oracle: Oracle) -> None:
        """Sizes, until all windows have ended, and what members did."""
        busy = days_of(oracle.events)
        for name, segment in self.segments.items():
            longest = max(each.within_days or 0 for each in segment.filters)
            for run in runs_of(busy, before=1, after=longest + 1):
                sizes = segments.sizes(oracle, segment, run)
                self._assert_series("/segments/data_series", run, sizes, segment_id=name)
                wanted = segments.sessions(oracle, segment, run)
                self._assert_series("/sessions/data_series", run, wanted, segment_id=name)
                for event in export.event_names(oracle):
                    wanted = segments.event_counts(oracle, segment, event, run)
                    self._assert_series("/events/data_series", run, wanted, segment_id=name, event=event)

    def _data(self, path: str, **parameters: object) -> Any:
        """What is in an answer; without a client, which would take most of the time."""
        query = urlencode({name: value for name, value in parameters.items() if value is not None})
        status, body = ask(self.quotidian, path, query.encode())
        assert status == 200, body
        return json.loads(body)["data"]

    def _assert_series(self, path: str, run: Sequence[date], wanted: list[Point], **ids: object) -> None:
        got = self._data(path, length=len(run), ending_at=str(run[-1]), **ids)
        assert_same(got, wanted, f"{path} {ids}")


def assert_same(got: list[Point], wanted: list[Point], what: str) -> None:
    # A day at a time: a difference of whole series could not be read.
    assert len(got) == len(wanted)
    for mine, theirs in zip(got, wanted, strict=True):
        assert mine == theirs, f"{what} on {theirs['time']}"


def quiet_but(run: Sequence[date], busy: Iterable[date], answer: Answer) -> list[Point]:
    """The oracle's points of a run: asked for on busy days, and once for all days on which nothing happened."""
    days = sorted(set(busy) & set(run))
    quiet, *points = answer([QUIET, *days])
    found = dict(zip(days, points, strict=True))
    return [found.get(day) or {**quiet, "time": str(day)} for day in run]


QUIET = date(2060, 1, 1)


def active(sessions: Sessions, day: date, window: int) -> int:
    """Distinct users with a session on any of the days that end with a day."""
    first = day - timedelta(days=window - 1)
    return len({user for user, active_on in sessions if first <= active_on <= day})


def days_of(events: Iterable[Event]) -> set[date]:
    return {event.day for event in events}


def by_subject(oracle: Oracle, field: str) -> dict[str, Oracle]:
    """For each campaign or canvas an oracle that knows its users alone: what others do changes nothing of it."""
    users: dict[str, set[User | None]] = {}
    for event in oracle.events:
        if subject := event.text(field):
            users.setdefault(subject, set()).add(event.user)
    done: dict[User | None, list[Event]] = {}
    for event in oracle.events:
        done.setdefault(event.user, []).append(event)
    return {
        subject: oracle.of_events(event for user in those for event in done[user])
        for subject, those in sorted(users.items())
    }


def runs_of(days: Iterable[date], *, before: int, after: int, most: int = 100) -> list[list[date]]:
    """The days, and some before and after each, in consecutive runs of at most as many as may be asked for."""
    wanted = {day + timedelta(days=n) for day in days for n in range(-before, after + 1)}
    return list(_runs(sorted(wanted), most))


def _runs(days: Sequence[date], most: int) -> Iterator[list[date]]:
    run: list[date] = []
    for day in days:
        if run and (day - run[-1] != timedelta(days=1) or len(run) == most):
            yield run
            run = []
        run.append(day)
    if run:
        yield run
