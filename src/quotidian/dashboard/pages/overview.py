"""The overview: who was active, who is new and who was lost."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from quotidian.dashboard.charts.daily import DailyChart, Line
from quotidian.dashboard.page import Shown
from quotidian.dashboard.ranges import days_of
from quotidian.dashboard.reading import daily_numbers
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_
from quotidian.series.read import Subject


async def overview(visit: Visit) -> Shown:
    """Numbers first, then charts."""
    return await visit.read(_read, visit)


def _read(connection: Connection, visit: Visit) -> Shown:
    charts = [_active_users(connection, visit)] if visit.may("kpi.dau.data_series") else []
    values: Mapping[str, Any] = {"charts": charts, "figures": []}
    return Shown(values, {chart.name: chart.numbers for chart in charts})


def _active_users(connection: Connection, visit: Visit) -> DailyChart:
    subject, days = Subject("dau", visit.given.get("app_id", "")), visit.range

    def numbers(of: Any) -> list[float]:
        return daily_numbers(connection, visit.workspace, visit.services.settings, subject, of)

    line = Line(
        N_("Active users"),
        numbers(days.days),
        lambda day: visit.number("/kpi/dau/data_series", "dau", app_id=subject.id, day=day.isoformat()),
    )
    return DailyChart("active-users", N_("Active users a day"), days_of(days.days), [line], before=numbers(days.before))
