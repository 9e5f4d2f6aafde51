"""The numbers of a campaign or a send over some days: of the whole, and of each variation in each channel."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection

from quotidian.domain.channels import CONTROL
from quotidian.domain.days import Slice
from quotidian.domain.totals import SOURCES, Totals, added, totals_of_channel
from quotidian.series.read import FoundSeries, read_points
from quotidian.series.values import TOTAL, Metric, above_zero

_MICROS: Final = 1_000_000


class Element(NamedTuple):
    """A variation in a channel, or with the channel `control` a control group.

    `name` is None where no event has given one; `statistics` are the keys of its numbers, in the order of the point.
    """

    channel: str
    variation: str | None
    name: str | None
    statistics: tuple[str, ...]

    @property
    def is_control(self) -> bool:
        """Whether it is a control group, which every channel of its campaign lists."""
        return self.channel == CONTROL

    def metric(self, name: str) -> Metric:
        """A number of its own."""
        return Metric(name, self.channel, self.variation)


@dataclass(frozen=True)
class Parts:
    """What a campaign or a send has: its elements, each control group once, and the keys of its numbers as a whole."""

    elements: Sequence[Element]
    own: tuple[str, ...]

    @property
    def channels(self) -> list[str]:
        """The keys of its channels, in the order of its points; without control groups."""
        return list(dict.fromkeys(each.channel for each in self.elements if not each.is_control))

    @cached_property
    def metrics(self) -> frozenset[Metric]:
        """All numbers of its points."""
        of_elements = (each.metric(key) for each in self.elements for key in each.statistics)
        return frozenset((*map(Metric, self.own), *of_elements))

    def of_channel(self, channel: str) -> list[Element]:
        """The elements of a channel, or with `control` the control groups."""
        return [each for each in self.elements if each.channel == channel]


def parts_of(found: FoundSeries) -> Parts:
    """The parts of a series, as a day without data lists them."""
    point: dict[str, Any] = msgspec.json.decode(b"{" + found.zero)
    messages = point.pop("messages")
    # A dictionary, for each channel lists the control group.
    elements = {
        (element.channel, element.variation): element
        for channel, listed in messages.items()
        for element in (_element(channel, each) for each in listed)
    }
    return Parts(list(elements.values()), tuple(point))


def _element(channel: str, listed: Mapping[str, Any]) -> Element:
    place = CONTROL if "enrolled" in listed else channel
    keys = tuple(key for key in listed if key not in ("variation_name", "variation_api_id"))
    return Element(place, listed["variation_api_id"], listed["variation_name"], keys)


class Summed(NamedTuple):
    """Sums over some days by what they are of, 0 where there is nothing; and daily sums of some lines of a chart."""

    sums: Mapping[Metric, float]
    lines: list[list[float]]


def summed(
    connection: Connection, found: FoundSeries, kind: str, days: Slice, lines: Sequence[Collection[Metric]] = ()
) -> Summed:
    """The sums of a series over some days; `lines` are the numbers that are added up to one, day by day."""
    sums: dict[Metric, float] = defaultdict(float)
    daily: list[list[float]] = [[] for _ in lines]
    for point in read_points(connection, found, days):
        # Most days of a long range are without data, and need not be decoded.
        numbers = {} if point.endswith(found.zero) else above_zero(kind, point)
        for metric, number in numbers.items():
            sums[metric] += number
        for values, line in zip(daily, lines, strict=True):
            values.append(as_published(sum(numbers.get(metric, 0) for metric in line)))
    return Summed(defaultdict(int, {metric: as_published(number) for metric, number in sums.items()}), daily)


def as_published(number: float) -> float:
    """A sum of published numbers without what floats add to it: counts are whole, revenue has six decimals."""
    rounded = round(number, 6)
    return int(rounded) if rounded == int(rounded) else rounded


def totals_of_elements(sums: Mapping[Metric, float], elements: Iterable[Element]) -> Totals:
    """The totals of some elements of one channel: what was sent, and what became of it (domain/totals.py)."""
    chosen = list(elements)
    channel = chosen[0].channel
    keys = [key for key in SOURCES[channel] if key is not None]
    return totals_of_channel(channel, {key: int(sum(sums[each.metric(key)] for each in chosen)) for key in keys})


def totals_of_parts(sums: Mapping[Metric, float], parts: Parts) -> Totals:
    """The totals of a campaign or a send over all its channels."""
    whole = Totals(
        recipients=int(sums[Metric("unique_recipients", TOTAL)]),
        conversions=int(sums[Metric("conversions", TOTAL)]),
        revenue=round(sums[Metric("revenue", TOTAL)] * _MICROS),
    )
    for channel in parts.channels:
        whole = added(whole, totals_of_elements(sums, parts.of_channel(channel)))
    return whole
