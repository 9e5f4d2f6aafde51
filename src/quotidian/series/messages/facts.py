"""Facts: what the events of one day say for one campaign, or for one send of it.

A point needs more than its own day: a conversion counts by send time on its receipt's day, up to a month earlier, and
every point shows all elements the campaign ever had. So the rollup keeps, per source day, what only that day's events
decide (with their look-back); rendering adds up what a point needs (series/campaigns/render.py).
"""

from typing import NamedTuple, TypeVar

import msgspec

from quotidian.domain.days import Day

Key = TypeVar("Key", int, str)
Number = TypeVar("Number")


class Element(NamedTuple):
    """One (channel, message variation) of a campaign; variation '' where events name none."""

    channel: str
    variation: str


class Button(msgspec.Struct, array_like=True, gc=False):
    """Clicks of a button on one day, and the (time in microseconds, event id) of the first."""

    clicks: int
    first: tuple[int, str]


class ElementFacts(msgspec.Struct, array_like=True, gc=False):
    """What a day says of one element.

    `counts` is keyed `Open` (all events of a type), `Open.without_button` (those with a detail) and `Open.unique`.
    Revenue is in micro-dollars, times in microseconds. `gaps` are of canvases: by event, users by the days since they
    last had it.
    """

    channel: str
    variation: str
    first_receipt: int | None = None
    recipients: int = 0
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    buttons: dict[str, Button] = msgspec.field(default_factory=dict)
    conversions: dict[int, int] = msgspec.field(default_factory=dict)
    revenue: int = 0
    gaps: dict[str, dict[int, int]] = msgspec.field(default_factory=dict)

    @property
    def element(self) -> Element:
        """The element these facts are of."""
        return Element(self.channel, self.variation)


class Attributed(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Conversions of the source day by the day they count on by send time; no channel where there was no receipt."""

    day: Day
    channel: str
    variation: str
    index: int
    conversions: int


class DayFacts(msgspec.Struct, array_like=True, gc=False):
    """All that one source day says for one series: its elements, the day's totals, and conversions by send time."""

    elements: list[ElementFacts] = msgspec.field(default_factory=list)
    recipients: int = 0
    conversions: dict[int, int] = msgspec.field(default_factory=dict)
    revenue: int = 0
    by_send_time: list[Attributed] = msgspec.field(default_factory=list)

    def of(self, channel: str, variation: str) -> ElementFacts:
        """The facts of one element, added if it is not there."""
        for element in self.elements:
            if element.channel == channel and element.variation == variation:
                return element
        self.elements.append(ElementFacts(channel, variation))
        return self.elements[-1]

    def sort(self) -> None:
        """Put everything in one order, so that equal facts are equal bytes."""
        self.elements.sort(key=lambda facts: facts.element)
        for facts in self.elements:
            facts.counts = _sorted(facts.counts)
            facts.buttons = _sorted(facts.buttons)
            facts.conversions = _sorted(facts.conversions)
            facts.gaps = {event: _sorted(gaps) for event, gaps in _sorted(facts.gaps).items()}
        self.conversions = _sorted(self.conversions)
        self.by_send_time.sort(key=lambda each: (each.day, each.channel, each.variation, each.index, each.conversions))


def _sorted(numbers: dict[Key, Number]) -> dict[Key, Number]:
    return dict(sorted(numbers.items())) if len(numbers) > 1 else numbers


def add(counts: dict[Key, int], index: Key, number: int) -> None:
    """Add to a count that may not be there yet."""
    counts[index] = counts.get(index, 0) + number


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(DayFacts)


def encode(facts: DayFacts) -> bytes:
    """Facts as they are kept."""
    facts.sort()
    return _ENCODER.encode(facts)


def decode(kept: bytes) -> DayFacts:
    """Facts as they were kept."""
    return _DECODER.decode(kept)
