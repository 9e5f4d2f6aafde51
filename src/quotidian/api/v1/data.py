"""`/v1/data`: what came, of which day and type, and what became of it (semantics.md §9)."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

import msgspec
from sqlalchemy import Connection

from quotidian.api.request import Request
from quotidian.api.v1.days import RangeQuery, range_of
from quotidian.api.v1.table import BATCH, DAY, METRIC, VALUE, Column, Row, Table
from quotidian.control.arrivals import TypeOfDay, read_arrivals, types_between
from quotidian.control.file_hours import EVERY_TYPE, HOUR_SECONDS, Gap, read_gaps
from quotidian.control.unknown import SeenUnknown, all_unknown
from quotidian.control.workspaces import Workspace
from quotidian.domain.chunks import chunks
from quotidian.domain.days import Day, Slice, date_of, iso_of

_COLUMNS: Final = (Column("event_type", "text"), DAY, METRIC, Column("reason", "text"), VALUE)
_MICROS: Final = 1_000_000


class Data(RangeQuery):
    """Days of events."""


def data(request: Request[Data]) -> Table:
    """Every day of the range, zeros included, of each type of which something came in it."""
    connection, workspace = request.connection, request.workspace
    days = range_of(workspace, request.parameters)
    found = partial(_every_day, connection, workspace, days)
    return Table(
        _COLUMNS,
        lambda: chunks((msgspec.json.encode(told_of_day(each)) for each in found()), BATCH),
        lambda: chunks((row for each in found() for row in _rows(each)), BATCH),
        lambda: what_else(connection, workspace, days),
    )


def _every_day(connection: Connection, workspace: Workspace, days: Slice) -> Iterator[TypeOfDay]:
    types = types_between(connection, workspace.id, *days)
    came = read_arrivals(connection, workspace.id, *days)
    following = next(came, None)
    for day in range(days.first, days.last + 1):
        for event_type in types:
            if following and (following.day, following.event_type) == (day, event_type):
                yield following
                following = next(came, None)
            else:
                yield TypeOfDay(Day(day), event_type)


def told_of_day(found: TypeOfDay) -> dict[str, Any]:
    """What came of a type and day, as JSON has it."""
    return {
        "time": date_of(found.day).isoformat(),
        "event_type": found.event_type,
        "events": found.events,
        "first_arrival": None if found.first_arrival is None else iso_of(found.first_arrival),
        "last_arrival": None if found.last_arrival is None else iso_of(found.last_arrival),
        "duplicates": found.duplicates,
        "late": found.late,
        "dead": found.dead,
        "unknown": found.unknown,
    }


def _rows(found: TypeOfDay) -> Iterator[Row]:
    """A row a number; arrivals are in seconds since 1970."""
    numbers: dict[str, float | None] = {
        "events": found.events,
        "first_arrival": None if found.first_arrival is None else found.first_arrival // _MICROS,
        "last_arrival": None if found.last_arrival is None else found.last_arrival // _MICROS,
        "duplicates": found.duplicates,
        "late": found.late,
        "unknown": found.unknown,
    }
    for metric, number in numbers.items():
        yield found.event_type, found.day, metric, None, number
    for reason, number in found.dead.items():
        yield found.event_type, found.day, "dead", reason, number


def what_else(
    connection: Connection, workspace: Workspace, days: Slice, event_type: str = EVERY_TYPE
) -> Mapping[str, Any]:
    """The unknown types that ever came, and the hours of some days of which prefixes of Currents have no file.

    With `event_type` the hours of which they have none of this type.
    """
    hours = (_first_hour(workspace, days.first), _first_hour(workspace, days.last + 1))
    return {
        "unknown_types": [_told_of_type(each) for each in all_unknown(connection, workspace) if each.kind == "type"],
        "gaps": [_told_of_gap(each) for each in read_gaps(connection, workspace.id, *hours, event_type)],
    }


def _first_hour(workspace: Workspace, day: int) -> int:
    """The hour, counted from 1970, in which a day begins."""
    return workspace.midnight(date_of(day)) // (HOUR_SECONDS * _MICROS)


def _told_of_type(unknown: SeenUnknown) -> dict[str, Any]:
    return {
        "event_type": unknown.name,
        "nearest": unknown.nearest or None,
        "events": unknown.events,
        "last_seen": iso_of(unknown.last_seen),
    }


def _told_of_gap(gap: Gap) -> dict[str, Any]:
    """From the first hour without a file to the last, both included."""
    first, last = (iso_of(hour * HOUR_SECONDS * _MICROS) for hour in (gap.begin, gap.end - 1))
    return {"prefix": gap.prefix, "from": first, "to": last, "hours": gap.end - gap.begin}
