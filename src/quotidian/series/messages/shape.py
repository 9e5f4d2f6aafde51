"""Shape: what all points of a campaign, a send or a canvas have in common.

A shape says which elements there are and in which order, their names, the ranks of their buttons, and which conversions
were seen. It keeps only what was first or last, so that adding the facts of a day twice changes nothing.
"""

from collections.abc import Iterable

import msgspec

from quotidian.domain.channels import CONTROL
from quotidian.series.messages.facts import DayFacts, Element

Name = tuple[int, str]
"""(time of the last event with the name, in microseconds; the name)."""


class ElementShape(msgspec.Struct, array_like=True, gc=False):
    """An element, the time it is ordered by, and the (time, event id) at which each button first appeared."""

    place: str
    id: str
    first_at: int | None = None
    buttons: dict[str, tuple[int, str]] = msgspec.field(default_factory=dict)

    @property
    def element(self) -> Element:
        """Its place and id."""
        return Element(self.place, self.id)

    @property
    def ranked_buttons(self) -> list[str]:
        """Its buttons by first appearance: the rank of the first is 1."""
        return sorted(self.buttons, key=lambda button: self.buttons[button])

    @property
    def order(self) -> tuple[bool, int, str, bool]:
        """By `first_at`, then by id; without one last (semantics.md §4, §8). A message precedes its control group."""
        return (self.first_at is None, self.first_at or 0, self.id, self.place == CONTROL)


class Shape(msgspec.Struct, array_like=True, gc=False):
    """The shape of a series; times in microseconds. A send's has no names and no event times: its campaign's has."""

    elements: list[ElementShape] = msgspec.field(default_factory=list)
    conversion_indexes: list[int] = msgspec.field(default_factory=list)
    names: dict[str, Name] = msgspec.field(default_factory=dict)
    subject_name: Name | None = None
    first_event: int | None = None
    last_event: int | None = None
    first_entry: int | None = None
    last_entry: int | None = None

    def grow(
        self,
        days: Iterable[DayFacts],
        names: Iterable[tuple[str | None, Name]],
        first_event: int | None,
        last_event: int | None,
    ) -> None:
        """Add what a range of days says; `names` as `add_name` takes them."""
        self.add_days(days)
        for key, name in names:
            self.add_name(key, name)
        self.add_times(first_event, last_event)

    def add_days(self, days: Iterable[DayFacts]) -> None:
        """Add the elements, buttons and conversion indexes of some days."""
        shapes = {shape.element: shape for shape in self.elements}
        indexes = set(self.conversion_indexes)
        for facts in days:
            for day in facts.elements:
                shape = shapes.setdefault(day.element, ElementShape(day.place, day.id))
                shape.first_at = earlier(shape.first_at, day.first_at)
                for title, button in day.buttons.items():
                    shape.buttons[title] = min(button.first, shape.buttons.get(title, button.first))
            indexes.update(facts.conversions)
        self.elements = sorted(shapes.values(), key=lambda shape: (shape.order, shape.place))
        self.conversion_indexes = sorted(indexes)

    def add_name(self, key: str | None, name: Name) -> None:
        """Add a name: of the subject if the key is None, else of an element. The newest stays.

        An element's key is a message variation's id, or the `name_key` of a variant or step. Of two names at one moment
        the one that is added later stays: it was chosen among all events of the day, those known before included.
        """
        if key is None:
            self.subject_name = _newer(self.subject_name, name)
        else:
            self.names[key] = _newer(self.names.get(key), name)

    def add_times(self, first: int | None, last: int | None) -> None:
        """Add the times of the first and the last of some events."""
        self.first_event = earlier(self.first_event, first)
        self.last_event = later(self.last_event, last)

    def add_entries(self, first: int | None, last: int | None) -> None:
        """Add the times of the first and the last of some entries of a canvas."""
        self.first_entry = earlier(self.first_entry, first)
        self.last_entry = later(self.last_entry, last)

    def name_of(self, key: str) -> str | None:
        """The newest name under a key of `add_name`."""
        return self.names[key][1] if key in self.names else None


def _newer(known: Name | None, found: Name) -> Name:
    return found if known is None or found[0] >= known[0] else known


def name_key(kind: str, named_id: str) -> str:
    """The key of a variant's or a step's name: a variant and a step may have the same id."""
    return f"{kind} {named_id}"


def shape_of(days: Iterable[DayFacts]) -> Shape:
    """The shape of a series that has only these days."""
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


def encode_shape(shape: Shape) -> bytes:
    """The JSON in which a shape is stored."""
    return _ENCODER.encode(shape)


def decode_shape(kept: bytes) -> Shape:
    """A shape from its stored JSON; an empty one from b""."""
    return _DECODER.decode(kept) if kept else Shape()
