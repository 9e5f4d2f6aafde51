"""A custom event: how often it happened each day, and in which apps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection

from quotidian.catalogue import app_names
from quotidian.control.workspaces import Workspace
from quotidian.dashboard.charts.daily import DailyChart, Line
from quotidian.dashboard.messaging import needed
from quotidian.dashboard.page import Shown
from quotidian.dashboard.ranges import Range, days_of
from quotidian.dashboard.tables import Column, Linked, Numbers
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_
from quotidian.domain.days import Slice
from quotidian.domain.kinds import COUNT, EVENT, PATHS
from quotidian.domain.ratios import change
from quotidian.series.listing.names import read_event
from quotidian.series.read import UnknownSubject
from quotidian.series.tallies.read import Tally, read_apps, read_days


@dataclass(frozen=True)
class _Counts:
    """`item` is what /events says of it; `by_app` has the id, the name and the sum of each app that has any."""

    item: Mapping[str, Any]
    now: Sequence[int]
    before: Sequence[int]
    by_app: Sequence[tuple[str, str, int]]


async def event(visit: Visit) -> Shown:
    """The custom event that the parameter `event` names."""
    name = needed(visit, "event")
    counts = await visit.read(_read, visit.workspace, name, visit.range)

    def address(day: Any = None, app_id: str = "") -> str:
        return visit.number(PATHS[COUNT], COUNT, event=name, app_id=app_id, day=day and day.isoformat())

    line = Line(N_("Times"), counts.now, address)
    chart = DailyChart("counts", N_("Times a day"), days_of(visit.range.days), [line], before=counts.before)
    columns = [Column(N_("App"), "text"), Column(N_("Times")), Column(N_("Share"), "percent")]
    whole = sum(counts.now)
    rows = [(called, Linked(number, address(app_id=app)), number / whole) for app, called, number in counts.by_app]
    apps = Numbers(columns, rows)
    values = {
        "item": counts.item,
        "knows_item": visit.may("events"),
        "times": Linked(whole, address()),
        "mean": whole / visit.range.length,
        "change": change(whole, sum(counts.before)),
        "chart": chart,
        "apps": apps,
    }
    return Shown(values, {chart.name: chart.numbers, "apps": apps})


def _read(connection: Connection, workspace: Workspace, name: str, days: Range) -> _Counts:
    item = read_event(connection, workspace, name)
    if item is None:
        raise UnknownSubject(workspace, EVENT, name)
    tally = Tally(COUNT, name)

    def counts(of: Slice) -> list[int]:
        return _numbers(read_days(connection, workspace, tally, of))

    by_app = {app: sum(_numbers(found)) for app, found in read_apps(connection, workspace, tally, days.days).items()}
    names = app_names(connection, workspace, by_app)
    ranked = sorted(by_app, key=lambda app: (-by_app[app], app))
    apps = [(app, names.get(app, app), by_app[app]) for app in ranked if by_app[app]]
    return _Counts(msgspec.json.decode(item), counts(days.days), counts(days.before), apps)


def _numbers(points: Sequence[bytes]) -> list[int]:
    return [msgspec.json.decode(point)[COUNT] for point in points]
