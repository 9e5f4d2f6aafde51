"""Reads the sizes of segments: points of a series, of which the last holds for the days after it too."""

from collections.abc import Collection
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, select

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day, Slice
from quotidian.domain.kinds import SIZE
from quotidian.series.points import kpi_body, point
from quotidian.series.read import FoundSeries, Subject, read_points, series_id_of
from quotidian.store.lookups import Lookup
from quotidian.store.tables import points


class LastSize(NamedTuple):
    """The last day of a segment's series that has a size, and the body of its point."""

    day: Day
    body: bytes


def size_body(size: int) -> bytes:
    """The body of a point."""
    return kpi_body(SIZE, size)


def size_in(point: bytes) -> int:
    """The size that a point tells."""
    size: int = msgspec.json.decode(point)[SIZE]
    return size


def read_sizes(connection: Connection, workspace: Workspace, segment_id: str, days: Slice) -> list[bytes]:
    """The points of a slice, one a day, ascending, as they are served."""
    series_id = size_series(connection, workspace, segment_id)
    kept = read_points(connection, FoundSeries(series_id, size_body(0)), days)
    last = None if series_id is None else last_size(connection, series_id)
    if last is None or last.day >= days.last:
        return kept
    # Days that have begun since sizes were last published.
    first = max(days.first, last.day + 1)
    return [*kept[: first - days.first], *(point(day, last.body) for day in range(first, days.last + 1))]


def sizes_of(connection: Connection, workspace: Workspace, segment_id: str, days: Collection[Day]) -> dict[Day, int]:
    """The sizes of those of some days that were published, by day."""
    columns = points.c
    query = select(columns.day, columns.point).where(
        columns.series_id == size_series(connection, workspace, segment_id), columns.day.in_(days)
    )
    return {day: size_in(text) if text else 0 for day, text in connection.execute(query)}


def size_series(connection: Connection, workspace: Workspace, segment_id: str) -> int | None:
    """The series of a segment's sizes; None if none was ever published."""
    return series_id_of(connection, workspace, Subject(SIZE, segment_id))


def last_size(connection: Connection, series_id: int, until: Day | None = None) -> LastSize | None:
    """The last size of a series, or the last one up to a day."""
    for day, text in _LAST.rows(connection, series=series_id, until=_FOR_EVER if until is None else until):
        return LastSize(day, size_body(0) if text is None else text[len(point(day, b"")) :])
    return None


_FOR_EVER: Final = 1 << 62
_LAST: Final = Lookup(
    select(points.c.day, points.c.point)
    .where(points.c.series_id == bindparam("series"), points.c.day <= bindparam("until"))
    .order_by(points.c.day.desc())
    .limit(1)
)
