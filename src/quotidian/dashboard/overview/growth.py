"""Growth accounting and stickiness on the overview."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection

from quotidian.control.dirty_days import GAP_CAP
from quotidian.dashboard.charts.daily import DailyChart, Line
from quotidian.dashboard.given import number_given
from quotidian.dashboard.overview.measures import Daily, whole_days_of, whole_of
from quotidian.dashboard.ranges import days_of
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_
from quotidian.domain.ratios import change, share
from quotidian.series.activity.cohorts import GROWTH_DAYS, Growth
from quotidian.series.activity.read import read_growth

WINDOWS: Final = (1, 7, 14, 28)
"""Windows that a link leads to, in days."""

PERMISSION: Final = "growth"
STICKINESS: Final = N_("Stickiness")

_SERIES: Final = "/v1/growth"
_PARTS: Final = (
    ("new", N_("New")),
    ("retained", N_("Retained")),
    ("resurrected", N_("Resurrected")),
    ("lost", N_("Lost")),
)
_LONGEST: Final = GAP_CAP // 2


def window_of(visit: Visit) -> int:
    """The window of growth that the address asks for, in days. Raises PageError."""
    return number_given(visit.given, "window", GROWTH_DAYS, _LONGEST)


def read_rows(connection: Connection, visit: Visit, app_id: str, window: int) -> list[Growth]:
    """The growth of each day of the range."""
    return [row for _, row in read_growth(connection, visit.workspace, app_id, visit.range.days, window)]


def growth_chart(visit: Visit, app_id: str, window: int, rows: Sequence[Growth]) -> DailyChart:
    """Who was active in the window that ends with each day; below zero who no longer is."""

    def line(metric: str, title: str) -> Line:
        numbers = [getattr(row, metric) for row in rows]
        return Line(title, numbers, _addresses(visit, metric, app_id, window), is_below=metric == "lost")

    return DailyChart(
        "growth",
        N_("Growth: new, retained, resurrected and lost users"),
        days_of(visit.range.days),
        [line(*part) for part in _PARTS],
        "stacked",
        note=N_("Of the %(window)s days that end with each day, against the %(window)s days before them."),
        note_values={"window": window},
        today=visit.workspace.today,
    )


def stickiness(rows: Sequence[Growth], active: Daily, monthly: Daily) -> Daily:
    """Stickiness of each day; of the days before by the active users that were read already."""
    before = zip(active.before, monthly.before, strict=True)
    return Daily([row.stickiness for row in rows], [share(day, month) for day, month in before])


def stickiness_figure(visit: Visit, app_id: str, daily: Daily) -> dict[str, Any]:
    """Its mean over the range, against that of the days before."""
    now = whole_of("mean", daily.now, whole_days_of(visit.range))
    return {
        "title": STICKINESS,
        "value": now,
        "form": "percent",
        "address": visit.number(_SERIES, "stickiness", app_id=app_id),
        "change": change(now, whole_of("mean", daily.before, len(daily.before))),
        "less_is_better": False,
        "whole": "mean",
    }


def stickiness_chart(visit: Visit, app_id: str, daily: Daily) -> DailyChart:
    """Stickiness day by day."""
    return DailyChart(
        "stickiness",
        STICKINESS,
        days_of(visit.range.days),
        [Line(STICKINESS, daily.now, _addresses(visit, "stickiness", app_id))],
        "lines" if visit.range.length > 1 else "bars",
        "percent",
        before=daily.before if visit.range.length > 1 else None,
        note=N_("How many of the users of the 30 days that end with each day were active on the day."),
        today=visit.workspace.today,
    )


def _addresses(visit: Visit, metric: str, app_id: str, window: int | None = None) -> Callable[[date], str]:
    def address(day: date) -> str:
        return visit.number(_SERIES, metric, app_id=app_id, window=window, day=day.isoformat())

    return address
