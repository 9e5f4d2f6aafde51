"""The numbers of points: their values, from facts, and their places in the JSON of a day.

The key of a number has three parts: its element (None: the whole day), what it is, and which of those.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from quotidian.domain.channels import Channel
from quotidian.series.messages.facts import Attributed, DayFacts, Element, ElementFacts
from quotidian.series.messages.shape import ElementShape
from quotidian.series.messages.template import Key, Number

# The second part of a key. The third is a count's key in facts, a button's title, the index of conversions, or "".
RECIPIENTS = "recipients"
REVENUE = "revenue"
COUNT = "count"
BUTTON = "button"
CONVERSIONS = "conversions"
ATTRIBUTED_CONVERSIONS = "attributed conversions"

_MICROS = 1_000_000


def numbers_of(facts: DayFacts) -> Iterator[tuple[Key, float]]:
    """The numbers of a day and of its elements that are not 0, but for attributed conversions."""
    yield from _common(None, facts)
    for each in facts.elements:
        element = each.element
        yield from _common(element, each)
        for numbers in (each.counts, each.uniques):
            for key, number in numbers.items():
                yield (element, COUNT, key), number
        for title, button in each.buttons.items():
            yield (element, BUTTON, title), button.clicks


def _common(element: Element | None, facts: DayFacts | ElementFacts) -> Iterator[tuple[Key, float]]:
    if facts.recipients:
        yield (element, RECIPIENTS, ""), facts.recipients
    if facts.revenue:
        yield (element, REVENUE, ""), facts.revenue / _MICROS
    for index, number in facts.conversions.items():
        yield (element, CONVERSIONS, index), number


def attributed_numbers(
    attributed: Iterable[Attributed], is_of_day: Callable[[Attributed], bool]
) -> Iterable[tuple[Key, float]]:
    """Attributed conversions: those of each element, and the day's, which are those that `is_of_day` accepts."""
    sums: Counter[Key] = Counter()
    for each in attributed:
        sums[Element(each.place, each.element_id), ATTRIBUTED_CONVERSIONS, each.index] += each.conversions
        if is_of_day(each):
            sums[None, ATTRIBUTED_CONVERSIONS, each.index] += each.conversions
    return sums.items()


def recipients(element: Element | None) -> Number:
    """The place of unique recipients."""
    return Number((element, RECIPIENTS, ""))


def revenue(element: Element | None) -> Number:
    """The place of revenue, in dollars."""
    return Number((element, REVENUE, ""), 0.0)


def conversions(element: Element | None, indexes: Iterable[int], suffix: str) -> dict[str, Number]:
    """The places of conversions by index; attributed ones have the suffix, `_by_send_time` or `_by_entry_time`."""
    places = {}
    for index in indexes:
        name = f"conversions{index or ''}"
        places[name] = Number((element, CONVERSIONS, index))
        places[name + suffix] = Number((element, ATTRIBUTED_CONVERSIONS, index))
    return places


def count(element: Element, key: str) -> Number:
    """The place of a count, by its key in facts."""
    return Number((element, COUNT, key))


def channel_statistics(channel: Channel, shape: ElementShape) -> dict[str, Number]:
    """The places of an element's statistics in a channel, buttons included."""
    element = shape.element
    places = {name: count(element, statistic.key) for name, statistic in channel.statistics.items()}
    if channel.is_push:
        for rank, title in enumerate(shape.ranked_buttons, start=1):
            places[f"notif_button_{rank}_{title}_click"] = Number((element, BUTTON, title))
    return places
