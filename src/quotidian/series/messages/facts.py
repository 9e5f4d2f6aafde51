"""Facts: what the events of one day say for one campaign, one send or one canvas.

A point needs more than the events of its own day. A conversion is attributed to the day of its receipt, up to a month
earlier, and every point shows all elements that the campaign or canvas ever had. So the rollup keeps facts by source
day, the day of the events, and rendering collects what a point needs (campaigns/render.py, canvases/render.py).
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeVar

import msgspec

from quotidian.domain.days import Day
from quotidian.domain.subjects import CONVERSIONS, COUNTS, REVENUE, UNIQUES

Key = TypeVar("Key", int, str)
Number = TypeVar("Number")


class Element(NamedTuple):
    """A part of a campaign or canvas that has numbers of its own (series/messages/__init__.py)."""

    place: str
    id: str


class Button(msgspec.Struct, array_like=True, gc=False):
    """Clicks of a button on one day, and the (time in microseconds, event id) of the first."""

    clicks: int
    first: tuple[int, str]

    def __add__(self, other: "Button") -> "Button":
        return Button(self.clicks + other.clicks, min(self.first, other.first))


class ElementFacts(msgspec.Struct, array_like=True, gc=False):
    """The facts of one element.

    `first_at` is the time in microseconds by which elements are ordered: of a message variation its first receipt, of a
    variant or step the first event that names it. `counts` has the keys `Open` (all events of a type) and
    `Open.without_button` (those with a detail), `uniques` the key `Open.unique`. `revenue` is in micro-dollars. `gaps`
    are of canvases only, instead of `uniques`: event → days since a user's last such event → users.
    """

    place: str
    id: str
    first_at: int | None = None
    recipients: int = 0
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    uniques: dict[str, int] = msgspec.field(default_factory=dict)
    buttons: dict[str, Button] = msgspec.field(default_factory=dict)
    conversions: dict[int, int] = msgspec.field(default_factory=dict)
    revenue: int = 0
    gaps: dict[str, dict[int, int]] = msgspec.field(default_factory=dict)

    @property
    def element(self) -> Element:
        """Its place and id."""
        return Element(self.place, self.id)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing of it on the day."""
        return self == ElementFacts(self.place, self.id)

    def put(self, part: str, found: "ElementFacts") -> None:
        """Replace a part with what was found."""
        for name in _OF_ELEMENTS[part]:
            setattr(self, name, getattr(found, name))


class Attributed(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Conversions of the source day, and the day and element they are attributed to; place '' without a receipt."""

    day: Day
    place: str
    element_id: str
    index: int
    conversions: int


class DayFacts(msgspec.Struct, array_like=True, gc=False):
    """The facts of one series on one source day: by element, totals of the day, and attributed conversions.

    `events` is the number of all events, counted anywhere or not.
    """

    elements: list[ElementFacts] = msgspec.field(default_factory=list)
    events: int = 0
    recipients: int = 0
    conversions: dict[int, int] = msgspec.field(default_factory=dict)
    revenue: int = 0
    attributed: list[Attributed] = msgspec.field(default_factory=list)

    def element(self, place: str, element_id: str) -> ElementFacts:
        """The facts of one element, added if it is not there."""
        for element in self.elements:
            if element.place == place and element.id == element_id:
                return element
        self.elements.append(ElementFacts(place, element_id))
        return self.elements[-1]

    @property
    def is_empty(self) -> bool:
        """Whether the day has nothing of this series."""
        return self == _NO_FACTS

    def put(self, part: str, found: "DayFacts") -> None:
        """Replace a part of this day's facts (control/dirty_parts.py) with what was found, be it nothing."""
        for name in _OF_DAYS[part]:
            setattr(self, name, getattr(found, name))
        for element in {each.element for each in (*self.elements, *found.elements)}:
            self.element(*element).put(part, found.element(*element))
        self.elements = [each for each in self.elements if not each.is_empty]

    def sort(self) -> None:
        """Sort everything, so that equal facts are encoded as equal bytes, wherever their events are."""
        self.elements.sort(key=lambda facts: facts.element)
        for facts in self.elements:
            facts.counts = _sorted(facts.counts)
            facts.uniques = _sorted(facts.uniques)
            facts.buttons = _sorted(facts.buttons)
            facts.conversions = _sorted(facts.conversions)
            facts.gaps = {event: _sorted(gaps) for event, gaps in _sorted(facts.gaps).items()}
        self.conversions = _sorted(self.conversions)
        self.attributed = _added(self.attributed)


_NO_FACTS: Final = DayFacts()

# The fields that each part has, of a day and of its elements.
_OF_DAYS: Final = {
    COUNTS: ("events", "recipients"),
    UNIQUES: (),
    CONVERSIONS: ("conversions", "attributed"),
    REVENUE: ("revenue",),
}
_OF_ELEMENTS: Final = {
    COUNTS: ("first_at", "recipients", "counts", "buttons"),
    UNIQUES: ("uniques", "gaps"),
    CONVERSIONS: ("conversions",),
    REVENUE: ("revenue",),
}


def _added(attributed: Iterable[Attributed]) -> list[Attributed]:
    """Attributed conversions, those with everything in common as one."""
    numbers: Counter[tuple[Day, str, str, int]] = Counter()
    for each in attributed:
        numbers[each.day, each.place, each.element_id, each.index] += each.conversions
    return [Attributed(*key, number) for key, number in sorted(numbers.items())]


def _sorted(numbers: dict[Key, Number]) -> dict[Key, Number]:
    return dict(sorted(numbers.items())) if len(numbers) > 1 else numbers


def add(counts: dict[Key, int], index: Key, number: int) -> None:
    """Add to a count that may not be there yet."""
    counts[index] = counts.get(index, 0) + number


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(DayFacts)


def encode_facts(facts: DayFacts) -> bytes:
    """The JSON in which facts are stored; sorts them."""
    facts.sort()
    return _ENCODER.encode(facts)


def decode_facts(kept: bytes) -> DayFacts:
    """Facts from their stored JSON."""
    return _DECODER.decode(kept)
