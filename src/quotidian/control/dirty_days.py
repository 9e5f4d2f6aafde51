"""Which days a rollup must recompute.

Ingest says which days get events of which types. Some numbers look back, so the types tell how many later days change
too. Of these, only days with events of the same family are marked: others have nothing to recompute. Days are marked
before the events are stored, so a crash in between costs a needless recompute and never leaves a stale number.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

from sqlalchemy import Connection, Table, delete, func, select, update

from quotidian.domain.channels import (
    CUSTOM_EVENT,
    FIRST_SESSION,
    PURCHASE,
    RECEIPT_TYPES,
    SESSION_START,
    UNINSTALL,
)
from quotidian.domain.days import Day
from quotidian.domain.subjects import CAMPAIGN_SUBJECTS, CANVAS_SUBJECTS, EVERY, PARTS
from quotidian.store.series import add_missing, replace
from quotidian.store.tables import dirty_days, event_days, kept_days, meta

ACTIVITY: Final = "activity"
CAMPAIGNS: Final = CAMPAIGN_SUBJECTS.family
TALLIES: Final = "tallies"
CANVASES: Final = CANVAS_SUBJECTS.family
SEGMENTS: Final = "segments"
FAMILIES: Final = (CAMPAIGNS, CANVASES, ACTIVITY, TALLIES, SEGMENTS)
"""In the order in which they are computed: what takes longest first, which of live events is served sooner so."""

WHOLE: Final = ""
"""The part, and the subject, of a mark in the families that are computed whole."""

GAP_CAP: Final = 90
"""Longest gap in days that the gap histograms tell apart, and so the longest window of active users."""

AGE_CAP: Final = 90
"""Most days since their first active day by which users are told apart, and so the longest retention."""


_OF_BEHAVIORS: Final[Mapping[str, Mapping[str, int]]] = {
    SESSION_START: {ACTIVITY: max(GAP_CAP - 1, AGE_CAP), TALLIES: 0, SEGMENTS: 0},
    FIRST_SESSION: {ACTIVITY: 0},
    UNINSTALL: {ACTIVITY: 0},
    CUSTOM_EVENT: {TALLIES: 0, SEGMENTS: 0},
    PURCHASE: {CAMPAIGNS: 0, CANVASES: 0, TALLIES: 0, SEGMENTS: 0},
}


class Touched(NamedTuple):
    """A day with events of a type; `of_campaign` and `of_canvas`: 1 if any of them names a campaign, or a canvas."""

    day: Day
    type: str
    of_campaign: int
    of_canvas: int


def reach(touched: Touched) -> dict[str, int]:
    """Family → number of days after their own that such events can change.

    Of campaigns and canvases only the day itself is told here: control/dirty_parts.py knows the rest.
    """
    reached = dict(_OF_BEHAVIORS.get(touched.type, {}))
    if touched.of_campaign:
        reached[CAMPAIGNS] = 0
        if touched.type in RECEIPT_TYPES:
            reached[SEGMENTS] = 0
    if touched.of_canvas:
        reached[CANVASES] = 0
    return reached


def mark_touched(connection: Connection, workspace_id: int, touched: Iterable[Touched]) -> dict[str, set[Day]]:
    """Note days that get events, and mark as dirty every day whose numbers depend on them; returns these by family.

    Of campaigns, canvases and segments the days are noted, and nothing is marked: dirty_parts.py, dirty_segments.py.
    """
    reached: dict[str, dict[int, int]] = {family: {} for family in FAMILIES}
    for each in touched:
        for family, days in reach(each).items():
            reached[family][each.day] = max(days, reached[family].get(each.day, 0))
    marked = {}
    for family, starts in reached.items():
        if not starts:
            continue
        _note(connection, event_days, workspace_id, family, starts)
        if family in (CAMPAIGNS, CANVASES, SEGMENTS):
            continue
        known = days_with_events(connection, workspace_id, family)
        marked[family] = _mark(connection, workspace_id, family, _covered(known, starts))
    return marked


def _covered(known: list[Day], starts: Mapping[int, int]) -> set[Day]:
    """The known days from each start to its reach behind it."""
    return {
        day
        for start, days in starts.items()
        for day in known[bisect_left(known, start) : bisect_right(known, start + days)]
    }


def mark_behind(connection: Connection, workspace_id: int, family: str, starts: Iterable[Day], days: int) -> set[Day]:
    """Mark days with events of a family as dirty, from each start to so many days behind it; returns which."""
    known = days_with_events(connection, workspace_id, family)
    return _mark(connection, workspace_id, family, _covered(known, dict.fromkeys(starts, days)))


def mark_all(connection: Connection, workspace_id: int, family: str) -> None:
    """Mark every day with events of a family as dirty."""
    _mark(connection, workspace_id, family, days_with_events(connection, workspace_id, family))


def mark_days(connection: Connection, workspace_id: int, family: str, days: Iterable[Day]) -> None:
    """Mark some days as dirty, whole: of campaigns and canvases every part of every subject. Not of segments."""
    parts = PARTS if family in (CAMPAIGNS, CANVASES) else (WHOLE,)
    mark(connection, workspace_id, family, [Marked(day, EVERY, part) for day in days for part in parts])


def forget_days(connection: Connection) -> None:
    """Forget which days have events: they are learned anew."""
    connection.execute(delete(event_days))


def keep_published(connection: Connection, workspace_id: int, family: str, days: Iterable[Day]) -> None:
    """Keep the published numbers of days whose events are lost, whatever events come later."""
    _note(connection, event_days, workspace_id, family, days)
    _note(connection, kept_days, workspace_id, family, days)
    clean(connection, workspace_id, family, set(days), last_marking(connection))


def days_kept(connection: Connection, workspace_id: int, family: str) -> set[Day]:
    """The days of a family whose numbers stay as published."""
    return set(_days(connection, kept_days, workspace_id, family))


def count_kept(connection: Connection) -> int:
    """How many days, of all workspaces, stay as published in some family."""
    return _count(connection, kept_days)


def count_dirty(connection: Connection) -> int:
    """How many days, of all workspaces, are dirty in some family."""
    return _count(connection, dirty_days)


def count_event_days(connection: Connection) -> int:
    """How many days have events, of whichever workspaces and families."""
    return int(connection.execute(select(func.count(event_days.c.day.distinct()))).scalar_one())


def has_events(connection: Connection, workspace_id: int) -> bool:
    """Whether a workspace has any event that counts somewhere."""
    query = select(event_days.c.day).where(event_days.c.workspace_id == workspace_id).limit(1)
    return connection.execute(query).first() is not None


def count_out_of_date(connection: Connection) -> int:
    """How many days are dirty, counted once a family and workspace."""
    columns = dirty_days.c
    days = select(columns.workspace_id, columns.family, columns.day).distinct().subquery()
    return int(connection.execute(select(func.count()).select_from(days)).scalar_one())


def count_whole_days_out_of_date(connection: Connection, workspace_id: int) -> int:
    """How many days of a workspace are dirty in a family that is computed whole: they are few, even after a rebuild."""
    columns = dirty_days.c
    wanted = (columns.workspace_id == workspace_id) & columns.family.in_((ACTIVITY, TALLIES))
    return int(connection.execute(select(func.count(columns.day.distinct())).where(wanted)).scalar_one())


def _count(connection: Connection, table: Table) -> int:
    days = select(table.c.workspace_id, table.c.day).distinct().subquery()
    return int(connection.execute(select(func.count()).select_from(days)).scalar_one())


def _mark(connection: Connection, workspace_id: int, family: str, days: Iterable[Day]) -> set[Day]:
    """Mark days as dirty, except those that stay as published; returns which were marked."""
    marked = set(days) - days_kept(connection, workspace_id, family)
    mark(connection, workspace_id, family, (Marked(day) for day in marked))
    return marked


class Marked(NamedTuple):
    """What is out of date on a day: of the families that are computed in parts, a part of a subject."""

    day: Day
    subject: str = WHOLE
    part: str = WHOLE


def mark(connection: Connection, workspace_id: int, family: str, marked: Iterable[Marked]) -> None:
    """Mark as dirty. Markings are numbered: what is computed tells by that what was marked meanwhile."""
    number = connection.execute(_NEXT_MARKING).scalar_one()
    key = {"workspace_id": workspace_id, "family": family, "marking": number}
    replace(connection, dirty_days, ({**key, **each._asdict()} for each in marked))


def last_marking(connection: Connection) -> int:
    """The number of the last marking."""
    return int(connection.execute(select(meta.c.markings)).scalar_one())


def _note(connection: Connection, table: Table, workspace_id: int, family: str, days: Iterable[int]) -> None:
    add_missing(connection, table, ({"workspace_id": workspace_id, "family": family, "day": day} for day in days))


def days_with_events(connection: Connection, workspace_id: int, family: str) -> list[Day]:
    """All days with events of a family, ascending."""
    return _days(connection, event_days, workspace_id, family)


def first_day(connection: Connection, workspace_id: int, family: str) -> Day:
    """The first day with events of a family; 0 if there is none."""
    columns = event_days.c
    of_family = (columns.workspace_id == workspace_id) & (columns.family == family)
    return Day(connection.execute(select(func.min(columns.day)).where(of_family)).scalar_one() or 0)


def dirty(connection: Connection, workspace_id: int, family: str) -> list[Day]:
    """The days to recompute, ascending."""
    return _days(connection, dirty_days, workspace_id, family)


def _days(connection: Connection, table: Table, workspace_id: int, family: str) -> list[Day]:
    rows = select(table.c.day).where(table.c.workspace_id == workspace_id, table.c.family == family)
    return list(connection.execute(rows.distinct().order_by(table.c.day)).scalars())


def is_dirty(connection: Connection, marking: int) -> bool:
    """Whether anything is dirty that was marked by then, and not since."""
    found = select(dirty_days.c.day).where(dirty_days.c.marking <= marking).limit(1)
    return connection.execute(found).first() is not None


def clean(connection: Connection, workspace_id: int, family: str, days: Collection[Day], marking: int) -> None:
    """Unmark days, in the transaction that writes their points: marks up to the last marking that was computed.

    What was marked later stays marked.
    """
    table = dirty_days.c
    of_days = (table.workspace_id == workspace_id) & (table.family == family) & table.day.in_(days)
    connection.execute(delete(dirty_days).where(of_days, table.marking <= marking))


_NEXT_MARKING = update(meta).values(markings=meta.c.markings + 1).returning(meta.c.markings)
