"""What came on some days, as tables: by day, by type, what is missing, what is unknown, and what cannot be used."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Final, NamedTuple

from sqlalchemy import Connection

from quotidian.control.arrival_sums import NOTHING, Came, came_by_day, came_by_type, dead_by_reason
from quotidian.control.dead_letters import list_dead_letters
from quotidian.control.dirty_days import has_events
from quotidian.control.file_hours import HOUR_SECONDS, Gap, read_gaps
from quotidian.control.loaded import Load, last_load
from quotidian.control.missing import missing_types
from quotidian.control.unknown import SeenUnknown, all_unknown
from quotidian.control.workspaces import Workspace
from quotidian.dashboard.charts.daily import DailyChart, Line
from quotidian.dashboard.freshness import Freshness, freshness_of
from quotidian.dashboard.ranges import days_of
from quotidian.dashboard.tables import Column, Numbers
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_
from quotidian.domain.days import Day, Slice, date_of, day_of

_MICROS: Final = 1_000_000
_REGULAR_DAYS: Final = 5
_SILENT_DAYS: Final = 1
_MOST_GAPS: Final = 200
_MOST_LETTERS: Final = 20
_LONGEST: Final = 300

_NUMBERS: Final = {
    "events": N_("Events"),
    "late": N_("Late"),
    "duplicates": N_("Duplicates"),
    "dead": N_("Not usable"),
    "unknown": N_("Of unknown type"),
}
_TYPE: Final = Column(N_("Event type"), "text")


class WhatCame(NamedTuple):
    """What came of some days; `is_empty` is whether nothing ever came. Tables are by name; an empty one is left out.

    `loaded_at` is when the last load was, in the workspace's time.
    """

    is_empty: bool
    freshness: Freshness
    whole: Mapping[str, int]
    chart: DailyChart
    tables: Mapping[str, Numbers]
    load: Load | None
    loaded_at: datetime | None


def what_came(connection: Connection, visit: Visit) -> WhatCame:
    """What came of the days of the visit's range."""
    workspace, days = visit.workspace, visit.range.days
    by_day = came_by_day(connection, workspace.id, days)
    by_type = came_by_type(connection, workspace.id, days)
    unknown = all_unknown(connection, workspace)
    load = last_load(connection, workspace)
    tables = {
        "by-type": _by_type(workspace, by_type),
        "missing": _missing(connection, workspace),
        "gaps": _gaps(connection, workspace, days),
        "unknown-types": _unknown(workspace, N_("Event type"), (each for each in unknown if each.kind == "type")),
        "unknown-fields": _unknown(workspace, N_("Field"), (each for each in unknown if each.kind == "field")),
        "not-usable": _dead(connection, workspace, days),
        "dead-letters": _letters(connection, workspace),
    }
    return WhatCame(
        is_empty=not (by_day or unknown or load or has_events(connection, workspace.id)),
        freshness=freshness_of(connection, visit),
        whole={name: sum(getattr(came, name) for came in by_day.values()) for name in _NUMBERS},
        chart=_chart(by_day, days),
        tables={name: table for name, table in tables.items() if table.rows},
        load=load,
        loaded_at=_local(workspace, load.at) if load else None,
    )


def _chart(by_day: Mapping[Day, Came], days: Slice) -> DailyChart:
    came = [by_day.get(Day(day), NOTHING) for day in range(days.first, days.last + 1)]
    lines = [
        Line(N_("Events in time"), [each.events - each.late for each in came]),
        Line(N_("Late"), [each.late for each in came]),
        Line(N_("Duplicates"), [each.duplicates for each in came]),
        Line(N_("Not usable"), [each.dead for each in came]),
        Line(N_("Of unknown type"), [each.unknown for each in came]),
    ]
    return DailyChart("by-day", N_("What came, by day of the events"), days_of(days), lines, "stacked")


