"""From facts to points: the JSON of a day, as /campaigns/data_series and /sends/data_series answer it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from quotidian.domain.channels import CHANNELS, CONTROL, CONVERSION_INDEXES, Channel
from quotidian.domain.totals import Totals
from quotidian.series.messages.facts import Attributed, DayFacts, Element
from quotidian.series.messages.numbers import (
    attributed_numbers,
    channel_statistics,
    conversions,
    count,
    numbers_of,
    recipients,
    revenue,
)
from quotidian.series.messages.shape import ElementShape, Shape
from quotidian.series.messages.template import Key, Number, Template
from quotidian.series.messages.totals import day_totals, own_totals

_PUSH_CHANNELS = {channel.key: channel for channel in CHANNELS if channel.is_push}
_DELIVERED = "delivered"
"""The key in counts for push messages of a send that did not bounce."""


class Renderer:
    """Renders the points of one series.

    `names` is the shape that names variations and says which conversions were seen: the campaign's, also for a send.
    """

    def __init__(self, shape: Shape, names: Shape, *, is_send: bool) -> None:
        self._names = names
        self._is_send = is_send
        # `conversions` is a key of every point; those of further behaviours only once they were seen.
        self._indexes = [index for index in CONVERSION_INDEXES if index == 0 or index in names.conversion_indexes]
        control = [element for element in shape.elements if element.place == CONTROL]
        keys = {element.place for element in shape.elements} - {CONTROL, ""}
        # A control group belongs to every channel that the campaign has.
        lists = [
            (channel, [each for each in shape.elements if each.place == channel.key or each in control])
            for channel in CHANNELS
            if channel.key in keys
        ]
        messages = {channel.key: [self._element(channel, each) for each in elements] for channel, elements in lists}
        if control and not lists:
            messages[CONTROL] = [self._element(None, each) for each in control]
        self._template = Template({"messages": messages, **self._common(None)})

    def body(self, facts: DayFacts | None, attributed: Iterable[Attributed] = ()) -> bytes:
        """A day's point without its time, `"messages":{…},…}`. `attributed`: what other days attribute to this day."""
        return self._template.filled(self._numbers(facts or DayFacts(), attributed))[1:]

    def totals(self, facts: DayFacts | None) -> Mapping[str, Totals]:
        """A day's totals by channel, those of the whole day under ''; what is 0 has none."""
        if facts is None:
            return {}
        return day_totals(facts.elements, own_totals(facts, recipients=facts.recipients), elements_have_own=True)

    def _numbers(self, facts: DayFacts, attributed: Iterable[Attributed]) -> Iterator[tuple[Key, float]]:
        yield from numbers_of(facts)
        yield from attributed_numbers(attributed, lambda _: True)
        if self._is_send:
            for element in facts.elements:
                if channel := _PUSH_CHANNELS.get(element.place):
                    sent, bounces = (
                        element.counts.get(channel.statistics[name].key, 0) for name in ("sent", "bounces")
                    )
                    yield count(element.element, _DELIVERED).key, max(0, sent - bounces)

    def _element(self, channel: Channel | None, shape: ElementShape) -> dict[str, Any]:
        return {
            "variation_name": self._names.name_of(shape.id),
            "variation_api_id": shape.id or None,
            **self._statistics(channel, shape),
            **self._common(shape.element),
        }

    def _common(self, element: Element | None) -> dict[str, Number]:
        return {
            "unique_recipients": recipients(element),
            "revenue": revenue(element),
            **conversions(element, self._indexes, "_by_send_time"),
        }

    def _statistics(self, channel: Channel | None, shape: ElementShape) -> dict[str, Any]:
        if channel is None or shape.place == CONTROL:
            return {"enrolled": recipients(shape.element)}
        places = channel_statistics(channel, shape)
        return places | _send_statistics(channel, shape.element, places) if self._is_send else places


def _send_statistics(channel: Channel, element: Element, places: dict[str, Number]) -> dict[str, Any]:
    """What a send's elements have beyond the campaign's (semantics.md §5)."""
    if channel.is_push:
        return {"delivered": count(element, _DELIVERED), "undelivered": places["bounces"], "delivery_failed": 0}
    if channel.key == "sms":
        return {"undelivered": places["rejected"]}
    return {}
