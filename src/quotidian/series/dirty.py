"""Which days a rollup must recompute.

Ingest says which days got events of which types; from the types follows how far the change reaches, since some
numbers look back. A reached day counts only where it has events of its own family: a day without has nothing to
recompute. All this is written down before the events are stored, so a crash in between costs a needless recompute
and never a stale number.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from sqlalchemy import Connection, Table, delete, select

from quotidian.channels import (
    CUSTOM_EVENT,
    FIRST_SESSION,
    PURCHASE,
    RECEIPT_TYPES,
    SESSION_START,
    UNINSTALL,
    UNIQUE_DAYS,
)
from quotidian.days import Day
from quotidian.series.store import add_missing
from quotidian.series.tables import dirty_days, event_days

ACTIVITY: Final = "activity"
CAMPAIGNS: Final = "campaigns"
TALLIES: Final = "tallies"
FAMILIES: Final = (ACTIVITY, TALLIES, CAMPAIGNS)

GAP_CAP: Final = 90
"""Longest gap in days that the gap histograms tell apart, and so the longest window of active users."""

CONVERSION_WINDOW_SECONDS: Final = 2_592_000
"""How long after a receipt a conversion is attributed to it (semantics.md §8)."""

_DAY_SECONDS = 86_400


def reach_days(seconds: int) -> int:
    """How many days later an instant can fall that is `seconds` later, in any time zone.

    One more than the division says: the clock may be put forward in between.
    """
    return seconds // _DAY_SECONDS + 1


_OF_BEHAVIORS: Final[Mapping[str, Mapping[str, int]]] = {
    SESSION_START: {ACTIVITY: GAP_CAP - 1, TALLIES: 0},
    FIRST_SESSION: {ACTIVITY: 0},
    UNINSTALL: {ACTIVITY: 0},
    CUSTOM_EVENT: {TALLIES: 0},
    PURCHASE: {CAMPAIGNS: 0, TALLIES: 0},
}


class Touched(NamedTuple):
    """Some events of a type got or get into a day; whether any of them names a campaign, or a canvas."""

    day: Day
    type: str
    of_campaign: int
    of_canvas: int


def reach(touched: Touched, receipt_seconds: int) -> dict[str, int]:
    """Family → number of days after their own that such events can change.

    `receipt_seconds` is the longest time for which a receipt is looked back to, in this workspace.
    """
    reached = dict(_OF_BEHAVIORS.get(touched.type, {}))
    if touched.of_campaign:
        is_receipt = touched.type in RECEIPT_TYPES
        reached[CAMPAIGNS] = reach_days(receipt_seconds) if is_receipt else UNIQUE_DAYS.get(touched.type, 1) - 1
    return reached


def mark_touched(
    connection: Connection, workspace_id: int, touched: Iterable[Touched], receipt_seconds: int
) -> dict[str, set[Day]]:
    """Note days that get events, and mark as dirty every day whose numbers depend on them; returns these by family."""
    reached: dict[str, dict[int, int]] = {family: {} for family in FAMILIES}
    for each in touched:
        for family, days in reach(each, receipt_seconds).items():
            reached[family][each.day] = max(days, reached[family].get(each.day, 0))
    marked = {}
    for family, starts in reached.items():
        _note(connection, event_days, workspace_id, family, starts)
        known = days_with_events(connection, workspace_id, family)
        marked[family] = _covered(known, starts)
        _note(connection, dirty_days, workspace_id, family, marked[family])
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
    _note(connection, dirty_days, workspace_id, family, days_with_events(connection, workspace_id, family))


def _note(connection: Connection, table: Table, workspace_id: int, family: str, days: Iterable[int]) -> None:
    add_missing(connection, table, ({"workspace_id": workspace_id, "family": family, "day": day} for day in days))


def days_with_events(connection: Connection, workspace_id: int, family: str) -> list[Day]:
    """All days with events of a family, ascending."""
    return _days(connection, event_days, workspace_id, family)


def dirty(connection: Connection, workspace_id: int, family: str) -> list[Day]:
    """The days to recompute, ascending."""
    return _days(connection, dirty_days, workspace_id, family)


def _days(connection: Connection, table: Table, workspace_id: int, family: str) -> list[Day]:
    rows = select(table.c.day).where(table.c.workspace_id == workspace_id, table.c.family == family)
    return list(connection.execute(rows.order_by(table.c.day)).scalars())


def clean(connection: Connection, workspace_id: int, family: str, days: list[Day]) -> None:
    """The days are recomputed: in the transaction that writes their points."""
    table = dirty_days.c
    connection.execute(
        delete(dirty_days).where(table.workspace_id == workspace_id, table.family == family, table.day.in_(days))
    )
