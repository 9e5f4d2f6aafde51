"""The tallies rollup: how many sessions, custom events and purchases there were, by day and hour (semantics.md §7)."""

from bisect import bisect_right
from collections import defaultdict
from math import gcd
from typing import Final, NamedTuple

from quotidian.control.workspaces import Workspace
from quotidian.domain.channels import CUSTOM_EVENT, PURCHASE, SESSION_START
from quotidian.domain.days import Day
from quotidian.domain.hours import hours_of
from quotidian.domain.kinds import COUNT, QUANTITY, REVENUE, SESSIONS
from quotidian.domain.money import Money
from quotidian.series.tallies.read import Tally
from quotidian.store.events import EventStore
from quotidian.store.sql import statement

NO_SEGMENT: Final = ""

ALL: Final = ""
"""The app or product of tallies over all apps or products. Events that name none count only there."""

Tallies = dict[Tally, dict[Day, dict[int, int]]]
"""Tally → day → start of an hour in seconds since 1970 → number; revenue in micro-dollars."""


class _EventsRow(NamedTuple):
    type: str
    name: str
    app: str
    day: Day
    start: int
    events: int


class _PurchasesRow(NamedTuple):
    product: str
    app: str
    day: Day
    start: int
    currency: str
    purchases: int
    of_price: list[tuple[str, int]]


def tallies(events: EventStore, workspace: Workspace, days: list[Day], money: Money) -> Tallies:
    """The tallies of some days (ascending), of everyone."""
    found = event_tallies(events, workspace, days)
    hours = _HourStarts(workspace, days)
    values = {"workspace": workspace.name, "days": tuple(days), "purchase": PURCHASE, "step": hours.step}
    for row in events.rows(statement(__package__, "tally_purchases"), values, _PurchasesRow):
        hour = hours.of(row.day, row.start)
        is_rated = row.currency in money.usd_rates
        micros = money.micros_of(row.currency, row.of_price) if is_rated else 0
        for product in {ALL, row.product}:
            for app in {ALL, row.app}:
                found[Tally(QUANTITY, product, app)][row.day][hour] += row.purchases
                if is_rated:
                    found[Tally(REVENUE, product, app)][row.day][hour] += micros
    return found


def event_tallies(events: EventStore, workspace: Workspace, days: list[Day], segment: str = NO_SEGMENT) -> Tallies:
    """Tallies of the sessions and custom events of some days (ascending).

    With a segment, only of the users that members has on the day of the event.
    """
    found: Tallies = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    hours = _HourStarts(workspace, days)
    values = {
        "workspace": workspace.name,
        "days": tuple(days),
        "session_start": SESSION_START,
        "custom_event": CUSTOM_EVENT,
        "step": hours.step,
    }
    counted = "tally_members" if segment else "tally_events"
    for row in events.rows(statement(__package__, counted), values, _EventsRow):
        kind = SESSIONS if row.type == SESSION_START else COUNT
        hour = hours.of(row.day, row.start)
        for app in {ALL, row.app}:
            found[Tally(kind, row.name, app, segment)][row.day][hour] += row.events
    return found


class _HourStarts:
    """Finds the hour that a time belongs to. Queries group by `step` seconds, and each step lies within one hour."""

    def __init__(self, workspace: Workspace, days: list[Day]) -> None:
        self._starts = {day: [hour.start for hour in hours_of(day, workspace.zone)] for day in days}
        # An hour in most time zones. Where offsets are not whole hours, the largest step that divides every start.
        self.step = gcd(3600, *(start for starts in self._starts.values() for start in starts))

    def of(self, day: Day, second: int) -> int:
        """The start of the hour of a day that has this second."""
        starts = self._starts[day]
        return starts[max(0, bisect_right(starts, second) - 1)]
