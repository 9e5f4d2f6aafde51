"""Which days of which segments a rollup must recompute: their sizes, and the tallies of their members.

What new events change is known in two steps. Their own days are marked before they are stored: on these the tallies of
members change. Whom they make a member, and on which days, is found out when they are stored (series/segments/
fulfilment.py), and what that changes, other than sizes that can just grow, is marked then; until that is done, the
days are in doubt (doubtful_filters.py). The marks are rows of dirty_days, as those of other families: the subject is
the segment.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, select

from quotidian.control.dirty_days import SEGMENTS, Marked, Touched, days_kept, days_with_events
from quotidian.control.dirty_days import mark as mark_parts
from quotidian.domain.days import Day
from quotidian.domain.segments import TYPES, Segment
from quotidian.store.tables import dirty_days

SIZE: Final = "size"
TALLIES: Final = "tallies"

Marks = Mapping[tuple[str, str], Collection[Day]]
"""Days by segment id and part: SIZE or TALLIES."""


class DirtySegment(NamedTuple):
    """The days to compute of one segment, ascending: on which its size, and its tallies, are out of date."""

    size: list[Day]
    tallies: list[Day]


def changing_days(known: Iterable[Day], segment: Segment) -> set[Day]:
    """The days on which the size of a segment is kept, from the days with events.

    An event that leaves a window changes the size on a day that may have no events.
    """
    return {Day(day + later) for day in known for later in range(segment.longest_window + 1)}


def mark(connection: Connection, workspace_id: int, marks: Marks) -> set[Day]:
    """Mark days as dirty, except those that stay as published; returns the days that were marked."""
    kept = days_kept(connection, workspace_id, SEGMENTS)
    marked = [
        Marked(day, segment_id, part) for (segment_id, part), days in marks.items() for day in days if day not in kept
    ]
    mark_parts(connection, workspace_id, SEGMENTS, marked)
    return {each.day for each in marked}


def mark_own_days(
    connection: Connection, workspace_id: int, segments: Mapping[str, Segment], touched: Collection[Touched]
) -> set[Day]:
    """Mark what events change on their own days, whomever they make a member; returns the days that were marked.

    Days with the first events of theirs get sizes, as do those on which these leave a window. To be called before the
    days are noted as days with events.
    """
    if not segments:
        return set()
    counted = {each.day for each in touched if each.type in TYPES["acted"]}
    matched = {each.day for each in touched if _can_match(each)}
    first = matched.difference(days_with_events(connection, workspace_id, SEGMENTS))
    marks: dict[tuple[str, str], Collection[Day]] = {}
    for segment_id, segment in segments.items():
        marks[segment_id, TALLIES] = counted
        marks[segment_id, SIZE] = changing_days(first, segment)
    return mark(connection, workspace_id, marks)


def _can_match(touched: Touched) -> bool:
    if touched.type in TYPES["received"]:
        return bool(touched.of_campaign)
    return any(touched.type in TYPES[kind] for kind in ("active", "event", "purchase"))


def mark_all_of(connection: Connection, workspace_id: int, segments: Mapping[str, Segment]) -> None:
    """Mark every day of some segments as dirty."""
    known = days_with_events(connection, workspace_id, SEGMENTS)
    marks: dict[tuple[str, str], Collection[Day]] = {}
    for segment_id, segment in segments.items():
        marks[segment_id, SIZE] = changing_days(known, segment)
        marks[segment_id, TALLIES] = known
    mark(connection, workspace_id, marks)


def mark_lost(
    connection: Connection, workspace_id: int, segments: Mapping[str, Segment], days: Collection[Day]
) -> None:
    """Mark the tallies of days that no longer have events."""
    mark(connection, workspace_id, {(segment_id, TALLIES): days for segment_id in segments})


def dirty_segments_of(connection: Connection, workspace_id: int, days: Collection[Day]) -> dict[str, DirtySegment]:
    """What is out of date on some days, by segment id."""
    found: dict[str, DirtySegment] = defaultdict(lambda: DirtySegment([], []))
    columns = dirty_days.c
    query = select(columns.subject, columns.part, columns.day).where(
        columns.workspace_id == workspace_id, columns.family == SEGMENTS, columns.day.in_(list(days))
    )
    for segment_id, part, day in connection.execute(query.order_by(columns.day)):
        dirty = found[segment_id]
        (dirty.size if part == SIZE else dirty.tallies).append(day)
    return found


def clean_segment(connection: Connection, workspace_id: int, segment_id: str, days: DirtySegment, marking: int) -> None:
    """Unmark days of a segment, in the transaction that writes their numbers: marks up to a marking."""
    columns = dirty_days.c
    for part, of_part in ((SIZE, days.size), (TALLIES, days.tallies)):
        computed = columns.part == part, columns.day.in_(of_part), columns.marking <= marking
        connection.execute(delete(dirty_days).where(_of_segment(workspace_id, segment_id), *computed))


def forget_segment(connection: Connection, workspace_id: int, segment_id: str) -> None:
    """Unmark all days of a segment: it is gone."""
    connection.execute(delete(dirty_days).where(_of_segment(workspace_id, segment_id)))


def _of_segment(workspace_id: int, segment_id: str) -> ColumnElement[bool]:
    columns = dirty_days.c
    return and_(columns.workspace_id == workspace_id, columns.family == SEGMENTS, columns.subject == segment_id)
