"""The numbers of points: what facts say of a day, and the places in the day's JSON where that belongs.

The key of a number says of which element it is (None: of the whole day), what it is, and which of those.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from quotidian.domain.channels import Channel
from quotidian.series.messages.facts import Attributed, DayFacts, Element, ElementFacts
from quotidian.series.messages.shape import ElementShape
from quotidian.series.messages.template import Key, Number

# What a number is; which: the key that a count has in facts, a button's title, the index of conversions.
RECIPIENTS = "recipients"
REVENUE = "revenue"
COUNT = "count"
BUTTON = "button"
CONVERSIONS = "conversions"
SENT_CONVERSIONS = "conversions by send or entry time"

_MICROS = 1_000_000


def numbers_of(facts: DayFacts) -> Iterator[tuple[Key, float]]:
    """What a day's facts say of the day and of its elements, but for what is 0."""
    yield from _common(None, facts)
    for each in facts.elements:
        element = each.element
        yield from _common(element, each)
        for key, number in each.counts.items():
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


def sent_numbers(
    by_send_time: Iterable[Attributed], is_of_day: Callable[[Attributed], bool]
) -> Iterable[tuple[Key, float]]:
    """Conversions by send or entry time: of each element, and of the day those of which `is_of_day` says so."""
    sent: Counter[Key] = Counter()
    for each in by_send_time:
        sent[Element(each.channel, each.variation), SENT_CONVERSIONS, each.index] += each.conversions
        if is_of_day(each):
            sent[None, SENT_CONVERSIONS, each.index] += each.conversions
    return sent.items()


def recipients(element: Element | None) -> Number:
    """The place of unique recipients."""
    return Number((element, RECIPIENTS, ""))


def revenue(element: Element | None) -> Number:
    """The place of revenue, in dollars."""
    return Number((element, REVENUE, ""), 0.0)


def conversions(element: Element | None, indexes: Iterable[int], suffix: str) -> dict[str, Number]:
    """The places of conversions: those of the day, and under a name with a suffix those by send or entry time."""
    places = {}
    for index in indexes:
        name = f"conversions{index or ''}"
        places[name] = Number((element, CONVERSIONS, index))
        places[name + suffix] = Number((element, SENT_CONVERSIONS, index))
    return places


def count(element: Element, key: str) -> Number:
    """The place of what facts count under a key."""
    return Number((element, COUNT, key))


def channel_statistics(channel: Channel, shape: ElementShape) -> dict[str, Number]:
    """The places of what a channel publishes of an element."""
    element = shape.element
    places = {name: count(element, statistic.key) for name, statistic in channel.statistics.items()}
    if channel.is_push:
        for rank, title in enumerate(shape.ranked_buttons, start=1):
            places[f"notif_button_{rank}_{title}_click"] = Number((element, BUTTON, title))
    return places
