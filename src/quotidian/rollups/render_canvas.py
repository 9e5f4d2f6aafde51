"""From the facts of a canvas to its points, as /canvas/data_series and /canvas/data_summary answer them.

A point is kept in pieces, a line each, of which an answer joins those that were asked for: the time and the totals, the
variants, the steps, and the steps that the catalogue calls deleted. JSON has no line break of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from quotidian.catalogue.canvases import Canvas
from quotidian.channels import CHANNEL_BY_KEY, CHANNELS, CONVERSION_INDEXES, STEP, VARIANT, Unique
from quotidian.days import Day
from quotidian.rollups.activity import active_users
from quotidian.rollups.canvases import ENTRIES, RECIPIENTS
from quotidian.rollups.facts import Attributed, Button, DayFacts, Element, ElementFacts, add
from quotidian.rollups.render import channel_statistics
from quotidian.rollups.shape import ElementShape, Shape, name_key

_MICROS = 1_000_000
_ENCODER = msgspec.json.Encoder()
_Sent = Mapping[Element, Mapping[int, int]]


class CanvasRenderer:
    """Renders the points of a canvas; names that the catalogue gives come before those of events."""

    def __init__(self, shape: Shape, entry: Canvas) -> None:
        self._shape = shape
        self._entry = entry
        self._indexes = [index for index in CONVERSION_INDEXES if index == 0 or index in shape.conversion_indexes]
        seen: dict[str, list[ElementShape]] = defaultdict(list)
        for element in shape.elements:
            if element.variation:
                seen[element.channel].append(element)
        self._variants = list(dict.fromkeys([*(each.variation for each in seen[VARIANT]), *entry.variants]))
        self._steps = list(dict.fromkeys([*(each.variation for each in seen[STEP]), *entry.steps]))
        # The channels of each step, in the order of the table.
        self._channels: dict[str, list[ElementShape]] = defaultdict(list)
        for channel in CHANNELS:
            for each in seen[channel.key]:
                self._channels[each.variation].append(each)

    def body(self, facts: DayFacts | None, by_send_time: Iterable[Attributed] = ()) -> bytes:
        """A point from behind its time, in lines."""
        facts = facts or DayFacts()
        found = {each.element: each for each in facts.elements}
        sent: dict[Element, dict[int, int]] = defaultdict(dict)
        total: dict[int, int] = {}
        for each in by_send_time:
            add(sent[Element(each.channel, each.variation)], each.index, each.conversions)
            if each.channel == VARIANT:
                add(total, each.index, each.conversions)
        entries = sum(each.counts.get(ENTRIES, 0) for each in facts.elements if each.channel == VARIANT)
        totals = {**self._numbers(facts.revenue, facts.conversions, total), "entries": entries}
        deleted = {step for step in self._steps if step in self._entry.steps and self._entry.steps[step].deleted}
        return b"\n".join(
            (
                b'"total_stats":%s' % _ENCODER.encode(totals),
                _members({variant: self._variant(variant, found, sent) for variant in self._variants}),
                _members({step: self._step(step, found, sent) for step in self._steps if step not in deleted}),
                _members({step: self._step(step, found, sent) for step in self._steps if step in deleted}),
            )
        )

    def summary(self, days: Mapping[Day, DayFacts], first: Day, last: Day) -> bytes:
        """The point of all days from first to last; `days` reach as far behind last as conversions do."""
        sent = [each for facts in days.values() for each in facts.by_send_time if first <= each.day <= last]
        within = {day: facts for day, facts in days.items() if first <= day <= last}
        return self.body(_summed(within, first, last), sent)

    def _variant(self, variant: str, found: Mapping[Element, ElementFacts], sent: _Sent) -> dict[str, Any]:
        element = Element(VARIANT, variant)
        facts = found.get(element) or ElementFacts(*element)
        given = self._entry.variants.get(variant)
        return {
            "name": (given and given.name) or self._shape.name_of(name_key(VARIANT, variant)),
            **self._numbers(facts.revenue, facts.conversions, sent.get(element, {})),
            "entries": facts.counts.get(ENTRIES, 0),
        }

    def _step(self, step: str, found: Mapping[Element, ElementFacts], sent: _Sent) -> dict[str, Any]:
        element = Element(STEP, step)
        facts = found.get(element) or ElementFacts(*element)
        given = self._entry.steps.get(step)
        messages = {
            shape.channel: [_messages(shape, found.get(shape.element) or ElementFacts(*shape.element))]
            for shape in self._channels.get(step, ())
        }
        return {
            "name": (given and given.name) or self._shape.name_of(name_key(STEP, step)),
            **self._numbers(facts.revenue, facts.conversions, sent.get(element, {})),
            # Of a day; a summary's are worked out before.
            "unique_recipients": facts.recipients or sum(facts.gaps.get(RECIPIENTS, {}).values()),
            "messages": messages,
        }

    def _numbers(self, revenue: int, conversions: Mapping[int, int], sent: Mapping[int, int]) -> dict[str, Any]:
        numbers: dict[str, Any] = {"revenue": revenue / _MICROS}
        for index in self._indexes:
            key = f"conversions{index or ''}"
            numbers[key] = conversions.get(index, 0)
            numbers[f"{key}_by_entry_time"] = sent.get(index, 0)
        return numbers


def joined(point: bytes, *, variants: bool, steps: bool, deleted_steps: bool) -> bytes:
    """The pieces of a point that were asked for, as one JSON object (from wherever its first piece begins)."""
    totals, of_variants, of_steps, of_deleted = point.split(b"\n")
    pieces = [totals]
    if variants:
        pieces.append(b'"variant_stats":{%s}' % of_variants)
    if steps:
        members = [piece for piece in (of_steps, of_deleted if deleted_steps else b"") if piece]
        pieces.append(b'"step_stats":{%s}' % b",".join(members))
    return b",".join(pieces) + b"}"


def _members(of: Mapping[str, Any]) -> bytes:
    """The inside of a JSON object."""
    return _ENCODER.encode(of)[1:-1]


def _messages(shape: ElementShape, facts: ElementFacts) -> dict[str, int]:
    """What a step's messages in one channel came to; a day's uniques come from gaps."""
    channel = CHANNEL_BY_KEY[shape.channel]
    for statistic in channel.statistics.values():
        if isinstance(statistic, Unique) and statistic.key not in facts.counts:
            gaps = facts.gaps.get(statistic.event, {})
            facts.counts[statistic.key] = sum(users for gap, users in gaps.items() if gap >= statistic.days)
    return channel_statistics(channel, shape, facts)


def _summed(days: Mapping[Day, DayFacts], first: Day, last: Day) -> DayFacts:
    """All days as one: counts add up, users are counted once."""
    whole = DayFacts()
    gaps: dict[tuple[Element, str], dict[Day, Mapping[int, int]]] = defaultdict(dict)
    for day, facts in days.items():
        whole.revenue += facts.revenue
        _add_all(whole.conversions, facts.conversions)
        for each in facts.elements:
            element = whole.of(*each.element)
            element.revenue += each.revenue
            _add_all(element.conversions, each.conversions)
            _add_all(element.counts, each.counts)
            for title, button in each.buttons.items():
                known = element.buttons.get(title)
                element.buttons[title] = Button(button.clicks + (known.clicks if known else 0), button.first)
            for event, histogram in each.gaps.items():
                gaps[each.element, event][day] = histogram
    for (place, event), histograms in gaps.items():
        users = active_users(histograms, last, last - first + 1)
        found = whole.of(*place)
        if event == RECIPIENTS:
            found.recipients = users
        else:
            found.counts[Unique(event, 0).key] = users
    return whole


def _add_all(into: dict[Any, int], numbers: Mapping[Any, int]) -> None:
    for key, number in numbers.items():
        into[key] = into.get(key, 0) + number
