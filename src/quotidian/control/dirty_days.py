"""Which days a rollup must recompute.

Ingest says which days get events of which types. Some numbers look back, so the types tell how many later days change
too. Of these, only days with events of the same family are marked: others have nothing to recompute. Days are marked
before the events are stored, so a crash in between costs a needless recompute and never leaves a stale number.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from sqlalchemy import Connection, Table, delete, func, select, union

from quotidian.domain.channels import (
    CANVAS_ENTRY,
    CUSTOM_EVENT,
    FIRST_SESSION,
    PURCHASE,
    RECEIPT_TYPES,
    SESSION_START,
    UNINSTALL,
    UNIQUE_DAYS,
)
from quotidian.domain.days import Day
from quotidian.store.series import add_missing
from quotidian.store.tables import dirty_days, dirty_segments, event_days, kept_days

ACTIVITY: Final = "activity"
CAMPAIGNS: Final = "campaigns"
TALLIES: Final = "tallies"
CANVASES: Final = "canvases"
SEGMENTS: Final = "segments"
FAMILIES: Final = (ACTIVITY, TALLIES, CAMPAIGNS, CANVASES, SEGMENTS)

GAP_CAP: Final = 90
"""Longest gap in days that the gap histograms tell apart, and so the longest window of active users."""

STEP_GAP_CAP: Final = 30
"""The same for the steps of canvases: enough for the look-backs of uniques, and for the 14 days of a summary."""

CONVERSION_WINDOW_SECONDS: Final = 2_592_000
"""How long after a receipt a conversion is attributed to it (semantics.md §8)."""

_DAY_SECONDS = 86_400


def reach_days(seconds: int) -> int:
    """How many days later an instant can fall that is `seconds` later, in any time zone.

    One more than the division says: the instant may be late in the day, or the clock put forward in between.
    """
    return seconds // _DAY_SECONDS + 1


_OF_BEHAVIORS: Final[Mapping[str, Mapping[str, int]]] = {
    SESSION_START: {ACTIVITY: GAP_CAP - 1, TALLIES: 0, SEGMENTS: 0},
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


def reach(touched: Touched, receipt_seconds: int) -> dict[str, int]:
    """Family → number of days after their own that such events can change.

    `receipt_seconds` is the longest time in this workspace that anything may come after its receipt.
    """
    reached = dict(_OF_BEHAVIORS.get(touched.type, {}))
    if touched.of_campaign:
        is_receipt = touched.type in RECEIPT_TYPES
        reached[CAMPAIGNS] = reach_days(receipt_seconds) if is_receipt else UNIQUE_DAYS.get(touched.type, 1) - 1
        if is_receipt:
            reached[SEGMENTS] = 0
    if touched.of_canvas:
        reached[CANVASES] = _reach_of_canvas(touched.type, receipt_seconds)
    return reached


def _reach_of_canvas(event_type: str, receipt_seconds: int) -> int:
    if event_type in RECEIPT_TYPES or event_type == CANVAS_ENTRY:
        return max(reach_days(receipt_seconds), STEP_GAP_CAP - 1)
    return STEP_GAP_CAP - 1 if event_type in UNIQUE_DAYS else 0


class Lookback(NamedTuple):
    """What the catalogue says of look-backs: the longest revenue window in seconds."""

    receipt_seconds: int


def mark_touched(
    connection: Connection, workspace_id: int, touched: Iterable[Touched], lookback: Lookback
) -> dict[str, set[Day]]:
    """Note days that get events, and mark as dirty every day whose numbers depend on them; returns these by family."""
    reached: dict[str, dict[int, int]] = {family: {} for family in FAMILIES}
    for each in touched:
        for family, days in reach(each, lookback.receipt_seconds).items():
            reached[family][each.day] = max(days, reached[family].get(each.day, 0))
    marked = {}
    for family, starts in reached.items():
        if not starts:
            continue
        _note(connection, event_days, workspace_id, family, starts)
        if family == SEGMENTS:
            # Marked by segment: control/dirty_segments.py.
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


def mark_all(connection: Connection, workspace_id: int, family: str) -> None:
    """Mark every day with events of a family as dirty."""
    _mark(connection, workspace_id, family, days_with_events(connection, workspace_id, family))


def keep_published(connection: Connection, workspace_id: int, family: str, days: Iterable[Day]) -> None:
    """Keep the published numbers of days whose events are lost, whatever events come later."""
    _note(connection, event_days, workspace_id, family, days)
    _note(connection, kept_days, workspace_id, family, days)
    clean(connection, workspace_id, family, list(days))


def days_kept(connection: Connection, workspace_id: int, family: str) -> set[Day]:
    """The days of a family whose numbers stay as published."""
    return set(_days(connection, kept_days, workspace_id, family))


def count_kept(connection: Connection) -> int:
    """How many days, of all workspaces, stay as published in some family."""
    return _count(connection, kept_days)


def count_dirty(connection: Connection) -> int:
    """How many days, of all workspaces, are dirty in some family."""
    return _count(connection, dirty_days, dirty_segments)


def count_event_days(connection: Connection) -> int:
    """How many days have events, of whichever workspaces and families."""
    return int(connection.execute(select(func.count(event_days.c.day.distinct()))).scalar_one())


def has_events(connection: Connection, workspace_id: int) -> bool:
    """Whether a workspace has any event that counts somewhere."""
    query = select(event_days.c.day).where(event_days.c.workspace_id == workspace_id).limit(1)
    return connection.execute(query).first() is not None


def _count(connection: Connection, *tables: Table) -> int:
    days = union(*(select(table.c.workspace_id, table.c.day) for table in tables)).subquery()
    return int(connection.execute(select(func.count()).select_from(days)).scalar_one())


def _mark(connection: Connection, workspace_id: int, family: str, days: Iterable[Day]) -> set[Day]:
    """Mark days as dirty, except those that stay as published; returns which were marked."""
    marked = set(days) - days_kept(connection, workspace_id, family)
    _note(connection, dirty_days, workspace_id, family, marked)
    return marked


def _note(connection: Connection, table: Table, workspace_id: int, family: str, days: Iterable[int]) -> None:
    add_missing(connection, table, ({"workspace_id": workspace_id, "family": family, "day": day} for day in days))


def days_with_events(connection: Connection, workspace_id: int, family: str) -> list[Day]:
    """All days with events of a family, ascending."""
    return _days(connection, event_days, workspace_id, family)


def dirty(connection: Connection, workspace_id: int, family: str) -> list[Day]:
    """The days to recompute, ascending."""
    if family == SEGMENTS:
        days = select(dirty_segments.c.day).distinct().where(dirty_segments.c.workspace_id == workspace_id)
        return list(connection.execute(days.order_by(dirty_segments.c.day)).scalars())
    return _days(connection, dirty_days, workspace_id, family)


def _days(connection: Connection, table: Table, workspace_id: int, family: str) -> list[Day]:
    rows = select(table.c.day).where(table.c.workspace_id == workspace_id, table.c.family == family)
    return list(connection.execute(rows.order_by(table.c.day)).scalars())


def clean(connection: Connection, workspace_id: int, family: str, days: list[Day]) -> None:
    """Unmark days, in the transaction that writes their points."""
    table = dirty_days.c
    connection.execute(
        delete(dirty_days).where(table.workspace_id == workspace_id, table.family == family, table.day.in_(days))
    )
