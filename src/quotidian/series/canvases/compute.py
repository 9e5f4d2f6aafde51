"""The canvas rollup: from events to the facts of days (semantics.md §7, Canvas).

Facts have the form of a campaign's. Their elements are variants, steps, and steps in a channel.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeVar

from quotidian.control.dirty_days import STEP_GAP_CAP
from quotidian.domain.channels import (
    CANVAS_CONVERSION,
    CANVAS_ENTRY,
    CHANNEL_BY_KEY,
    ENROLMENT,
    MESSAGES,
    RECEIPT_TYPES,
    STEP,
    UNIQUE_DAYS,
    VARIANT,
    WHOLE_TYPE,
    Count,
)
from quotidian.domain.days import Day
from quotidian.domain.kinds import CANVAS
from quotidian.domain.money import Money
from quotidian.series.messages.attribution import BY_ENTRY, BY_ENTRY_AND_STEP, conversions, revenue
from quotidian.series.messages.facts import Attributed, Button, DayFacts, add
from quotidian.series.messages.shape import Name, earlier, later, name_key
from quotidian.store.events import EventStore
from quotidian.store.sql import statement

ENTRIES: Final = "Entry"
"""The key of a variant's entries in its counts."""

RECIPIENTS: Final = ""
"""The key in a step's gaps for users who received a message of it; other keys are names of events."""

_PUSH_OPEN = f"{MESSAGES}pushnotification.Open"
_MESSAGE_RECEIPTS = tuple(name for name in RECEIPT_TYPES if name != ENROLMENT)

Row = TypeVar("Row")


@dataclass
class CanvasFacts:
    """One canvas in a range of days: facts by day, names, and microseconds of its first and last event and entry."""

    days: dict[Day, DayFacts] = field(default_factory=lambda: defaultdict(DayFacts))
    names: list[tuple[str | None, Name]] = field(default_factory=list)
    first_event: int | None = None
    last_event: int | None = None
    first_entry: int | None = None
    last_entry: int | None = None


def canvas_facts(events: EventStore, workspace: str, days: list[Day], money: Money) -> dict[str, CanvasFacts]:
    """Facts of all canvases on some days (ascending), by canvas id."""
    gathering = _Gathering(events, workspace, days)
    gathering.add_counts()
    gathering.add_gaps()
    gathering.add_buttons()
    gathering.add_names()
    gathering.add_conversions()
    gathering.add_revenue(money)
    return gathering.found


class _CountRow(NamedTuple):
    canvas: str
    day: Day
    channel: str
    step: str
    variant: str
    type: str
    detail: str
    events: int
    first: int
    last: int


class _GapRow(NamedTuple):
    canvas: str
    place: str
    step: str
    type: str
    day: Day
    gap: int
    users: int


class _ButtonRow(NamedTuple):
    canvas: str
    day: Day
    channel: str
    step: str
    button: str
    clicks: int
    first: tuple[int, str]


class _NameRow(NamedTuple):
    canvas: str
    kind: str
    id: str
    newest: Name


