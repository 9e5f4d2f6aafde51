"""Of which hours a prefix of Currents has files that were loaded, and which hours between them have none.

Currents writes to `<prefix>/event_type=<type>/date=<YYYY-MM-DD-HH>/…`, hours of UTC. An hour without a file of any
type, between hours that have one, is a gap of the prefix: an export that failed, or a copy that is not whole. Of a
single type hours without a file may only mean that nothing happened.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from quotidian.store.series import merge
from quotidian.store.tables import file_hours

EVERY_TYPE: Final = ""
"""Stands for the files of all types of a prefix."""

HOUR_SECONDS: Final = 3600
_DAY_HOURS: Final = 24
_FILE: Final = re.compile(r"(.*)/event_type=([^/]+)/date=([0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]{2})/", re.DOTALL)


class FileHour(NamedTuple):
    """The prefix, type and hour that a path names; hours are counted from 1970, UTC."""

    prefix: str
    event_type: str
    hour: int


class Gap(NamedTuple):
    """Hours of a prefix without a file: from `begin` until before `end`, counted from 1970, UTC."""

    prefix: str
    begin: int
    end: int


def file_hour(origin: str) -> FileHour | None:
    """What the path of a file of Currents says; None of any other."""
    found = _FILE.match(origin)
    if not found:
        return None
    prefix, event_type, date = found.groups()
    try:
        moment = datetime.strptime(date, "%Y-%m-%d-%H").replace(tzinfo=UTC)
    except ValueError:
        return None
    return FileHour(prefix, event_type, int(moment.timestamp()) // HOUR_SECONDS)


def note_files(connection: Connection, workspace_id: int, origins: Iterable[str]) -> None:
    """Note of which hours files were loaded, in the caller's transaction, which writes."""
    hours: dict[tuple[str, str, int], int] = defaultdict(int)
    for origin in origins:
        if named := file_hour(origin):
            day, hour = divmod(named.hour, _DAY_HOURS)
            for event_type in (named.event_type, EVERY_TYPE):
                hours[event_type, named.prefix, day] |= 1 << hour
    rows = (
        {"workspace_id": workspace_id, "event_type": event_type, "prefix": prefix, "day": day, "hours": bits}
        for (event_type, prefix, day), bits in hours.items()
    )
    merge(connection, file_hours, rows)


def read_gaps(
    connection: Connection, workspace_id: int, begin: int, end: int, event_type: str = EVERY_TYPE
) -> Iterator[Gap]:
    """The gaps that have hours from `begin` until before `end`, whole, by prefix and hour.

    With `event_type` those of the folders of this type.
    """
    columns = file_hours.c
    query = (
        select(columns.prefix, columns.day, columns.hours)
        .where(columns.workspace_id == workspace_id, columns.event_type == event_type)
        .order_by(columns.prefix, columns.day)
    )
    for prefix, rows in groupby(connection.execute(query), lambda row: str(row.prefix)):
        hours = (_DAY_HOURS * row.day + hour for row in rows for hour in range(_DAY_HOURS) if row.hours >> hour & 1)
        for gap in _between(prefix, hours):
            if gap.begin < end and begin < gap.end:
                yield gap


def _between(prefix: str, hours: Iterable[int]) -> Iterator[Gap]:
    """The gaps between some hours, which ascend."""
    before = None
    for hour in hours:
        if before is not None and hour > before + 1:
            yield Gap(prefix, before + 1, hour)
        before = hour
