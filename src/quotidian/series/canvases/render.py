"""From the facts of a canvas to its points, as /canvas/data_series and /canvas/data_summary answer them.

A point is kept in pieces, a line each, of which an answer joins those that were asked for (series/points.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from quotidian.catalogue.canvases import Canvas
from quotidian.domain.channels import CHANNEL_BY_KEY, CHANNELS, CONVERSION_INDEXES, STEP, VARIANT, Unique
from quotidian.domain.days import Day
from quotidian.domain.totals import Totals
from quotidian.series.activity.windows import active_users
from quotidian.series.canvases.compute import ENTRIES, RECIPIENTS
from quotidian.series.messages.facts import Attributed, Button, DayFacts, Element, ElementFacts
from quotidian.series.messages.numbers import (
    attributed_numbers,
    channel_statistics,
    conversions,
    count,
    numbers_of,
    recipients,
    revenue,
)
from quotidian.series.messages.shape import ElementShape, Shape, name_key
from quotidian.series.messages.template import Key, Number, Template
from quotidian.series.messages.totals import day_totals, own_totals

_ALL_ENTRIES: Key = (None, "entries", "")


class CanvasRenderer:
    """Renders the points of a canvas; names that the catalogue gives come before those of events."""

    def __init__(self, shape: Shape, entry: Canvas) -> None:
        self._shape = shape
        self._entry = entry
        self._indexes = [index for index in CONVERSION_INDEXES if index == 0 or index in shape.conversion_indexes]
        seen: dict[str, list[ElementShape]] = defaultdict(list)
        for element in shape.elements:
            if element.id:
                seen[element.place].append(element)
        variants = list(dict.fromkeys([*(each.id for each in seen[VARIANT]), *entry.variants]))
        steps = list(dict.fromkeys([*(each.id for each in seen[STEP]), *entry.steps]))
        deleted = {step for step in steps if step in entry.steps and entry.steps[step].deleted}
        # The channels of each step, in the order of the table.
        self._channels: dict[str, list[ElementShape]] = defaultdict(list)
        for channel in CHANNELS:
            for each in seen[channel.key]:
                self._channels[each.id].append(each)
        self._totals = Template({**self._common(None), "entries": Number(_ALL_ENTRIES)})
        # The insides of JSON objects.
        self._members = (
            Template({variant: self._variant(variant) for variant in variants}),
            Template({step: self._step(step) for step in steps if step not in deleted}),
            Template({step: self._step(step) for step in steps if step in deleted}),
        )

    def body(self, facts: DayFacts | None, attributed: Iterable[Attributed] = ()) -> bytes:
        """A point without its time, in lines."""
        numbers = list(_numbers(facts or DayFacts(), attributed))
        totals = b'"total_stats":%s' % self._totals.filled(numbers)
        return b"\n".join((totals, *(template.filled(numbers)[1:-1] for template in self._members)))

    def totals(self, facts: DayFacts | None) -> Mapping[str, Totals]:
        """A day's totals by channel, those of the whole day under ''; what is 0 has none."""
        if facts is None:
            return {}
        return day_totals(facts.elements, own_totals(facts, entries=_entries(facts)), elements_have_own=False)

    def summary(self, days: Mapping[Day, DayFacts], first: Day, last: Day) -> bytes:
        """The point of all days from first to last; `days` also has later ones whose conversions may count."""
        attributed = [each for facts in days.values() for each in facts.attributed if first <= each.day <= last]
        within = {day: facts for day, facts in days.items() if first <= day <= last}
        return self.body(_summed(within, first, last), attributed)

    def _variant(self, variant: str) -> dict[str, Any]:
        element = Element(VARIANT, variant)
        given = self._entry.variants.get(variant)
        return {
            "name": (given and given.name) or self._shape.name_of(name_key(VARIANT, variant)),
            **self._common(element),
            "entries": count(element, ENTRIES),
        }

    def _step(self, step: str) -> dict[str, Any]:
        element = Element(STEP, step)
        given = self._entry.steps.get(step)
        return {
            "name": (given and given.name) or self._shape.name_of(name_key(STEP, step)),
            **self._common(element),
            "unique_recipients": recipients(element),
            "messages": {
                shape.place: [channel_statistics(CHANNEL_BY_KEY[shape.place], shape)]
                for shape in self._channels.get(step, ())
            },
        }

    def _common(self, element: Element | None) -> dict[str, Number]:
        return {"revenue": revenue(element), **conversions(element, self._indexes, "_by_entry_time")}


def _numbers(facts: DayFacts, attributed: Iterable[Attributed]) -> Iterator[tuple[Key, float]]:
    yield from numbers_of(facts)
    yield from attributed_numbers(attributed, lambda each: each.place == VARIANT)
    yield _ALL_ENTRIES, _entries(facts)
    for element in facts.elements:
        yield from _uniques(element)


def _entries(facts: DayFacts) -> int:
    return sum(each.counts.get(ENTRIES, 0) for each in facts.elements if each.place == VARIANT)


def _uniques(facts: ElementFacts) -> Iterator[tuple[Key, int]]:
    """A day's unique users, from its gaps. A summary has its own already, in `recipients` and `uniques`."""
    if not facts.recipients:
        yield recipients(facts.element).key, sum(facts.gaps.get(RECIPIENTS, {}).values())
    channel = CHANNEL_BY_KEY.get(facts.place)
    for statistic in channel.statistics.values() if channel else ():
        if isinstance(statistic, Unique) and statistic.key not in facts.uniques:
            gaps = facts.gaps.get(statistic.event, {})
            number = sum(users for gap, users in gaps.items() if gap >= statistic.days)
            yield count(facts.element, statistic.key).key, number


def _summed(days: Mapping[Day, DayFacts], first: Day, last: Day) -> DayFacts:
    """All days as one: counts add up, users are counted once."""
    whole = DayFacts()
    gaps: dict[tuple[Element, str], dict[Day, Mapping[int, int]]] = defaultdict(dict)
    for day, facts in days.items():
        whole.revenue += facts.revenue
        _add_all(whole.conversions, facts.conversions)
        for each in facts.elements:
            element = whole.element(*each.element)
            element.revenue += each.revenue
            _add_all(element.conversions, each.conversions)
            _add_all(element.counts, each.counts)
            for title, button in each.buttons.items():
                known = element.buttons.get(title)
                element.buttons[title] = Button(button.clicks + (known.clicks if known else 0), button.first)
            for event, histogram in each.gaps.items():
                gaps[each.element, event][day] = histogram
    for (named, event), histograms in gaps.items():
        users = active_users(histograms, last, last - first + 1)
        found = whole.element(*named)
        if event == RECIPIENTS:
            found.recipients = users
        else:
            found.uniques[Unique(event, 0).key] = users
    return whole


def _add_all(into: dict[Any, int], numbers: Mapping[Any, int]) -> None:
    for key, number in numbers.items():
        into[key] = into.get(key, 0) + number
