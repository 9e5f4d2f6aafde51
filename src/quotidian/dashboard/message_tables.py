"""The numbers of a campaign or a send by channel and variation, as tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from quotidian.dashboard.messages import Element, totals_of_elements
from quotidian.dashboard.messaging import Messaging
from quotidian.dashboard.tables import Column, Form, Linked, Numbers
from quotidian.dashboard.words import N_
from quotidian.domain.channels import CONTROL
from quotidian.domain.totals import SOURCES
from quotidian.series.values import Metric

_RATES: Final = {
    "delivered": ("delivery_rate", N_("Delivery rate")),
    "opens": ("open_rate", N_("Open rate")),
    "clicks": ("click_rate", N_("Click rate")),
}
"""By the total that is a share of another: the rate, and what it is called."""

_BUTTON: Final = "notif_button_"

Sums = Mapping[Metric, float]


class ChannelTable(NamedTuple):
    """A channel, or the control groups: what it is called, and its variations with all that is known of them."""

    title: str
    numbers: Numbers


def channel_tables(of: Messaging, sums: Sums) -> list[ChannelTable]:
    """A table for each channel, and one for control groups."""
    channels = [*of.parts.channels, *([CONTROL] if of.parts.of_channel(CONTROL) else [])]
    return [ChannelTable(of.channel_name(channel), _ChannelTable(of, sums, channel).numbers()) for channel in channels]


@dataclass(frozen=True)
class _ChannelTable:
    of: Messaging
    sums: Sums
    channel: str

    def numbers(self) -> Numbers:
        """A row a variation, and one for all of several."""
        elements = self.of.parts.of_channel(self.channel)
        keys = _keys(elements)
        columns = [Column(N_("Variation"), "text"), *(column for key in keys for column in self._columns(key))]
        rows = [self._row(self.of.name_of(each), [each], keys) for each in elements]
        if len(elements) > 1:
            rows.append(self._row(self.of.text(N_("All variations")), elements, keys))
        return Numbers(columns, rows)

    def _columns(self, key: str) -> list[Column]:
        """The column of a statistic, and behind it that of the rate that it makes."""
        form: Form = "money" if key == "revenue" else "number"
        rate = self._rate(key)
        return [Column(self.of.metric_name(key), form), *([Column(rate[1], "percent")] if rate else [])]

    def _rate(self, key: str) -> tuple[str, str] | None:
        if self.channel == CONTROL:
            return None
        sources = SOURCES[self.channel]._asdict()
        return next((rate for total, rate in _RATES.items() if sources[total] == key), None)

    def _row(self, name: str, elements: Sequence[Element], keys: Sequence[str]) -> list[Any]:
        row: list[Any] = [name]
        for key in keys:
            row.append(self._number(elements, key))
            if rate := self._rate(key):
                row.append(self._share(elements, key, rate[0]))
        return row

    def _number(self, elements: Sequence[Element], key: str) -> Any:
        """A number, with where it leads if it is that of one element; None if no element has it."""
        metrics = [each.metric(key) for each in elements if key in each.statistics]
        if not metrics:
            return None
        number = round(sum(self.sums[metric] for metric in metrics), 6)
        return self._linked(number, metrics[0] if len(elements) == 1 else self._meant(key, elements, metrics))

    def _share(self, elements: Sequence[Element], key: str, rate: str) -> Any:
        """The share that a statistic is of what it could have been."""
        value = getattr(totals_of_elements(self.sums, elements), rate)
        return self._linked(value, self._meant(rate, elements, [each.metric(key) for each in elements]))

    def _meant(self, name: str, elements: Sequence[Element], metrics: Sequence[Metric]) -> Metric | None:
        variation = elements[0].variation if len(elements) == 1 else None
        return self.of.explained(Metric(name, self.channel, variation), metrics)

    def _linked(self, value: float | None, meant: Metric | None) -> Any:
        """A value with where it leads; without if nothing says what it means."""
        return value if value is None or meant is None else Linked(value, self.of.number(meant))


def _keys(elements: Sequence[Element]) -> list[str]:
    """The statistics of any of the elements: they differ in their buttons, which come after what all have."""
    shared = [key for key in elements[0].statistics if not key.startswith(_BUTTON)]
    buttons = [key for each in elements for key in each.statistics if key.startswith(_BUTTON)]
    return [*shared, *dict.fromkeys(buttons)]


def as_rows(of: Messaging, sums: Sums) -> Numbers:
    """All numbers, a row each, as programs read them: with the keys of the API."""
    columns = [
        Column(N_("Channel"), "text"),
        Column(N_("Variation"), "text"),
        Column(N_("Variation id"), "text"),
        Column(N_("Metric"), "text"),
        Column(N_("Value")),
    ]
    return Numbers(columns, list(_rows(of, sums)))


def _rows(of: Messaging, sums: Sums) -> Iterator[tuple[Any, ...]]:
    for key in of.parts.own:
        yield "", "", "", key, sums[Metric(key)]
    for each in of.parts.elements:
        for key in each.statistics:
            yield each.channel, each.name, each.variation, key, sums[each.metric(key)]
