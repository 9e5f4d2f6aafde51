"""What the new events of a batch change of campaigns and canvases: found before they are stored, by what is stored.

An event changes the counts of its own day, and uniques of the days whose look-back it is in. A receipt changes
attribution only on days on which its user converted or bought something within the window: these are looked up. So is
of what a purchase's user had a receipt before it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from quotidian.control.dirty_parts import MOST_SUBJECTS, Change
from quotidian.domain.channels import PURCHASE
from quotidian.domain.days import Day, reach_days
from quotidian.domain.money import Money, WindowGroup
from quotidian.domain.subjects import (
    CONVERSION_WINDOW_SECONDS,
    CONVERSIONS,
    COUNTS,
    EVERY,
    REVENUE,
    UNIQUES,
    SubjectKind,
)
from quotidian.ingest.store_arrivals import NewEvents
from quotidian.store.events import EventStore, Row
from quotidian.store.sql import statement

_CONVERSION_REACH: Final = reach_days(CONVERSION_WINDOW_SECONDS)

_MOST: Final = MOST_SUBJECTS + 1
"""Ask for so many subjects of a day: one more than are told apart."""

_Found = Iterable[tuple[Day, list[str]]]

Key = TypeVar("Key")


@dataclass(frozen=True)
class Marking:
    """Finds what the new events of a workspace change of campaigns, or of canvases.

    `days` are the days of the new events by their type (`days_by_type`).
    """

    events: EventStore
    workspace: str
    kind: SubjectKind
    money: Money
    days: Mapping[str, set[Day]]

    def changes(self) -> Iterator[Change]:
        """What changes."""
        for day, event_type, subjects in self._touched():
            lookback = self.kind.lookbacks.get(event_type, 0)
            for subject in _told_apart(subjects):
                yield Change(subject, COUNTS, day, day)
                if lookback:
                    yield Change(subject, UNIQUES, day, Day(day + lookback - 1))
                if event_type == self.kind.conversion:
                    yield Change(subject, CONVERSIONS, day, day)
        if received := self._days(self.kind.converted):
            yield from _changes(CONVERSIONS, self._conversions_after(received))
        received, bought = self._days(self.kind.bought), self._days((PURCHASE,))
        for group in self.money.window_groups(of_canvas=self.kind.of_canvas):
            if received:
                yield from _changes(REVENUE, self._purchases_after(received, group))
            if bought:
                yield from _changes(REVENUE, self._receipts_before(bought, group))

    def _touched(self) -> Iterator[tuple[Day, str, set[str]]]:
        rows = self._rows("touched_subjects", tuple[Day, str, list[str]]) if self.days else ()
        for (day, event_type), subjects in _joined(((day, name), subjects) for day, name, subjects in rows).items():
            yield day, event_type, subjects

    def _conversions_after(self, received: set[Day]) -> _Found:
        values = {"receipt_types": self.kind.converted, "later_days": _around(received, 0, _CONVERSION_REACH)}
        return self._rows("conversions_after_receipts", tuple[Day, list[str]], **values)

    def _purchases_after(self, received: set[Day], group: WindowGroup) -> _Found:
        values = {"later_days": _around(received, 0, group.reach), **self._of_group(group)}
        return self._rows("purchases_after_receipts", tuple[Day, list[str]], **values)

    def _receipts_before(self, bought: set[Day], group: WindowGroup) -> _Found:
        values = {"earlier_days": _around(bought, -group.reach, 0), **self._of_group(group)}
        return self._rows("receipts_before_purchases", tuple[Day, list[str]], **values)

    def _of_group(self, group: WindowGroup) -> dict[str, Any]:
        is_every = group.subjects is None
        return {
            "receipt_types": self.kind.bought,
            "reach": group.reach,
            "every_subject": int(is_every),
            "every_campaign": int(is_every or self.kind.of_canvas),
            "every_canvas": int(is_every or not self.kind.of_canvas),
            "subjects": tuple(sorted(group.subjects or (EVERY,))),
            "without": (EVERY, *sorted(group.without)),
        }

    def _days(self, types: Iterable[str]) -> set[Day]:
        return {day for name in types for day in self.days.get(name, ())}

    def _rows(self, query: str, row: type[Row], **values: Any) -> list[Row]:
        common = {
            "workspace": self.workspace,
            "of_canvas": int(self.kind.of_canvas),
            "conversion": self.kind.conversion,
            "purchase": PURCHASE,
            "most": _MOST,
        }
        return self.events.rows(statement(__package__, query), {**common, **values}, row)


def days_by_type(kind: SubjectKind, found: Iterable[NewEvents]) -> dict[str, set[Day]]:
    """The days of new events by their type: of those that name a campaign, or a canvas, and of all purchases."""
    days: dict[str, set[Day]] = defaultdict(set)
    for each in found:
        if (each.of_canvas if kind.of_canvas else each.of_campaign) or each.type == PURCHASE:
            days[each.type].add(each.day)
    return days


def _around(days: set[Day], before: int, after: int) -> tuple[int, ...]:
    """The days, with so many before and after each."""
    return tuple(sorted({day + distance for day in days for distance in range(before, after + 1)}))


def _changes(part: str, found: _Found) -> Iterator[Change]:
    for day, subjects in _joined(found).items():
        for subject in _told_apart(subjects):
            yield Change(subject, part, day, day)


def _joined(found: Iterable[tuple[Key, list[str]]]) -> Mapping[Key, set[str]]:
    """The subjects of each key, whichever shards they are on."""
    joined: dict[Key, set[str]] = defaultdict(set)
    for key, subjects in found:
        joined[key].update(subjects)
    return joined


def _told_apart(subjects: Collection[str]) -> Iterable[str]:
    """The subjects; EVERY if they are too many."""
    return subjects if len(subjects) <= MOST_SUBJECTS else (EVERY,)
