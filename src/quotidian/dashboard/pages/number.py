"""A number explained: what it means, its values by day, and the events that it is made of."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection

from quotidian.dashboard.charts.daily import DailyChart, Line
from quotidian.dashboard.explained.asked import COMPUTED, Asked, asked_of
from quotidian.dashboard.explained.computed import read_computed
from quotidian.dashboard.explained.events import Events, read_events
from quotidian.dashboard.explained.experiment import read_experiment
from quotidian.dashboard.explained.stored import read_stored
from quotidian.dashboard.explained.told import Told
from quotidian.dashboard.page import Shown
from quotidian.dashboard.ranges import days_of
from quotidian.dashboard.tables import Column, Linked, Numbers
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_
from quotidian.domain.days import Slice
from quotidian.series.history import Past

_EXPERIMENT: Final = "/v1/campaigns/experiment"
EXPLAIN: Final = "explain"


async def number(visit: Visit) -> Shown:
    """A number of a day with its events, or of a range with its days."""
    asked = asked_of(visit)
    told = await visit.read(_read, visit, asked)
    if asked.day is None:
        return _of_range(visit, told)
    events = await read_events(visit, told.question) if told.question and visit.may(EXPLAIN) else None
    return _of_day(visit, asked, told, events)


def _read(connection: Connection, visit: Visit, asked: Asked) -> Told:
    if asked.series == _EXPERIMENT:
        return read_experiment(connection, visit, asked)
    if asked.series in COMPUTED:
        return read_computed(connection, visit, asked)
    return read_stored(connection, visit, asked)


def _of_range(visit: Visit, told: Told) -> Shown:
    values: dict[str, Any] = {"told": told, "day": None, "chart": None, "parts": _parts(told)}
    tables: dict[str, Numbers] = {}
    if told.values:
        line = Line(told.name, told.values, lambda day: _day_address(visit, day))
        # A day between days without a number would be a line without length.
        kind: Literal["lines", "bars"] = "bars" if None in told.values else "lines"
        chart = DailyChart("by-day", N_("By day"), told.days, [line], kind, told.form)
        values["chart"] = chart
        tables[chart.name] = chart.numbers
    return Shown(values, tables)


def _of_day(visit: Visit, asked: Asked, told: Told, events: Events | None) -> Shown:
    explanation = events.explanation if events else None
    # What the engine says is of one moment with the events that it lists.
    value = explanation.value if explanation else told.last
    history = _history(visit, told, explanation.history if explanation else told.history)
    values = {
        "told": told,
        "day": asked.date,
        "value": value,
        "parts": _parts(told),
        "before": _neighbour(visit, asked, -1),
        "after": _neighbour(visit, asked, 1),
        "all_days": visit.here(day=None, cursor=None, part=None),
        "may_explain": visit.may(EXPLAIN),
        "events": events,
        "again": visit.here(),
        "history": history if visit.may(EXPLAIN) else None,
    }
    tables = {"history": history} if values["history"] else {}
    return Shown(values, {**tables, "events": events.all_rows} if events else tables)


def _day_address(visit: Visit, day: date) -> str:
    return visit.here(day=day.isoformat(), cursor=None, part=None)


def _neighbour(visit: Visit, asked: Asked, days: int) -> str:
    """The address of the same number on another day; '' after today."""
    day = (asked.day or 0) + days
    if day > visit.range.today:
        return ""
    (other,) = days_of(Slice(day, day))  # type: ignore[arg-type]
    return _day_address(visit, other)


def _parts(told: Told) -> Numbers | None:
    """What a number is made of; without values where none is worked out."""
    if not told.parts:
        return None
    name = Column(N_("Number"), "text")
    if all(part.value is None for part in told.parts):
        return Numbers([name], [[Linked(part.text, part.address)] for part in told.parts])
    form = told.parts[0].form
    rows = [[part.text, Linked(part.value, part.address)] for part in told.parts]
    return Numbers([name, Column(N_("Value"), form)], rows)


def _history(visit: Visit, told: Told, history: Sequence[Past]) -> Numbers:
    columns = [Column(N_("Published"), "text"), Column(N_("Value"), told.form), Column(N_("New events"))]
    rows = []
    for past in history:
        at = datetime.fromtimestamp(past.at, visit.workspace.zone)
        rows.append([visit.language.moment(at), past.value, past.arrived])
    return Numbers(columns, rows)
