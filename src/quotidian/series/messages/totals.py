"""The totals of a day of a campaign or canvas, from its facts: the numbers of its point (domain/totals.py)."""

from collections.abc import Iterable
from typing import Final

from quotidian.domain.channels import CHANNEL_BY_KEY, Count, Unique
from quotidian.domain.totals import SOURCES, OfMessages, Totals, added, of_messages
from quotidian.series.messages.facts import DayFacts, ElementFacts

Own = tuple[int | None, int | None, int, float]
"""Recipients, entries, conversions, and revenue in micro-dollars."""

_FIRST_BEHAVIOUR: Final = 0

_STATISTICS: Final = {
    channel: tuple(None if name is None else CHANNEL_BY_KEY[channel].statistics[name] for name in names)
    for channel, names in SOURCES.items()
}
"""What each channel's sent, delivered, opens and clicks are."""


def own_totals(facts: DayFacts | ElementFacts, *, recipients: int | None = None, entries: int | None = None) -> Own:
    """What a day or an element has of its own."""
    return (recipients, entries, facts.conversions.get(_FIRST_BEHAVIOUR, 0), float(facts.revenue))


_NO_MESSAGES: Final = OfMessages()


def day_totals(elements: Iterable[ElementFacts], own: Own, *, elements_have_own: bool) -> dict[str, Totals]:
    """The totals of a day by channel, those of the whole day under ''; channels in which all are 0 have none."""
    channels: dict[str, list[ElementFacts]] = {}
    for each in elements:
        if each.place in SOURCES:
            channels.setdefault(each.place, []).append(each)
    found: dict[str, Totals] = {}
    whole: OfMessages | None = None
    for channel, those in channels.items():
        messages = of_messages(channel, *(_number(those, statistic) for statistic in _STATISTICS[channel]))
        if any(messages):
            whole = added(whole, messages) if whole else messages
        found[channel] = Totals(*messages, *(_sum_of_own(those) if elements_have_own else ()))
    found[""] = Totals(*(whole or _NO_MESSAGES), *own)
    return {channel: totals for channel, totals in found.items() if any(totals)}


def _sum_of_own(elements: Iterable[ElementFacts]) -> Own:
    recipients, conversions, revenue = 0, 0, 0
    for each in elements:
        recipients += each.recipients
        conversions += each.conversions.get(_FIRST_BEHAVIOUR, 0)
        revenue += each.revenue
    return (recipients, None, conversions, float(revenue))


def _number(elements: Iterable[ElementFacts], statistic: Count | Unique | None) -> int:
    # Without `match` and generators, which take as long as the rest: it runs four times for each channel of each day.
    number = 0
    if isinstance(statistic, Count):
        for each in elements:
            number += each.counts.get(statistic.key, 0)
    elif statistic is not None:
        for each in elements:
            number += _unique(each, statistic)
    return number


def _unique(facts: ElementFacts, statistic: Unique) -> int:
    """Of a step, from its gaps, which campaigns do not have."""
    if not facts.gaps:
        return facts.uniques.get(statistic.key, 0)
    gaps = facts.gaps.get(statistic.event, {})
    return facts.uniques.get(statistic.key, 0) + sum(users for gap, users in gaps.items() if gap >= statistic.days)
