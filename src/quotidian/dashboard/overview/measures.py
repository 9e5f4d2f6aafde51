"""The measures of the overview: one number a day each, of all apps or of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, NamedTuple

import msgspec
from sqlalchemy import Connection

from quotidian.dashboard.charts.daily import DailyChart, Line
from quotidian.dashboard.ranges import Range, days_of
from quotidian.dashboard.reading import daily_numbers
from quotidian.dashboard.tables import Form
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_
from quotidian.domain.days import Slice
from quotidian.domain.kinds import KPIS, PATHS, REVENUE, SESSIONS
from quotidian.domain.ratios import change
from quotidian.series.read import Subject
from quotidian.series.tallies.read import Tally, read_days

Number = float | None


@dataclass(frozen=True)
class Measure:
    """A number that a series has each day. `whole` says what stands for a range: the sum, the mean, or the last day."""

    kind: str
    title: str
    name: str
    a_day: str
    whole: Literal["sum", "mean", "last"] = "sum"
    drawn: Literal["lines", "bars"] = "bars"
    form: Form = "number"
    less_is_better: bool = False

    @property
    def permission(self) -> str:
        """What a key needs to see it: as for the API's path."""
        return PATHS[self.kind].strip("/").replace("/", ".")


MEASURES: Final = (
    Measure("dau", N_("Active users a day"), N_("Active users"), N_("Active users a day"), "mean", "lines"),
    Measure(
        "mau",
        N_("Active users over 30 days"),
        N_("Active users over 30 days"),
        N_("Active users over 30 days"),
        "last",
        "lines",
    ),
    Measure("new_users", N_("New users"), N_("New users"), N_("New users a day")),
    Measure("uninstalls", N_("Uninstalls"), N_("Uninstalls"), N_("Uninstalls a day"), less_is_better=True),
    Measure(SESSIONS, N_("Sessions"), N_("Sessions"), N_("Sessions a day")),
    Measure(REVENUE, N_("Revenue"), N_("Revenue"), N_("Revenue a day"), form="money"),
)
"""In the order in which they are shown."""

CHART_NAMES: Final = {
    "dau": "active-users",
    "mau": "active-users-over-30-days",
    "new_users": "new-users",
    "uninstalls": "uninstalls",
    SESSIONS: "sessions",
    REVENUE: "revenue",
}
"""By kind: how charts are named on the page and as CSV."""


class Daily(NamedTuple):
    """The numbers of a range, one a day, and of as many days before it."""

    now: Sequence[Number]
    before: Sequence[Number]


def read_numbers(connection: Connection, visit: Visit, kind: str, app_id: str, days: Slice) -> list[float]:
    """The numbers of a measure, one a day, ascending. Raises UnknownSubject for an app that no event has named."""
    if kind in KPIS:
        return daily_numbers(connection, visit.workspace, visit.services.settings, Subject(kind, app_id), days)
    points = read_days(connection, visit.workspace, Tally(kind, app_id=app_id), days)
    return [msgspec.json.decode(point)[kind] for point in points]


def read_daily(connection: Connection, visit: Visit, kind: str, app_id: str) -> Daily:
    """The numbers of the range and of the days before."""
    days = visit.range
    numbers = read_numbers(connection, visit, kind, app_id, Slice(days.before.first, days.days.last))
    return Daily(numbers[days.length :], numbers[: days.length])


def whole_of(how: str, numbers: Sequence[Number], whole_days: int) -> Number:
    """What stands for the numbers of a range, of which so many days are over; None if there is none.

    A mean is of the days that are over, unless there is none.
    """
    if how == "sum":
        return sum(number or 0 for number in numbers)
    if how == "last":
        return numbers[-1]
    known = [number for number in numbers[: whole_days or None] if number is not None]
    return sum(known) / len(known) if known else None


def whole_days_of(days: Range) -> int:
    """How many days of a range are over."""
    return days.length - (days.days.last == days.today)


def address_of(visit: Visit, measure: Measure, app_id: str, day: date | None = None) -> str:
    """Where a number of a measure leads; without a day that of the range."""
    if day is None and measure.whole == "last":
        day = visit.range.last
    return visit.number(PATHS[measure.kind], measure.kind, app_id=app_id, day=day and day.isoformat())


def figure_of(visit: Visit, measure: Measure, app_id: str, daily: Daily) -> dict[str, Any]:
    """The number that stands for the range, against that of the days before."""
    now = whole_of(measure.whole, daily.now, whole_days_of(visit.range))
    return {
        "title": measure.title,
        "value": now,
        "form": measure.form,
        "address": address_of(visit, measure, app_id),
        "change": change(now, whole_of(measure.whole, daily.before, len(daily.before))),
        "less_is_better": measure.less_is_better,
        "whole": measure.whole,
    }


def chart_of(visit: Visit, measure: Measure, app_id: str, daily: Daily) -> DailyChart:
    """The measure day by day."""
    line = Line(measure.name, daily.now, lambda day: address_of(visit, measure, app_id, day))
    return DailyChart(
        CHART_NAMES[measure.kind],
        measure.a_day,
        days_of(visit.range.days),
        [line],
        measure.drawn if visit.range.length > 1 else "bars",
        measure.form,
        before=daily.before if measure.drawn == "lines" and visit.range.length > 1 else None,
        today=visit.workspace.today,
    )
