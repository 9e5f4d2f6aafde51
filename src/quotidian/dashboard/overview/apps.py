"""The apps of a workspace on the overview: which there are, and the measures of each."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from quotidian.catalogue import app_names
from quotidian.control.workspaces import Workspace
from quotidian.dashboard.charts.daily import DailyChart, Line
from quotidian.dashboard.overview.measures import (
    Measure,
    Number,
    address_of,
    read_numbers,
    whole_days_of,
    whole_of,
)
from quotidian.dashboard.ranges import days_of
from quotidian.dashboard.tables import Column, Linked, Numbers
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_, Name
from quotidian.domain.days import Day, Slice
from quotidian.store.tables import apps as known_apps

MOST_APPS: Final = 25
"""So many apps have their numbers in the table, and MOST_LINES of these a line in the chart: the largest."""

MOST_LINES: Final = 5

LAST_DAYS: Final = 7
"""Days at the end of the range by which the largest of many apps are found."""


class NamedApp(NamedTuple):
    """An app with the catalogue's name, or its id."""

    id: str
    name: str


class AppNumbers(NamedTuple):
    """The daily numbers of the range of an app, by the kind of the measure."""

    app: NamedApp
    daily: dict[str, Sequence[Number]]


def read_apps(connection: Connection, workspace: Workspace) -> list[NamedApp]:
    """All apps that events have named, by name."""
    query = select(known_apps.c.app_id).where(known_apps.c.workspace_id == workspace.id)
    ids = list(connection.execute(query).scalars())
    names = app_names(connection, workspace)
    return sorted((NamedApp(app, names.get(app, app)) for app in ids), key=lambda app: (app.name.casefold(), app.id))


def read_app_numbers(
    connection: Connection, visit: Visit, apps: Sequence[NamedApp], measures: Sequence[Measure]
) -> list[AppNumbers]:
    """The measures of the largest apps, the largest in the first measure first."""
    shown = _largest(connection, visit, apps, measures) if len(apps) > MOST_APPS else apps
    days = visit.range.days
    found = [
        AppNumbers(app, {each.kind: read_numbers(connection, visit, each.kind, app.id, days) for each in measures})
        for app in shown
    ]
    first = measures[0].kind
    return sorted(found, key=lambda each: -sum(number or 0 for number in each.daily[first]))


def _largest(
    connection: Connection, visit: Visit, apps: Sequence[NamedApp], measures: Sequence[Measure]
) -> list[NamedApp]:
    """Those of many that are largest in the first measure on the last days."""
    kind, (first, last) = measures[0].kind, visit.range.days
    days = Slice(max(first, Day(last - LAST_DAYS + 1)), last)
    sizes = {app: sum(read_numbers(connection, visit, kind, app.id, days)) for app in apps}
    return sorted(apps, key=lambda app: -sizes[app])[:MOST_APPS]


def apps_table(visit: Visit, found: Sequence[AppNumbers], measures: Sequence[Measure]) -> Numbers:
    """A row an app: the numbers that stand for the range."""
    columns = [Column(N_("App"), "text"), *(Column(each.title, each.form) for each in measures)]
    whole_days = whole_days_of(visit.range)

    def cell(each: AppNumbers, measure: Measure) -> Linked:
        value = whole_of(measure.whole, each.daily[measure.kind], whole_days)
        return Linked(value, address_of(visit, measure, each.app.id))

    rows = [
        (Linked(each.app.name, visit.here(app_id=each.app.id, chart=None)), *(cell(each, one) for one in measures))
        for each in found
    ]
    return Numbers(columns, rows)


def apps_chart(visit: Visit, found: Sequence[AppNumbers], measure: Measure) -> DailyChart:
    """A measure of the largest apps, day by day."""
    lines = [
        Line(
            Name(each.app.name),
            each.daily[measure.kind],
            lambda day, app=each.app.id: address_of(visit, measure, app, day),  # type: ignore[misc]
        )
        for each in found[:MOST_LINES]
    ]
    return DailyChart(
        "by-app",
        N_("Active users a day, by app"),
        days_of(visit.range.days),
        lines,
        note=N_("Somebody who uses several apps counts in each of them."),
        today=visit.workspace.today,
    )
