"""The tallies rollup: how many sessions, custom events and purchases there were, by day and hour (semantics.md §7)."""

from bisect import bisect_right
from collections import defaultdict
from decimal import Decimal
from typing import Final, NamedTuple

from quotidian.channels import CUSTOM_EVENT, PURCHASE, SESSION_START
from quotidian.days import Day
from quotidian.events.store import EventStore
from quotidian.money import Money
from quotidian.series.hours import hours_of
from quotidian.series.tallies import COUNT, QUANTITY, REVENUE, SESSIONS, Tally
from quotidian.sql import statement
from quotidian.workspaces import Workspace

NO_SEGMENT: Final = ""

Tallies = dict[Tally, dict[Day, dict[int, int]]]
"""Tally → day → start of an hour in seconds → number; of revenue micro-dollars."""


class _EventsRow(NamedTuple):
    type: str
    name: str
    app: str
    day: Day
    quarter: int
    events: int


class _PurchasesRow(NamedTuple):
    product: str
    app: str
    day: Day
    quarter: int
    currency: str
    price: Decimal
    purchases: int


def tallies(events: EventStore, workspace: Workspace, days: list[Day], money: Money) -> Tallies:
    """What happened on some days (ascending)."""
    found = event_tallies(events, workspace, days)
    hours = _HourStarts(workspace)
    values = {"workspace": workspace.name, "days": tuple(days), "purchase": PURCHASE}
    for row in events.rows(statement(__package__, "tally_purchases"), values, _PurchasesRow):
        hour = hours.of(row.day, row.quarter)
        found[Tally(QUANTITY, row.product, row.app)][row.day][hour] += row.purchases
        if row.currency in money.usd_rates:
            micros = row.purchases * money.micros(row.price, row.currency)
            found[Tally(REVENUE, row.product, row.app)][row.day][hour] += micros
    return found


def event_tallies(events: EventStore, workspace: Workspace, days: list[Day], segment: str = NO_SEGMENT) -> Tallies:
    """Sessions and custom events of some days (ascending).

    With a segment, of those who are in quotidian.members on the day.
    """
    found: Tallies = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    hours = _HourStarts(workspace)
    values = {
        "workspace": workspace.name,
        "days": tuple(days),
        "session_start": SESSION_START,
        "custom_event": CUSTOM_EVENT,
        "segment": segment,
    }
    for row in events.rows(statement(__package__, "tally_events"), values, _EventsRow):
        kind = SESSIONS if row.type == SESSION_START else COUNT
        found[Tally(kind, row.name, row.app, segment)][row.day][hours.of(row.day, row.quarter)] += row.events
    return found


class _HourStarts:
    """When the hours of a workspace's days begin."""

    def __init__(self, workspace: Workspace) -> None:
        self._zone = workspace.zone
        self._starts: dict[Day, list[int]] = {}

    def of(self, day: Day, quarter: int) -> int:
        """The start of the hour that a quarter of an hour of a day is in."""
        if day not in self._starts:
            self._starts[day] = [hour.start for hour in hours_of(day, self._zone)]
        starts = self._starts[day]
        return starts[max(0, bisect_right(starts, quarter) - 1)]
