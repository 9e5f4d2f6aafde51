"""Finds the events that count in a number, a page at a time, and says how many they are (sql/).

Each class is one way in which events count; sources.py says which a number has. All is read again for each page: a page
is of the moment at which it is asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Any, Final, NamedTuple, Protocol

from quotidian.domain.days import Day
from quotidian.domain.money import Money
from quotidian.series.explain.explanation import Listed
from quotidian.series.messages.asked import Asked
from quotidian.series.messages.attribution import ATTRIBUTED, Timelines, conversion_timelines, purchase_timelines
from quotidian.store.events import EventStore
from quotidian.store.sql import statement
from quotidian.store.sums import total

_DAY_MICROS: Final = 86_400_000_000


class Measure(Enum):
    """What of the events adds up to the number."""

    EVENTS = "events"
    USERS = "distinct users"
    MICROS = "millionths of a dollar"


class Position(NamedTuple):
    """Where a page begins: after `skipped` events of this time and id, before which `listed` were listed."""

    time: int = -(1 << 62)
    id: str = ""
    skipped: int = 0
    listed: int = 0

    def after(self, page: Sequence[Listed]) -> "Position":
        """The position behind a page that began here."""
        last = page[-1]
        same = sum((each.time, each.id) == (last.time, last.id) for each in page)
        if (last.time, last.id) == (self.time, self.id):
            same += self.skipped
        return Position(last.time, last.id, same, self.listed + len(page))


class Source(Protocol):
    """Where the events of a number come from."""

    @property
    def measure(self) -> Measure:
        """What of them adds up to the number."""

    def look(self, events: EventStore, position: Position, limit: int) -> tuple[int, list[Listed]]:
        """What all events add up to, and the first `limit` of them from a position on."""


@dataclass(frozen=True)
class Nothing:
    """No events: for what does not happen, and what counts nowhere."""

    measure: Measure = Measure.EVENTS

    def look(self, events: EventStore, position: Position, limit: int) -> tuple[int, list[Listed]]:  # noqa: ARG002
        """As Source says."""
        return 0, []


@dataclass(frozen=True)
class Counted:
    """Events that count one by one, of some days: `name` is the statement that finds them."""

    name: str
    values: Mapping[str, Any]
    days: range
    measure: Measure = Measure.EVENTS
    money: Money | None = None

    def look(self, events: EventStore, position: Position, limit: int) -> tuple[int, list[Listed]]:
        """As Source says."""
        values = {**self.values, **_between(self.days)}
        return _total(events, found(self.name), values, self.measure, self.money), self._page(events, position, limit)

    def _page(self, events: EventStore, position: Position, limit: int) -> list[Listed]:
        rows: list[Listed] = []
        most = position.skipped + limit
        # The day of an instant is at most one from its day in UTC.
        first = max(self.days.start, position.time // _DAY_MICROS - 1)
        for days in _growing(range(first, self.days.stop)):
            rows += _page(events, found(self.name), {**self.values, **_between(days)}, position, most - len(rows))
            if len(rows) >= most:
                break
        return rows[position.skipped :]


@dataclass(frozen=True)
class Active(Counted):
    """Sessions of many days: their users are counted from the days on which users were active."""

    def look(self, events: EventStore, position: Position, limit: int) -> tuple[int, list[Listed]]:
        """As Source says."""
        users = total(events.rows(statement(__package__, "count_active"), self.values, tuple[int]))
        return users, self._page(events, position, limit)


@dataclass(frozen=True)
class Members(Counted):
    """Events by which members of a segment fulfil its filters: members are counted from who fulfils which filter."""

    def look(self, events: EventStore, position: Position, limit: int) -> tuple[int, list[Listed]]:
        """As Source says."""
        values = {**self.values, "everybody": 1, "first_day": 0, "last_day": 0}
        users = total(events.rows(found("count_members"), values, tuple[int]))
        return users, self._page(events, position, limit)


@dataclass(frozen=True)
class Delivered(Counted):
    """Push messages of a send that did not bounce."""

    def look(self, events: EventStore, position: Position, limit: int) -> tuple[int, list[Listed]]:
        """As Source says. Who bounced and was sent nothing on the day takes the latest of others'."""
        values = {**self.values, **_between(self.days)}
        delivered = max(0, total(events.rows(statement(__package__, "count_delivered"), values, tuple[int])))
        left = min(limit, max(0, delivered - position.listed))
        return delivered, self._page(events, position, left) if left else []


@dataclass(frozen=True)
class Attributed:
    """Conversions, or with `money` purchases, with their receipts; with `received_on` only receipts of a day matter."""

    asked: Asked
    values: Mapping[str, Any]
    money: Money | None = None
    measure: Measure = Measure.EVENTS
    received_on: Day | None = None

    def look(self, events: EventStore, position: Position, limit: int) -> tuple[int, list[Listed]]:
        """As Source says."""
        number, pages, most = 0, [], position.skipped + limit
        with closing(self._timelines(events)) as timelines:
            for of_chunk in timelines:
                values = {**of_chunk, **self.values}
                number += _total(events, ATTRIBUTED, values, self.measure, self.money)
                pages.append(_page(events, ATTRIBUTED, values, position, most))
        return number, list(islice(merge(*pages, key=_ORDER), position.skipped, most))

    def _timelines(self, events: EventStore) -> Timelines:
        if self.money:
            return purchase_timelines(events, self.asked, self.money, with_ids=True)
        return conversion_timelines(events, self.asked, self.received_on, with_ids=True)


_ORDER: Final = itemgetter(0, 1, 2)


def found(name: str) -> str:
    """A statement that finds events; what it asks of segments is put into it."""
    return statement(__package__, name).replace("{fulfilling}", statement(__package__, "fulfilling"))


def _total(events: EventStore, sql: str, values: Mapping[str, Any], measure: Measure, money: Money | None) -> int:
    if measure is Measure.USERS:
        return total(events.rows(statement(__package__, "count_users").replace("{found}", sql), values, tuple[int]))
    rows = events.rows(statement(__package__, "count_events").replace("{found}", sql), values, tuple[str, str, int])
    if measure is Measure.MICROS and money:
        return sum(number * money.micros(price, currency) for currency, price, number in rows)
    return sum(number for _, _, number in rows)


def _page(events: EventStore, sql: str, values: Mapping[str, Any], position: Position, most: int) -> list[Listed]:
    """The first events from a time and id on: those that are to be skipped are among them.

    Each shard has a page of its own, whose events are among the first of all, or behind them.
    """
    asked = {**values, "after": position.time, "from_id": position.id, "limit": most}
    return sorted(events.rows(statement(__package__, "page").replace("{found}", sql), asked, Listed), key=_ORDER)[:most]


def _between(days: range) -> dict[str, Day]:
    return {"first_day": Day(days.start), "last_day": Day(days.stop - 1)}


def _growing(days: range) -> Iterator[range]:
    """Days in chunks, each twice as long as the one before: a page needs the first ones mostly."""
    length, start = 1, days.start
    while start < days.stop:
        yield range(start, min(start + length, days.stop))
        start += length
        length *= 2
