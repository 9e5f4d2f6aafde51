"""Gathers the facts of campaigns or canvases from the events: one method a part, which runs the statements (sql/).

Where a number belongs differs between the two: series/campaigns/compute.py, series/canvases/compute.py.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeVar

from quotidian.control.dirty_parts import Scope, Scopes, only, subjects_of
from quotidian.domain.channels import MESSAGES, STEP, VARIANT
from quotidian.domain.days import Day
from quotidian.domain.money import Money
from quotidian.domain.subjects import CONVERSIONS, COUNTS, REVENUE, UNIQUES, SubjectKind
from quotidian.series.messages.asked import Asked
from quotidian.series.messages.attribution import Bought, Conversions, conversions, revenue
from quotidian.series.messages.facts import Button, DayFacts
from quotidian.series.messages.naming import Naming
from quotidian.series.messages.shape import Name, Shape, earlier, later, name_key
from quotidian.store.events import EventStore, StatementFailed
from quotidian.store.passing import is_memory
from quotidian.store.sql import statement

WHOLE_SUBJECT: Final = ""
"""The send_id under which the facts of a whole campaign or canvas are kept."""

_PUSH_OPEN: Final = f"{MESSAGES}pushnotification.Open"

Row = TypeVar("Row")


@dataclass
class SubjectFacts:
    """A campaign or canvas in a range of days: facts by send and day, names, and the first and last times of events.

    Of a canvas also those of entries. Times are in microseconds.
    """

    days: dict[str, dict[Day, DayFacts]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(DayFacts)))
    names: list[tuple[str | None, Name]] = field(default_factory=list)
    first_event: int | None = None
    last_event: int | None = None
    first_entry: int | None = None
    last_entry: int | None = None

    def add_to(self, shape: Shape, days: Iterable[DayFacts]) -> None:
        """Add to a shape what was found, and the facts of the days as they are now."""
        shape.grow(days, self.names, self.first_event, self.last_event)
        shape.add_entries(self.first_entry, self.last_entry)

    def scopes(self, send: str) -> tuple[str, ...]:
        """The keys of `days` under which an event of a send counts: the campaign's, and the send's if there is one."""
        return (WHOLE_SUBJECT, send) if send else (WHOLE_SUBJECT,)


class CountRow(NamedTuple):
    """Events that have all this in common; `first` and `last` are the times of the first and the last of them."""

    subject: str
    send: str
    day: Day
    channel: str
    variation: str
    step: str
    type: str
    details: list[str]
    subject_name: str
    variation_name: str
    step_name: str
    events: int
    first: int
    last: int


class GapElement(NamedTuple):
    """An element of which users are counted who had an event of a type; `hash` stands for all of this in a GapRow."""

    hash: int
    subject: str
    send: str
    place: str
    element_id: str
    type: str


class GapRow(NamedTuple):
    """Users of an element, by the days since their last such event."""

    element: int
    day: Day
    gap: int
    users: int


class _ButtonRow(NamedTuple):
    subject: str
    send: str
    day: Day
    channel: str
    element_id: str
    button: str
    clicks: int
    first: tuple[int, str]


class _NameRow(NamedTuple):
    subject: str
    kind: str
    id: str
    time: int
    event_id: str
    name: str


class Gatherer(ABC):
    """Puts what the statements find where it belongs."""

    kind: SubjectKind

    def __init__(self, events: EventStore, workspace: str) -> None:
        self.found: dict[str, SubjectFacts] = defaultdict(SubjectFacts)
        self._events = events
        self._workspace = workspace

    def gather(self, scopes: Scopes, money: Money) -> dict[str, SubjectFacts]:
        """The facts of the parts that are asked for, by subject.

        If a single day takes too much memory, half of its subjects are tried, and so on. Raises StatementFailed.
        """
        try:
            self._gather(scopes, money)
        except StatementFailed as error:
            halves = self._halves(scopes) if is_memory(error) else ()
            if not halves:
                raise
            self.found.clear()
            found = [type(self)(self._events, self._workspace).gather(half, money) for half in halves]
            return {subject: facts for half in found for subject, facts in half.items()}
        return self.found

    def _gather(self, scopes: Scopes, money: Money) -> None:
        gathering: dict[str, Callable[[Asked], None]] = {
            COUNTS: self.add_counts,
            UNIQUES: self.add_uniques,
            CONVERSIONS: self._add_conversions,
            REVENUE: lambda asked: self._add_revenue(asked, money),
        }
        for part, of_part in scopes.items():
            for scope in of_part:
                gathering[part](self._asked(scope))

    def _halves(self, scopes: Scopes) -> list[Scopes]:
        """Scopes of one day in two, by their subjects; nothing where they are of several days or of one subject."""
        days = {day for of_part in scopes.values() for scope in of_part for day in scope.days}
        subjects = subjects_of(scopes)
        if len(days) > 1:
            return []
        if subjects is None:
            asked = self._asked(Scope(tuple(days)))
            subjects = {subject for (subject,) in self.rows(asked, "subjects", tuple[str])}
        if len(subjects) < 2:
            return []
        ordered = sorted(subjects)
        middle = len(ordered) // 2
        return [only(scopes, half) for half in (ordered[:middle], ordered[middle:])]

    def _asked(self, scope: Scope) -> Asked:
        return Asked(self._workspace, self.kind, scope)

    def rows(self, asked: Asked, query: str, row: type[Row], **values: Any) -> list[Row]:
        """The rows of a statement."""
        return self._events.rows(statement(__package__, query), {**asked.values, **values}, row)

    def add_counts(self, asked: Asked) -> None:
        """Counts of elements, with every subject, send and element that there is; push opens by button; names."""
        rows = self.rows(asked, "counts", CountRow)
        for row in rows:
            subject = self.found[row.subject]
            subject.first_event = earlier(subject.first_event, row.first)
            subject.last_event = later(subject.last_event, row.last)
            for scope in subject.scopes(row.send):
                facts = subject.days[scope][row.day]
                facts.events += row.events
                self.count(facts, row)
        if any(row.type == _PUSH_OPEN for row in rows):
            self._add_buttons(asked)
        self._add_names(asked, rows)

    def _add_buttons(self, asked: Asked) -> None:
        for row in self.rows(asked, "buttons", _ButtonRow, push_open=_PUSH_OPEN):
            buttons = self.found[row.subject].days[row.send][row.day].element(row.channel, row.element_id).buttons
            clicked = Button(row.clicks, row.first)
            buttons[row.button] = buttons[row.button] + clicked if row.button in buttons else clicked

    def _add_names(self, asked: Asked, rows: Iterable[CountRow]) -> None:
        naming = Naming()
        for row in rows:
            for key, name in self._names(row):
                naming.add(row.subject, key, (row.last, name))
        if naming.tied:
            # The largest id is last, whichever shard has it.
            rows_of_moments = self.rows(asked, "names", _NameRow, times=naming.tied)
            for chosen in sorted(rows_of_moments, key=attrgetter("event_id", "name")):
                naming.choose(chosen.subject, self._key_of(chosen.kind, chosen.id), (chosen.time, chosen.name))
        for subject, key, named in naming:
            self.found[subject].names.append((key, named))

    def _names(self, row: CountRow) -> Iterator[tuple[str | None, str]]:
        if row.subject_name:
            yield None, row.subject_name
        if row.variation and row.variation_name:
            yield self._key_of(VARIANT, row.variation), row.variation_name
        if row.step and row.step_name:
            yield self._key_of(STEP, row.step), row.step_name

    def _key_of(self, kind: str, named_id: str) -> str | None:
        """The key of a name in shapes; None for the subject's own."""
        if kind == self.kind.kind:
            return None
        return name_key(kind, named_id) if self.kind.of_canvas else named_id

    @abstractmethod
    def count(self, facts: DayFacts, row: CountRow) -> None:
        """Count events in the facts of their day."""

    @abstractmethod
    def add_uniques(self, asked: Asked) -> None:
        """Users who are counted once in some days."""

    def _add_conversions(self, asked: Asked) -> None:
        """Conversions, on their own day and attributed to the day of the receipt."""
        for row in conversions(self._events, asked):
            self.convert(self.found[row.subject], row)

    def gaps(self, asked: Asked, **values: Any) -> Iterator[tuple[GapElement, GapRow]]:
        """Users of elements by their gaps, and of what element each row is."""
        values |= {"types": tuple(self.kind.lookbacks), **_in_two(self.kind.lookbacks)}
        rows = self.rows(asked, "gaps", GapRow, **values)
        if not rows:
            return
        # Asked for afterwards: an event that is stored meanwhile may bring another element, and takes none away.
        elements = {element.hash: element for element in self.rows(asked, "gap_elements", GapElement, **values)}
        for row in rows:
            element = elements[row.element]
            if asked.scope.holds(element.subject, row.day):
                yield element, row

    @abstractmethod
    def convert(self, subject: SubjectFacts, row: Conversions) -> None:
        """Put conversions where they belong."""

    def _add_revenue(self, asked: Asked, money: Money) -> None:
        """Revenue in micro-dollars, on the day of the purchase."""
        for row in revenue(self._events, asked, money):
            self.buy(self.found[row.subject], row)

    @abstractmethod
    def buy(self, subject: SubjectFacts, row: Bought) -> None:
        """Put revenue where it belongs."""


def _in_two(lookbacks: Mapping[str, int]) -> dict[str, Any]:
    """The types by how many days they look back, which are two numbers at most: gaps.sql has a condition for each."""
    types: dict[int, list[str]] = defaultdict(list)
    for name, days in lookbacks.items():
        types[days].append(name)
    shorter, *others = sorted(types)
    [longer] = others or [shorter]
    return {
        "shorter": shorter,
        "shorter_types": tuple(types[shorter]),
        "longer": longer,
        "longer_types": tuple(types[longer]) if others else ("",),
    }


def event_of(event_type: str) -> str:
    """The last part of the name of an event type: `Open`."""
    return event_type.rpartition(".")[2]
