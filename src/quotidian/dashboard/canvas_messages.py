"""The messages of a canvas's steps, by channel: what was sent and what became of it, and every statistic."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from quotidian.dashboard.naming import CHANNEL_NAMES, statistic_name
from quotidian.dashboard.rates import CLICK_RATE, DELIVERY_RATE, OPEN_RATE
from quotidian.dashboard.tables import Column, Linked, Numbers
from quotidian.dashboard.words import N_
from quotidian.domain.totals import SOURCES, Totals, totals_of_channel

Number = Callable[..., Linked]
"""A number with where it leads: of a key, its value, a channel and a step."""


class StepMessages(NamedTuple):
    """A step's messages in a channel, and their statistics by key."""

    step: str
    step_name: str
    channel: str
    statistics: Mapping[str, int]

    @property
    def totals(self) -> Totals:
        """Of the channel alone."""
        return totals_of_channel(self.channel, self.statistics)


def messages_of(steps: Mapping[str, Mapping[str, Any]]) -> list[StepMessages]:
    """The messages of steps, as /canvas/data_summary has them."""
    return [
        StepMessages(step, stats["name"] or step, channel, elements[0])
        for step, stats in steps.items()
        for channel, elements in stats["messages"].items()
    ]


def totals_table(messages: list[StepMessages], translated: Callable[[str], str], number: Number) -> Numbers:
    """What was sent, delivered, opened and clicked, with the rates; None where a channel has no such number."""
    columns = [
        Column(N_("Step"), "text"),
        Column(N_("Channel"), "text"),
        Column(N_("Sent")),
        Column(N_("Delivered")),
        Column(DELIVERY_RATE.title, "percent"),
        Column(N_("Opens")),
        Column(OPEN_RATE.title, "percent"),
        Column(N_("Clicks")),
        Column(CLICK_RATE.title, "percent"),
    ]
    return Numbers(columns, [list(_totals(each, translated, number)) for each in messages])


def _totals(messages: StepMessages, translated: Callable[[str], str], number: Number) -> Iterator[Any]:
    yield messages.step_name
    yield translated(CHANNEL_NAMES[messages.channel])
    totals, sources = messages.totals, SOURCES[messages.channel]
    for name, rate in (("sent", None), ("delivered", DELIVERY_RATE), ("opens", OPEN_RATE), ("clicks", CLICK_RATE)):
        key = getattr(sources, name)
        yield None if key is None else number(key, getattr(totals, name), messages.channel, messages.step)
        if rate is not None:
            value = rate.value(totals)
            yield None if value is None else number(rate.name, value, messages.channel, messages.step)


def statistics_table(messages: list[StepMessages], translated: Callable[[str], str], number: Number) -> Numbers:
    """Every statistic, a row each."""
    columns = [
        Column(N_("Step"), "text"),
        Column(N_("Channel"), "text"),
        Column(N_("Statistic"), "text"),
        Column(N_("Number")),
    ]
    rows = [
        (
            each.step_name,
            translated(CHANNEL_NAMES[each.channel]),
            statistic_name(key, translated),
            number(key, value, each.channel, each.step),
        )
        for each in messages
        for key, value in each.statistics.items()
    ]
    return Numbers(columns, rows)
