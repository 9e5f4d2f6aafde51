"""The chart of a campaign or a send: a number that the reader chooses, of the channel or variation that they choose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final, Literal, NamedTuple

from quotidian.dashboard.charts.daily import DailyChart, Line
from quotidian.dashboard.errors import PageError
from quotidian.dashboard.messages import Element
from quotidian.dashboard.messaging import Messaging
from quotidian.dashboard.tables import Form
from quotidian.dashboard.words import N_
from quotidian.domain.channels import CONTROL
from quotidian.domain.totals import SOURCES
from quotidian.series.values import Metric

USUAL: Final = ("sent", "opens", "clicks")
"""The totals that are shown if nothing is chosen."""

_USUAL_NAMES: Final = {"sent": N_("Sent"), "opens": N_("Opens"), "clicks": N_("Clicks")}


class Option(NamedTuple):
    """A choice of a form: its value in the address, and what it is called."""

    value: str
    title: str


@dataclass(frozen=True)
class Choice:
    """What of it is shown, as the address says: `of` is '', a channel, or a channel, a slash and a variation's id."""

    messaging: Messaging
    of: str
    metric: str

    @property
    def elements(self) -> Sequence[Element]:
        """The chosen elements; of everything all but control groups."""
        parts = self.messaging.parts
        if not self.of:
            return [each for each in parts.elements if not each.is_control]
        return [each for each in parts.elements if self.of in (each.channel, _place(each))]

    @property
    def groups(self) -> list[tuple[str, list[Option]]]:
        """The channels, each with its variations."""
        of, parts = self.messaging, self.messaging.parts
        groups = []
        for channel in (*parts.channels, CONTROL):
            elements = parts.of_channel(channel)
            options = [Option(_place(each), of.name_of(each)) for each in elements]
            whole = [Option(channel, of.text(N_("All variations")))] if len(elements) > 1 else []
            if options:
                groups.append((of.channel_name(channel), whole + options))
        return groups

    @property
    def metrics(self) -> list[Option]:
        """The numbers that can be shown, whatever they are of."""
        keys = [key for each in self.messaging.parts.elements for key in each.statistics]
        return [Option(key, self.messaging.metric_name(key)) for key in dict.fromkeys(keys)]

    @property
    def lines(self) -> list[tuple[str, list[Metric]]]:
        """The lines by name, each with the numbers that it is the sum of."""
        if not self.metric:
            lines = [(_USUAL_NAMES[total], metrics) for total, metrics in self._usual]
            return lines or self._line("unique_recipients")
        return self._line(self.metric)

    @property
    def _usual(self) -> list[tuple[str, list[Metric]]]:
        """The totals that there are of what is chosen."""
        usual = [(total, self._of_total(total)) for total in USUAL]
        return [(total, metrics) for total, metrics in usual if metrics]

    def _line(self, key: str) -> list[tuple[str, list[Metric]]]:
        if not self.of and key in self.messaging.parts.own:
            metrics = [Metric(key)]
        else:
            metrics = [each.metric(key) for each in self.elements if key in each.statistics]
        return [(self.messaging.metric_name(key), metrics)] if metrics else []

    def _of_total(self, total: str) -> list[Metric]:
        """The numbers that make a total: each channel has its own, or none (domain/totals.py)."""
        found = []
        for each in self.elements:
            key = getattr(SOURCES[each.channel], total) if each.channel in SOURCES else None
            if key is not None:
                found.append(each.metric(key))
        return found

    def chart(self, days: Sequence[date], values: Sequence[list[float]]) -> DailyChart:
        """The chart of the lines, whose daily values were read."""
        lines = [
            Line(name, of_line, partial(self._address, self._meant(n, metrics)))
            for n, ((name, metrics), of_line) in enumerate(zip(self.lines, values, strict=True))
        ]
        kind: Literal["lines", "bars"] = "lines" if len(days) > 1 else "bars"
        form: Form = "money" if self.metric == "revenue" else "number"
        today = self.messaging.visit.workspace.today
        return DailyChart("by-day", N_("Day by day"), days, lines, kind, form, today=today)

    def _meant(self, n: int, metrics: Sequence[Metric]) -> Metric | None:
        """The number that a line is, which has a meaning of its own; None of other sums."""
        if len(metrics) == 1:
            return metrics[0]
        channel, _, variation = self.of.partition("/")
        name = self.metric or self._usual[n][0]
        return self.messaging.explained(Metric(name, channel, variation or None), metrics)

    def _address(self, meant: Metric | None, day: date) -> str:
        """Where a day leads: a number to what it means, another sum to the numbers that it is the sum of."""
        if meant is not None:
            return self.messaging.number(meant, day.isoformat())
        dates = {"from": day.isoformat(), "to": day.isoformat(), "days": None, "page": None, "csv": None}
        return f"{self.messaging.visit.here(**dates)}#by-variation"


def _place(element: Element) -> str:
    return f"{element.channel}/{element.variation or ''}"


def choice_of(messaging: Messaging) -> Choice:
    """What the address chooses. Raises PageError for what the campaign or send does not have."""
    given = messaging.visit.given
    choice = Choice(messaging, given.get("of", ""), given.get("metric", ""))
    if choice.of and not choice.elements:
        raise PageError(404, N_("There is no channel or variation “%(name)s” here."), name=choice.of[:80])
    if choice.metric and choice.metric not in [option.value for option in choice.metrics]:
        raise PageError(404, N_("There is no number “%(name)s” here."), name=choice.metric[:80])
    return choice
