"""Reads tallies. A row is a tally on a day: the day's point as it is served, and the numbers of its hours."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, bindparam, select

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day, day_of
from quotidian.domain.hours import Hour, hours_of
from quotidian.domain.kinds import REVENUE
from quotidian.series.points import kpi_body, point
from quotidian.series.read import Slice
from quotidian.store.tables import tallies

_MICROS = 1_000_000


class Tally(NamedTuple):
    """What is counted, by whom: app_id '' is all apps, segment_id '' is everyone."""

    kind: str
    subject: str = ""
    app_id: str = ""
    segment_id: str = ""


def body(kind: str, number: int) -> bytes:
    """The body of a point; of revenue in dollars, from micro-dollars."""
    return b'"revenue":%s}' % repr(number / _MICROS).encode() if kind == REVENUE else kpi_body(kind, number)


def day_point(kind: str, day: Day, hours: Mapping[int, int]) -> bytes:
    """The point of a day, from its numbers by the start of each hour."""
    return point(day, body(kind, sum(hours.values())))


def hour_numbers(day: Day, zone: ZoneInfo, numbers: Mapping[int, int]) -> bytes:
    """The numbers of a day's hours, separated by spaces. As points they would take twenty times as much room."""
    return b" ".join(b"%d" % numbers.get(hour.start, 0) for hour in hours_of(day, zone))


def _hour_point(kind: str, hour: Hour, number: int) -> bytes:
    return b'{"time":"%s",%s' % (hour.time.encode(), body(kind, number))


def read_days(connection: Connection, workspace: Workspace, tally: Tally, days: Slice) -> list[bytes]:
    """The points of a slice, one a day, ascending, as they are served."""
    kept = {row.day: row.point for row in _rows(connection, workspace, tally, days)}
    zero = body(tally.kind, 0)
    return [kept.get(day) or point(day, zero) for day in range(days.first, days.last + 1)]


def read_hours(
    connection: Connection, workspace: Workspace, tally: Tally, ending: datetime, length: int
) -> list[bytes]:
    """The points of `length` hours, ascending, of which the last has `ending` in it; without hours in the future.

    Raises OverflowError if the first would be before year 1.
    """
    wanted = _last_hours(ending, length, workspace.zone)
    now = datetime.now(UTC).timestamp()
    days = Slice(wanted[0][0], wanted[-1][0])
    kept = {row.day: list(map(int, row.hours.split())) for row in _rows(connection, workspace, tally, days)}
    return [
        _hour_point(tally.kind, hour, kept[day][place] if day in kept else 0)
        for day, place, hour in wanted
        if hour.start <= now
    ]


def _last_hours(ending: datetime, length: int, zone: ZoneInfo) -> list[tuple[Day, int, Hour]]:
    """The `length` hours up to the one with `ending` in it: day, place in the day, hour."""
    day = day_of(ending.astimezone(zone).date())
    hours = [each for each in _placed(day, zone) if each[2].start <= ending.timestamp()]
    while len(hours) < length:
        day = Day(day - 1)
        hours = [*_placed(day, zone), *hours]
    return hours[-length:]


def _placed(day: Day, zone: ZoneInfo) -> Iterable[tuple[Day, int, Hour]]:
    try:
        return [(day, place, hour) for place, hour in enumerate(hours_of(day, zone))]
    except ValueError as error:
        raise OverflowError(f"day {day} is beyond the calendar") from error


def _rows(
    connection: Connection, workspace: Workspace, tally: Tally, days: Slice
) -> Iterable[Row[tuple[int, bytes, bytes]]]:
    bounds = {"workspace": workspace.id, **tally._asdict(), "first": days.first, "last": days.last}
    return connection.execute(_TALLIES, bounds)


_TALLIES = select(tallies.c.day, tallies.c.point, tallies.c.hours).where(
    tallies.c.workspace_id == bindparam("workspace"),
    tallies.c.kind == bindparam("kind"),
    tallies.c.subject == bindparam("subject"),
    tallies.c.app_id == bindparam("app_id"),
    tallies.c.segment_id == bindparam("segment_id"),
    tallies.c.day.between(bindparam("first"), bindparam("last")),
)
