"""Reads tallies, by day or by hour: a tally is a series with points, as others are, and has numbers of hours too."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, select

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day, Slice, day_of
from quotidian.domain.hours import Hour, hours_of
from quotidian.domain.kinds import REVENUE
from quotidian.series.points import kpi_body
from quotidian.series.read import FoundSeries, Subject, read_points, series_id_of
from quotidian.store.lookups import Lookup
from quotidian.store.tables import hours, points, series

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


def hour_numbers(day: Day, zone: ZoneInfo, numbers: Mapping[int, int]) -> bytes:
    """The numbers of a day's hours, separated by spaces. As points they would take twenty times as much room."""
    return b" ".join(b"%d" % numbers.get(hour.start, 0) for hour in hours_of(day, zone))


def _hour_point(kind: str, hour: Hour, number: int) -> bytes:
    return b'{"time":"%s",%s' % (hour.time.encode(), body(kind, number))


def read_days(connection: Connection, workspace: Workspace, tally: Tally, days: Slice) -> list[bytes]:
    """The points of a slice, one a day, ascending, as they are served."""
    return read_points(connection, FoundSeries(tally_series(connection, workspace, tally), body(tally.kind, 0)), days)


def read_apps(connection: Connection, workspace: Workspace, tally: Tally, days: Slice) -> dict[str, list[bytes]]:
    """The points of a slice that are not zero, of a tally in each app that has any; its own `app_id` is not read."""
    found: dict[str, list[bytes]] = {}
    named = {"workspace": workspace.id, "kind": tally.kind, "subject": tally.subject, "segment": tally.segment_id}
    for app_id, text in _OF_APPS.rows(connection, **named, first=days.first, last=days.last):
        found.setdefault(app_id, []).append(text)
    return found


def read_hours(
    connection: Connection, workspace: Workspace, tally: Tally, ending: datetime, length: int
) -> list[bytes]:
    """The points of `length` hours, ascending, of which the last has `ending` in it; without hours in the future.

    Raises OverflowError if the first would be before year 1.
    """
    wanted = _last_hours(ending, length, workspace.zone)
    now = datetime.now(UTC).timestamp()
    days = Slice(wanted[0][0], wanted[-1][0])
    series_id = tally_series(connection, workspace, tally)
    rows = _HOURS.rows(connection, series=series_id, first=days.first, last=days.last)
    kept = {day: list(map(int, numbers.split())) for day, numbers in rows}
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


def tally_series(connection: Connection, workspace: Workspace, tally: Tally) -> int | None:
    """The series of a tally; None if it was never published."""
    return series_id_of(connection, workspace, Subject(tally.kind, tally.subject), tally.segment_id, tally.app_id)


_OF_APPS: Final = Lookup(
    select(series.c.app_id, points.c.point)
    .join_from(series, points, points.c.series_id == series.c.id)
    .where(
        series.c.workspace_id == bindparam("workspace"),
        series.c.kind == bindparam("kind"),
        series.c.subject == bindparam("subject"),
        series.c.send_id == "",
        series.c.segment_id == bindparam("segment"),
        series.c.app_id != "",
        points.c.day.between(bindparam("first"), bindparam("last")),
        points.c.point.is_not(None),
    )
)
_HOURS: Final = Lookup(
    select(hours.c.day, hours.c.hours).where(
        hours.c.series_id == bindparam("series"), hours.c.day.between(bindparam("first"), bindparam("last"))
    )
)
