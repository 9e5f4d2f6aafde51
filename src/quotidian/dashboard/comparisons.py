"""The rows of an experiment as its page shows them: names, sentences, warnings, and numbers as texts."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from babel.numbers import format_decimal

from quotidian.dashboard.charts.lift import Lift, LiftChart
from quotidian.dashboard.languages import NOTHING, Language
from quotidian.dashboard.messaging import shortened
from quotidian.dashboard.sentences import Comparison, caution, sentence
from quotidian.dashboard.tables import Column, Numbers
from quotidian.dashboard.words import N_
from quotidian.series.experiments.report import ExperimentReport, ExperimentRow

_LONGEST_NAME: Final = 60
_SMALLEST_P: Final = 0.001
_TWO: Final = 2

# Marks that turn the direction of what follows: in a sentence they would turn our own words.
_TURNING: Final = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})

Ends = tuple[float | None, float | None]


class Name(NamedTuple):
    """What a row is called: as a title, at the beginning of a sentence, and within one."""

    title: str
    first: str
    within: str


class ComparedRow(NamedTuple):
    """A row with its name; what it says against the baseline, '' for the baseline itself."""

    name: Name
    row: ExperimentRow
    is_baseline: bool
    sentence: str
    caution: str


@dataclass(frozen=True)
class Comparisons:
    """A report, in the reader's language."""

    report: ExperimentReport
    language: Language

    @property
    def is_revenue(self) -> bool:
        """Whether revenue is compared, not conversions."""
        return self.report.conversion == "revenue"

    @cached_property
    def names(self) -> list[Name]:
        """The names of the rows."""
        several = sum(row.control for row in self.report.rows) > 1
        return [self._name(row, several_controls=several) for row in self.report.rows]

    def _name(self, row: ExperimentRow, *, several_controls: bool) -> Name:
        text = self.language.gettext
        if row.control and not several_controls:
            return Name(text(N_("Control group")), text(N_("The control group")), text(N_("the control group")))
        title = row.variation_name or row.variation_api_id
        if not title:
            unnamed = text(N_("The variation without an id")), text(N_("the variation without an id"))
            return Name(text(N_("Without a variation")), *unnamed)
        quoted = text(N_("“%(name)s”")) % {"name": shortened(undirected(title), _LONGEST_NAME)}
        return Name(title, quoted, quoted)

    @property
    def baseline(self) -> Name | None:
        """The name of the row that the others are compared with; None if there are no rows."""
        return None if self.report.baseline is None else self.names[self.report.baseline]

    @cached_property
    def rows(self) -> list[ComparedRow]:
        """The rows in order."""
        return [self._row(n, row) for n, row in enumerate(self.report.rows)]

    def _row(self, n: int, row: ExperimentRow) -> ComparedRow:
        name = self.names[n]
        if n == self.report.baseline or self.report.baseline is None:
            return ComparedRow(name, row, True, "", "")
        compared = self._compared(name, row, self.report.baseline)
        return ComparedRow(name, row, False, sentence(self.language, compared), caution(self.language, compared))

    def _compared(self, name: Name, row: ExperimentRow, baseline: int) -> Comparison:
        base = self.report.rows[baseline]
        return Comparison(
            name=name.first,
            baseline=self.names[baseline].within,
            recipients=row.recipients,
            baseline_recipients=base.recipients,
            value=_value(row),
            baseline_value=_value(base),
            lift=row.lift,
            interval=row.lift_interval,
            enough_data=bool(row.enough_data),
            is_revenue=self.is_revenue,
        )

    @property
    def others(self) -> list[ComparedRow]:
        """The rows that are compared with the baseline."""
        return [row for row in self.rows if not row.is_baseline]

    @cached_property
    def chart(self) -> LiftChart:
        """The lifts of the others."""
        return LiftChart([Lift(each.row.lift, each.row.lift_interval) for each in self.others])

    @property
    def crossed_share(self) -> str:
        """The share of the recipients who received several variations.

        Each is a recipient of two rows or more: where there are more than two, there may be fewer users than is counted
        here, and the share may be larger.
        """
        users = sum(row.recipients for row in self.report.rows) - self.report.crossed_over
        share = self.language.percent(self.report.crossed_over / users if users > 0 else None)
        if len(self.report.rows) <= _TWO:
            return share
        return self.language.gettext(N_("at least %(share)s")) % {"share": share}

    def value(self, row: ExperimentRow) -> str:
        """The rate, or what a recipient earned."""
        return self.language.money(row.mean) if self.is_revenue else self.language.percent(row.rate)

    def difference(self, value: float | None) -> str:
        """A difference of rates in points of percent, or of means in dollars."""
        if value is None:
            return NOTHING
        return self._points(self._difference(value))

    def _difference(self, value: float) -> str:
        if self.is_revenue:
            return ("+" if value > 0 else "") + self.language.money(value)
        return str(format_decimal(100 * value, format="+#,##0.00;−#,##0.00", locale=self.language.locale))

    def _points(self, text: str) -> str:
        return text if self.is_revenue else self.language.gettext(N_("%(number)s points")) % {"number": text}

    def difference_interval(self, ends: Ends | None) -> str:
        """An interval of differences."""
        return self._points(self._interval(ends, self._difference)) if ends else NOTHING

    def lift_interval(self, ends: Ends | None) -> str:
        """An interval of lifts; an infinite end is left open."""
        return self._interval(ends, self.language.change) if ends else NOTHING

    def _interval(self, ends: Ends, formed: Callable[[float], str]) -> str:
        text = self.language.gettext
        low, high = (None if end is None else formed(end) for end in ends)
        if low is None:
            return text(N_("up to %(high)s")) % {"high": high}
        if high is None:
            return text(N_("from %(low)s upwards")) % {"low": low}
        return text(N_("%(low)s to %(high)s")) % {"low": low, "high": high}

    def p_value(self, value: float | None) -> str:
        """`0.012`, `< 0.001`."""
        if value is None:
            return NOTHING
        shown = format_decimal(max(value, _SMALLEST_P), format="0.000", locale=self.language.locale)
        return f"< {shown}" if value < _SMALLEST_P else shown

    @property
    def numbers(self) -> Numbers:
        """The report as programs read it: ratios, and an end of an interval a column."""
        own = (N_("Revenue"), N_("Mean")) if self.is_revenue else (N_("Rate"),)
        titles = (*_NAMED, *own, *_COMPARED)
        rows = [
            (row.variation_name, row.variation_api_id, int(row.control), row.recipients, row.converters)
            + ((row.revenue, row.mean) if self.is_revenue else (row.rate,))
            + (row.difference, *_ends(row.difference_interval), row.lift, *_ends(row.lift_interval), row.p_value)
            for row in self.report.rows
        ]
        return Numbers([Column(title) for title in titles], rows)


_NAMED: Final = (N_("Variation"), N_("Variation id"), N_("Control"), N_("Recipients"), N_("Converters"))
_COMPARED: Final = (
    N_("Difference"),
    N_("Difference from"),
    N_("Difference to"),
    N_("Lift"),
    N_("Lift from"),
    N_("Lift to"),
    N_("p-value"),
)


def _ends(interval: Ends | None) -> Sequence[Any]:
    return interval or (None, None)


def _value(row: ExperimentRow) -> float | None:
    return row.mean if row.rate is None else row.rate


def undirected(text: str) -> str:
    """A text in one line, without the marks that would turn the direction of the text after it."""
    kept = (each for each in text if unicodedata.bidirectional(each) not in _TURNING)
    return " ".join("".join(kept).split())
