"""Shape: what all points of a campaign or send have in common.

Which elements there are and in which order, their names, the ranks of their buttons, and which conversions have been
seen. Made from the facts of days by taking first and last things only, so merging a day again changes nothing.
"""

from collections.abc import Iterable

import msgspec

from quotidian.domain.channels import CONTROL
from quotidian.series.messages.facts import DayFacts, Element

Name = tuple[int, str, str]
"""(time of the event in microseconds, its id, the name): the greatest is the newest."""


class ElementShape(msgspec.Struct, array_like=True, gc=False):
    """An element, when it was first received, and where each of its buttons first appeared."""

    channel: str
    variation: str
    first_receipt: int | None = None
    buttons: dict[str, tuple[int, str]] = msgspec.field(default_factory=dict)

    @property
    def element(self) -> Element:
        """The element this is the shape of."""
        return Element(self.channel, self.variation)

    @property
    def ranked_buttons(self) -> list[str]:
        """Its buttons by first appearance: the rank of the first is 1."""
        return sorted(self.buttons, key=lambda button: self.buttons[button])

    @property
    def order(self) -> tuple[bool, int, str, bool]:
        """By first receipt, then by id; without a receipt last (semantics.md §4, §8). A message before its control."""
        return (self.first_receipt is None, self.first_receipt or 0, self.variation, self.channel == CONTROL)


class Shape(msgspec.Struct, array_like=True, gc=False):
    """The shape of a series. Times are microseconds; names and event times are kept for whole campaigns only."""

    elements: list[ElementShape] = msgspec.field(default_factory=list)
    conversion_indexes: list[int] = msgspec.field(default_factory=list)
    names: dict[str, Name] = msgspec.field(default_factory=dict)
    campaign_name: Name | None = None
    first_event: int | None = None
    last_event: int | None = None

    def grow(
        self,
        days: Iterable[DayFacts],
        names: Iterable[tuple[str | None, Name]],
        first_event: int | None,
        last_event: int | None,
    ) -> None:
        """Take in what a range of days says."""
        self.add_days(days)
        for variation, name in names:
            self.add_name(variation, name)
        self.add_times(first_event, last_event)

    def add_days(self, days: Iterable[DayFacts]) -> None:
        """Take in what some days say."""
        shapes = {shape.element: shape for shape in self.elements}
        indexes = set(self.conversion_indexes)
        for facts in days:
            for day in facts.elements:
                shape = shapes.setdefault(day.element, ElementShape(day.channel, day.variation))
                shape.first_receipt = earlier(shape.first_receipt, day.first_receipt)
                for title, button in day.buttons.items():
                    shape.buttons[title] = min(button.first, shape.buttons.get(title, button.first))
            indexes.update(facts.conversions)
        self.elements = sorted(shapes.values(), key=lambda shape: (shape.order, shape.channel))
        self.conversion_indexes = sorted(indexes)

    def add_name(self, variation: str | None, name: Name) -> None:
        """Take in a name of a variation, or with None of the campaign: the newest stays."""
        if variation is None:
            self.campaign_name = max(name, self.campaign_name or name)
        else:
            self.names[variation] = max(name, self.names.get(variation, name))

    def add_times(self, first: int | None, last: int | None) -> None:
        """Take in the times of the first and last of some events."""
        self.first_event = earlier(self.first_event, first)
        self.last_event = later(self.last_event, last)

    def name_of(self, variation: str) -> str | None:
        """The newest name of a variation."""
        return self.names[variation][2] if variation in self.names else None


def name_key(kind: str, named_id: str) -> str:
    """Where the shape of a canvas keeps the name of a variant or a step, which may have the same id."""
    return f"{kind} {named_id}"


def shape_of(days: Iterable[DayFacts]) -> Shape:
    """The shape that some days make."""
    shape = Shape()
    shape.add_days(days)
    return shape


def earlier(one: int | None, other: int | None) -> int | None:
    """The earlier of two times, either of which may be unknown."""
    return one if other is None else other if one is None else min(one, other)


def later(one: int | None, other: int | None) -> int | None:
    """The later of two times, either of which may be unknown."""
    return one if other is None else other if one is None else max(one, other)


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Shape)


def encode(shape: Shape) -> bytes:
    """A shape as it is kept."""
    return _ENCODER.encode(shape)


def decode(kept: bytes) -> Shape:
    """A shape as it was kept."""
    return _DECODER.decode(kept) if kept else Shape()
