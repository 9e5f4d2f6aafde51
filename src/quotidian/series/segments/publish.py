"""From facts of segments to what is served: sizes, and the tallies of members.

A size is computed for each day on which it can change: one with events, or within the longest window after such a day.
It holds for the days after that, which get points of it as soon as they have begun.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, insert, select

from quotidian.control.dirty_days import SEGMENTS, days_with_events
from quotidian.control.dirty_segments import DirtySegment
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day
from quotidian.domain.kinds import SIZE
from quotidian.domain.segments import Segment
from quotidian.series.publishing import NewPoint, Publication
from quotidian.series.segments.compute import SegmentFacts
from quotidian.series.segments.read import LastSize, last_size, size_body, size_series
from quotidian.series.tallies.publish import publish_tallies
from quotidian.store.tables import series

_NO_ONE = size_body(0)


def publish_segment(
    publication: Publication, segment_id: str, segment: Segment, days: DirtySegment, facts: SegmentFacts
) -> None:
    """Replace sizes and tallies of a segment, each on its days, with those found."""
    if days.size:
        sizes = {day: facts.sizes.get(day, 0) for day in days.size}
        publish_sizes(publication, segment_id, segment, sizes)
    if days.tallies:
        publish_tallies(publication, days.tallies, facts.tallies, segment_id)


def publish_sizes(publication: Publication, segment_id: str, segment: Segment, sizes: Mapping[Day, int]) -> None:
    """Publish sizes of some days (ascending), each until the next day on which it can change, and up to today.

    Between days after today nothing is filled in: one event of the year 2106 would bring points of 80 years.
    """
    connection, workspace = publication.connection, publication.workspace
    series_id = size_series(connection, workspace, segment_id) or _create_series(connection, workspace, segment_id)
    known = days_with_events(connection, workspace.id, SEGMENTS)
    publication.put(
        _size(series_id, day, size)
        for first, size in sizes.items()
        for day in range(first, _end(first, _next_change(first, known, segment.longest_window), publication.today))
    )


def _end(first: Day, next_change: int | None, today: Day) -> int:
    """The day before which a size of a day is filled in."""
    filled = max(first, today) + 1
    return filled if next_change is None else min(next_change, filled)


def _next_change(day: Day, known: Sequence[Day], window: int) -> int | None:
    """The first day after a day on which a size can change; None if there is none."""
    place = bisect_right(known, day + 1)
    if place and known[place - 1] + window > day:
        return day + 1
    return known[place] if place < len(known) else None


def sizes_to_carry(connection: Connection, workspace: Workspace, today: Day) -> dict[int, LastSize]:
    """The last sizes that hold today, and have no point yet of today, by series id."""
    query = select(series.c.id).filter_by(workspace_id=workspace.id, kind=SIZE)
    found = {each: last_size(connection, each, today) for each in connection.execute(query).scalars()}
    return {each: last for each, last in found.items() if last and last.day < today and last.body != _NO_ONE}


def carry_sizes(publication: Publication) -> None:
    """Publish sizes of the days that have begun since those of segments were last published."""
    today = publication.today
    carried = sizes_to_carry(publication.connection, publication.workspace, today)
    publication.put(
        NewPoint(series_id, SIZE, _NO_ONE, Day(day), last.body)
        for series_id, last in carried.items()
        for day in range(last.day + 1, today + 1)
    )


def forget_sizes(publication: Publication, segment_id: str, known: Sequence[Day]) -> None:
    """Of a segment, take back the sizes of days before any day with events that there still is."""
    series_id = size_series(publication.connection, publication.workspace, segment_id)
    if series_id is not None:
        stored = publication.days_with_points([series_id])[series_id]
        publication.put(_size(series_id, day, 0) for day in sorted(stored) if not known or day < known[0])


def _size(series_id: int, day: int, size: int) -> NewPoint:
    return NewPoint(series_id, SIZE, _NO_ONE, Day(day), size_body(size))


def _create_series(connection: Connection, workspace: Workspace, segment_id: str) -> int:
    key = {"workspace_id": workspace.id, "kind": SIZE, "subject": segment_id, "shape": b"", "zero": _NO_ONE}
    return int(connection.execute(insert(series).returning(series.c.id), key).scalar_one())
