"""The overview: who was active, is new, came back or was lost; sessions and revenue; of all apps or of one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from quotidian.control.dirty_days import has_events
from quotidian.dashboard.charts.daily import DailyChart
from quotidian.dashboard.errors import PageError
from quotidian.dashboard.freshness import freshness_of
from quotidian.dashboard.overview import growth, retention
from quotidian.dashboard.overview.apps import (
    LAST_DAYS,
    MOST_APPS,
    NamedApp,
    apps_chart,
    apps_table,
    read_app_numbers,
    read_apps,
)
from quotidian.dashboard.overview.measures import (
    MEASURES,
    Daily,
    Measure,
    chart_of,
    figure_of,
    read_daily,
    whole_days_of,
)
from quotidian.dashboard.page import Shown
from quotidian.dashboard.tables import Numbers
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_
from quotidian.series.activity.cohorts import Growth
from quotidian.series.read import require_app

_MOST_ROWS_BELOW: Final = 31
"""A chart of more days has its numbers on a page of its own."""


class _Missing(NamedTuple):
    """A part that is left out, and the permission that the key lacks for it."""

    title: str
    permission: str


async def overview(visit: Visit) -> Shown:
    """Numbers first, then charts; with `chart` that chart alone."""
    return await visit.read(_read, visit)


def _read(connection: Connection, visit: Visit) -> Shown:
    if not has_events(connection, visit.workspace.id):
        return Shown({"is_empty": True, "freshness": freshness_of(connection, visit)})
    app_id = visit.given.get("app_id", "")
    require_app(connection, visit.workspace, app_id)
    apps = read_apps(connection, visit.workspace)
    shown = _Overview(connection, visit, app_id, apps).shown()
    common = {"is_empty": False, "freshness": freshness_of(connection, visit), "apps": apps, "app_id": app_id}
    return Shown({**common, **shown.values}, shown.tables)


@dataclass
class _Overview:
    connection: Connection
    visit: Visit
    app_id: str
    apps: Sequence[NamedApp]

    def shown(self) -> Shown:
        visit = self.visit
        window = growth.window_of(visit)
        daily = {each.kind: self._daily(each.kind) for each in MEASURES if self._may(each)}
        rows = self._growth(window)
        sticky = self._stickiness(rows, daily) if rows else None
        charts = {chart.name: chart for chart in self._charts(daily, window, rows, sticky)}
        by_app = self._by_app()
        matrix = retention.read_matrix(self.connection, visit, self.app_id) if visit.may(retention.PERMISSION) else None
        table = by_app.get("apps")
        if "chart" in by_app:
            charts[by_app["chart"].name] = by_app["chart"]
        values: Mapping[str, Any] = {
            "figures": list(self._figures(daily, sticky)),
            "charts": charts,
            "alone": self._alone(charts),
            "has_numbers_below": visit.range.length <= _MOST_ROWS_BELOW,
            "by_app": table,
            "apps_left_out": (len(self.apps), MOST_APPS, LAST_DAYS) if len(self.apps) > MOST_APPS else None,
            "matrix": matrix,
            "window": window,
            "windows": growth.WINDOWS,
            "missing": list(self._missing()),
            "whole_days": whole_days_of(visit.range),
            "has_today": visit.range.days.last == visit.range.today,
        }
        # Thousands of addresses, which the page itself needs only in part.
        if "csv" not in visit.given:
            return Shown(values)
        tables = {name: chart.numbers for name, chart in charts.items()}
        return Shown(values, {**tables, **_tables(matrix, table)})

    def _may(self, measure: Measure) -> bool:
        return self.visit.may(measure.permission)

    def _daily(self, kind: str) -> Daily:
        return read_daily(self.connection, self.visit, kind, self.app_id)

    def _growth(self, window: int) -> list[Growth]:
        """None for a key that may not see it."""
        if not self.visit.may(growth.PERMISSION):
            return []
        return growth.read_rows(self.connection, self.visit, self.app_id, window)

    def _stickiness(self, rows: Sequence[Growth], daily: Mapping[str, Daily]) -> Daily:
        # A key may see it that may not see what it is the ratio of.
        active, monthly = (daily.get(kind) or self._daily(kind) for kind in ("dau", "mau"))
        return growth.stickiness(rows, active, monthly)

    def _figures(self, daily: Mapping[str, Daily], sticky: Daily | None) -> Iterator[Mapping[str, Any]]:
        for measure in MEASURES:
            if measure.kind in daily:
                yield figure_of(self.visit, measure, self.app_id, daily[measure.kind])
            if measure.kind == "mau" and sticky:
                yield growth.stickiness_figure(self.visit, self.app_id, sticky)

    def _charts(
        self, daily: Mapping[str, Daily], window: int, rows: Sequence[Growth], sticky: Daily | None
    ) -> Iterator[DailyChart]:
        for measure in MEASURES:
            if measure.kind in daily:
                yield chart_of(self.visit, measure, self.app_id, daily[measure.kind])
            if measure.kind == "mau" and sticky:
                yield growth.stickiness_chart(self.visit, self.app_id, sticky)
                yield growth.growth_chart(self.visit, self.app_id, window, rows)

    def _by_app(self) -> dict[str, Any]:
        """The table of apps and the chart of the largest, where all apps are shown and there are several."""
        measures = [each for each in MEASURES if self._may(each)]
        if self.app_id or not self.apps or not measures:
            return {}
        found = read_app_numbers(self.connection, self.visit, self.apps, measures)
        by_app: dict[str, Any] = {"apps": apps_table(self.visit, found, measures)}
        if measures[0].kind == "dau" and self.visit.range.length > 1:
            by_app["chart"] = apps_chart(self.visit, found, measures[0])
        return by_app

    def _alone(self, charts: Mapping[str, DailyChart]) -> DailyChart | None:
        name = self.visit.given.get("chart")
        if name and name not in charts:
            raise PageError(404, N_("There is no chart “%(name)s” here."), name=name[:80])
        return charts[name] if name else None

    def _missing(self) -> Iterator[_Missing]:
        others = (
            (N_("Growth and stickiness"), growth.PERMISSION),
            (N_("Retention"), retention.PERMISSION),
        )
        for title, permission in (*((each.title, each.permission) for each in MEASURES), *others):
            if not self.visit.may(permission):
                yield _Missing(title, permission)


def _tables(matrix: retention.Matrix | None, apps: Numbers | None) -> Mapping[str, Numbers]:
    """What is no chart, as CSV."""
    found = {"apps": apps} if apps else {}
    if matrix:
        found["retention"] = matrix.numbers(of_users=True)
        found["retention-shares"] = matrix.numbers(of_users=False)
    return found