class _Gathering:
    """Runs the queries of the rollup and puts what they find where it belongs. One method a query."""

    def __init__(self, events: EventStore, workspace: str, days: list[Day]) -> None:
        self.found: dict[str, CanvasFacts] = defaultdict(CanvasFacts)
        self._events = events
        self._workspace = workspace
        self._days = days
        # Every event of a canvas is counted first, so what has no such type on these days need not be asked for.
        self._types: set[str] = set()

    def _rows(self, query: str, row: type[Row], **values: Any) -> list[Row]:
        bounds = {"first_day": self._days[0], "last_day": self._days[-1]}
        given = {"workspace": self._workspace, "days": tuple(self._days), **bounds, **values}
        return self._events.rows(statement(__package__, query), given, row)

    def add_counts(self) -> None:
        """Counts of steps by channel, and entries of variants; with them everything that there is."""
        for row in self._rows("canvas_counts", _CountRow):
            self._types.add(row.type)
            canvas = self.found[row.canvas]
            canvas.first_event = earlier(canvas.first_event, row.first)
            canvas.last_event = later(canvas.last_event, row.last)
            facts = canvas.days[row.day]
            for kind, named_id in ((STEP, row.step), (VARIANT, row.variant)):
                if named_id:
                    element = facts.element(kind, named_id)
                    element.first_at = earlier(element.first_at, row.first)
            if row.type == CANVAS_ENTRY and row.detail == WHOLE_TYPE:
                canvas.first_entry = earlier(canvas.first_entry, row.first)
                canvas.last_entry = later(canvas.last_entry, row.last)
                _count(facts, VARIANT, row.variant, ENTRIES, row.events)
            if row.step and row.channel in CHANNEL_BY_KEY:
                _count(facts, row.channel, row.step, Count(_event(row.type), row.detail).key, row.events)

    def add_gaps(self) -> None:
        """How long ago users had the same before: uniques of a day, and of any range of days up to the cap."""
        counted = self._types.intersection((*_MESSAGE_RECEIPTS, *UNIQUE_DAYS))
        if not counted:
            return
        values = {
            "receipt_types": _MESSAGE_RECEIPTS,
            "unique_types": tuple(UNIQUE_DAYS),
            "counted_types": tuple(counted),
            "step": STEP,
            "cap": STEP_GAP_CAP,
        }
        for row in self._rows("canvas_gaps", _GapRow, **values):
            element = self.found[row.canvas].days[row.day].element(row.place, row.step)
            element.gaps.setdefault(_event(row.type), {})[row.gap] = row.users

    def add_buttons(self) -> None:
        """Push opens by button."""
        if _PUSH_OPEN not in self._types:
            return
        for row in self._rows("canvas_buttons", _ButtonRow, push_open=_PUSH_OPEN):
            element = self.found[row.canvas].days[row.day].element(row.channel, row.step)
            element.buttons[row.button] = Button(row.clicks, row.first)

    def add_names(self) -> None:
        """Newest names of canvases, variants and steps."""
        if not self._types:
            return
        for row in self._rows("canvas_names", _NameRow, canvas=CANVAS, variant=VARIANT, step=STEP):
            key = None if row.kind == CANVAS else name_key(row.kind, row.id)
            self.found[row.canvas].names.append((key, row.newest))

    def add_conversions(self) -> None:
        """Conversions, on their day and by entry time: of the canvas, the entry's variant, the step that they name."""
        if CANVAS_CONVERSION not in self._types:
            return
        for row in conversions(self._events, self._workspace, self._days, BY_ENTRY):
            entry, index, step = row.receipt, row.conversion.behavior, row.conversion.step
            facts = self.found[row.subject].days[row.conversion.day]
            add(facts.conversions, index, row.number)
            elements = [(VARIANT, entry.element_id)] if row.has_receipt else []
            elements += [(STEP, step)] if step else []
            for element in elements:
                add(facts.element(*element).conversions, index, row.number)
            # One that is of no variant is of the canvas all the same.
            for place, element_id in {(VARIANT, entry.element_id), *elements}:
                facts.attributed.append(Attributed(entry.day, place, element_id, index, row.number))

    def add_revenue(self, money: Money) -> None:
        """Revenue in micro-dollars, of the canvas and the entry's variant, and of the step that was received last."""
        for row in revenue(self._events, self._workspace, self._days, BY_ENTRY_AND_STEP, money):
            facts = self.found[row.subject].days[row.day]
            facts.element(row.place, row.element_id).revenue += row.micros
            if row.place == VARIANT:
                facts.revenue += row.micros


def _count(facts: DayFacts, place: str, named_id: str, key: str, number: int) -> None:
    add(facts.element(place, named_id).counts, key, number)


def _event(event_type: str) -> str:
    return event_type.rpartition(".")[2]
