"""From facts to points: the JSON of a day, as /campaigns/data_series and /sends/data_series answer it."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from quotidian.channels import CHANNELS, CONTROL, CONVERSION_INDEXES, Channel
from quotidian.rollups.facts import Attributed, DayFacts, ElementFacts
from quotidian.rollups.shape import ElementShape, Shape

_MICROS = 1_000_000
_ENCODER = msgspec.json.Encoder()


class Renderer:
    """Renders the points of one series.

    `names` is the shape that names variations and says which conversions were seen: the campaign's, also for a send.
    """

    def __init__(self, shape: Shape, names: Shape, *, is_send: bool) -> None:
        self._names = names
        self._is_send = is_send
        # `conversions` is a key of every point; those of further behaviours only once they were seen.
        self._indexes = [index for index in CONVERSION_INDEXES if index == 0 or index in names.conversion_indexes]
        control = [element for element in shape.elements if element.channel == CONTROL]
        keys = {element.channel for element in shape.elements} - {CONTROL, ""}
        # A control group belongs to every channel that the campaign has.
        self._lists = [
            (channel, [each for each in shape.elements if each.channel == channel.key or each in control])
            for channel in CHANNELS
            if channel.key in keys
        ]
        self._control_only = [] if self._lists else control

    def body(self, facts: DayFacts | None, by_send_time: Iterable[Attributed] = ()) -> bytes:
        """A day's point from behind its time, `"messages":{…},…}`.

        `by_send_time` holds what source days attribute to this day.
        """
        facts = facts or DayFacts()
        of_element = {each.element: each for each in facts.elements}
        sent: dict[tuple[str, str], dict[int, int]] = {}
        sent_total: dict[int, int] = {}
        for each in by_send_time:
            of_sent = sent.setdefault((each.channel, each.variation), {})
            of_sent[each.index] = of_sent.get(each.index, 0) + each.conversions
            sent_total[each.index] = sent_total.get(each.index, 0) + each.conversions

        def answer(channel: Channel | None, shape: ElementShape) -> dict[str, Any]:
            element = shape.element
            day = of_element.get(element) or ElementFacts(*element)
            common = self._common(day.recipients, day.revenue, day.conversions, sent.get(element, {}))
            return {
                "variation_name": self._names.name_of(element.variation),
                "variation_api_id": element.variation or None,
                **self._statistics(channel, shape, day),
                **common,
            }

        messages = {channel.key: [answer(channel, shape) for shape in shapes] for channel, shapes in self._lists}
        if self._control_only:
            messages[CONTROL] = [answer(None, shape) for shape in self._control_only]
        total = self._common(facts.recipients, facts.revenue, facts.conversions, sent_total)
        return _ENCODER.encode({"messages": messages, **total})[1:]

    def _common(
        self, recipients: int, revenue: int, conversions: Mapping[int, int], sent: Mapping[int, int]
    ) -> dict[str, Any]:
        common: dict[str, Any] = {"unique_recipients": recipients, "revenue": revenue / _MICROS}
        for index in self._indexes:
            key = f"conversions{index or ''}"
            common[key] = conversions.get(index, 0)
            common[f"{key}_by_send_time"] = sent.get(index, 0)
        return common

    def _statistics(self, channel: Channel | None, shape: ElementShape, day: ElementFacts) -> dict[str, int]:
        if channel is None or shape.channel == CONTROL:
            return {"enrolled": day.recipients}
        numbers = channel_statistics(channel, shape, day)
        if self._is_send:
            numbers |= _send_statistics(channel, numbers)
        return numbers


def channel_statistics(channel: Channel, shape: ElementShape, day: ElementFacts) -> dict[str, int]:
    """What a channel publishes of an element's day."""
    numbers = {name: day.counts.get(statistic.key, 0) for name, statistic in channel.statistics.items()}
    if channel.is_push:
        for rank, title in enumerate(shape.ranked_buttons, start=1):
            clicks = day.buttons[title].clicks if title in day.buttons else 0
            numbers[f"notif_button_{rank}_{title}_click"] = clicks
    return numbers


def _send_statistics(channel: Channel, numbers: Mapping[str, int]) -> dict[str, int]:
    """What a send's elements have beyond the campaign's (semantics.md §5)."""
    if channel.is_push:
        delivered = max(0, numbers["sent"] - numbers["bounces"])
        return {"delivered": delivered, "undelivered": numbers["bounces"], "delivery_failed": 0}
    if channel.key == "sms":
        return {"undelivered": numbers["rejected"]}
    return {}
