"""The hours of a day: 24 where the clock is left alone, 23 or 25 and sometimes odd ones where it changes.

An hour begins when the local clock shows a full hour, or when its offset changes. So an hour that the clock repeats is
two hours with two offsets, as in `2026-10-25T02:00:00+02:00` and `2026-10-25T02:00:00+01:00`.
"""

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from quotidian.domain.days import Day, date_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Hour(NamedTuple):
    """When an hour begins, in seconds since 1970 (UTC), and its `time` in points."""

    start: int
    time: str


@lru_cache(maxsize=4096)
def hours_of(day: Day, zone: ZoneInfo) -> tuple[Hour, ...]:
    """The hours of a day, ascending."""
    start, end = _midnight(day, zone), _midnight(Day(day + 1), zone)
    hours = []
    while start < end:
        local = _local(start, zone)
        hours.append(Hour(start, _shown(local)))
        start = _end_of_offset(start, start + 3600 - local.minute * 60 - local.second, zone)
    return tuple(hours)


def _shown(local: datetime) -> str:
    """The full hour, with the offset of the moment: the full hour before it may have had another."""
    offset = local.utcoffset()
    fixed = timezone(offset) if offset is not None else UTC
    return local.replace(minute=0, second=0, tzinfo=fixed).isoformat()


def _midnight(day: Day, zone: ZoneInfo) -> int:
    """The first second of a day: of a midnight that comes twice, the first."""
    date = date_of(day)
    found = _seconds(datetime(date.year, date.month, date.day, tzinfo=zone))
    # A midnight that the clock skips may be read as a time before the skip, on the day before.
    while _local(found, zone).date() < date:
        found += 900
    return found


def _end_of_offset(start: int, end: int, zone: ZoneInfo) -> int:
    """The end of an hour: earlier, where the clock changes within it."""
    if _local(end - 1, zone).utcoffset() == _local(start, zone).utcoffset():
        return end
    before, after = start, end - 1
    while after - before > 1:
        middle = (before + after) // 2
        if _local(middle, zone).utcoffset() == _local(start, zone).utcoffset():
            before = middle
        else:
            after = middle
    return after


def _local(seconds: int, zone: ZoneInfo) -> datetime:
    return (_EPOCH + timedelta(seconds=seconds)).astimezone(zone)


def _seconds(moment: datetime) -> int:
    return (moment.astimezone(UTC) - _EPOCH) // timedelta(seconds=1)