def _by_type(workspace: Workspace, by_type: Mapping[str, Came]) -> Numbers:
    columns = [_TYPE, *map(Column, _NUMBERS.values()), Column(N_("Last came"), "text")]
    rows = [
        (event_type, *(getattr(came, name) for name in _NUMBERS), _moment(workspace, came.last_arrival))
        for event_type, came in by_type.items()
    ]
    return Numbers(columns, rows)


def _missing(connection: Connection, workspace: Workspace) -> Numbers:
    """Types that used to come on most days, and have not since yesterday."""
    found = missing_types(connection, workspace.id, day_of(workspace.today), _REGULAR_DAYS, _SILENT_DAYS)
    columns = [
        _TYPE,
        Column(N_("Last day with events"), "day"),
        Column(N_("Days with events, of the 7 until then")),
        Column(N_("Last came"), "text"),
    ]
    rows = [
        (each.event_type, date_of(each.last_day), each.days, _moment(workspace, each.last_arrival)) for each in found
    ]
    return Numbers(columns, rows)


def _gaps(connection: Connection, workspace: Workspace, days: Slice) -> Numbers:
    first, behind = (_first_hour(workspace, day) for day in (days.first, days.last + 1))
    found = islice(read_gaps(connection, workspace.id, first, behind), _MOST_GAPS)
    columns = [
        Column(N_("Prefix"), "text"),
        Column(N_("First hour without a file (UTC)"), "text"),
        Column(N_("Last hour without a file (UTC)"), "text"),
        Column(N_("Hours")),
    ]
    return Numbers(columns, [_gap(each) for each in found])


def _first_hour(workspace: Workspace, day: int) -> int:
    """The hour, counted from 1970, in which a day begins."""
    return workspace.midnight(date_of(day)) // (HOUR_SECONDS * _MICROS)


def _gap(gap: Gap) -> tuple[str, str, str, int]:
    first, last = (
        datetime.fromtimestamp(hour * HOUR_SECONDS, UTC).strftime("%Y-%m-%d %H:00") for hour in (gap.begin, gap.end - 1)
    )
    return gap.prefix, first, last, gap.end - gap.begin


def _unknown(workspace: Workspace, title: str, found: Iterable[SeenUnknown]) -> Numbers:
    columns = [
        Column(title, "text"),
        Column(N_("Nearest known name"), "text"),
        Column(N_("Events")),
        Column(N_("Last came"), "text"),
    ]
    rows = [(each.name, each.nearest or None, each.events, _moment(workspace, each.last_seen)) for each in found]
    return Numbers(columns, rows)


def _dead(connection: Connection, workspace: Workspace, days: Slice) -> Numbers:
    columns = [Column(N_("Reason"), "text"), _TYPE, Column(N_("Records"))]
    return Numbers(columns, dead_by_reason(connection, workspace.id, days))


def _letters(connection: Connection, workspace: Workspace) -> Numbers:
    """The newest dead letters without their records, which may say whatever a client has sent of a person."""
    columns = [
        Column(N_("Reason"), "text"),
        _TYPE,
        Column(N_("Event"), "text"),
        Column(N_("Where it came from"), "text"),
    ]
    found = list_dead_letters(connection, workspace, _MOST_LETTERS)
    rows = [tuple(_cut(text) for text in (each.reason, each.event_type, each.event_id, each.origin)) for each in found]
    return Numbers(columns, rows)


def _cut(text: str) -> str | None:
    return (text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…") or None


def _moment(workspace: Workspace, micros: int | None) -> str | None:
    return None if micros is None else _local(workspace, micros).strftime("%Y-%m-%d %H:%M")


def _local(workspace: Workspace, micros: int) -> datetime:
    return datetime.fromtimestamp(micros // _MICROS, workspace.zone)


def all_tables(came: WhatCame) -> Iterator[tuple[str, Numbers]]:
    """The tables that the page gives as CSV, by name."""
    yield came.chart.name, came.chart.numbers
    yield from came.tables.items()
