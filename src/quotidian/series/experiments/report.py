"""The report of an experiment: its rows, compared with one of them."""

from typing import Final

import msgspec

from quotidian.domain.days import Day
from quotidian.series.experiments.facts import Facts, RowFacts
from quotidian.series.experiments.question import Experiment, Outcome
from quotidian.series.experiments.rows import RowKey, Rows
from quotidian.series.experiments.statistics.comparison import NONE, Comparison, Interval
from quotidian.series.experiments.statistics.means import Sample, compare_means
from quotidian.series.experiments.statistics.proportions import compare_proportions
from quotidian.series.experiments.statistics.split import sample_ratio

NOTE: Final = (
    "Intervals and p-values hold for one look at a time that was fixed in advance: who looks again and again, and "
    "stops when a difference appears, finds differences that are not there."
)
"""What every report says of itself."""

_ENOUGH_CONVERTERS: Final = 5
_MISMATCH_BELOW: Final = 0.001
_MICROS: Final = 1_000_000


class ExperimentRow(msgspec.Struct, frozen=True):
    """A variation, or a control group (`control`), and how it compares with the baseline.

    `rate` is of conversions, and `revenue` and `mean`, in dollars, of revenue; None where there are no recipients, or
    the other is asked for. Of intervals an end is None that is infinite. `enough_data` is None in the baseline's row.
    """

    variation_name: str | None
    variation_api_id: str | None
    control: bool
    recipients: int
    converters: int
    rate: float | None
    revenue: float | None
    mean: float | None
    difference: float | None
    difference_interval: Interval | None
    lift: float | None
    lift_interval: Interval | None
    p_value: float | None
    enough_data: bool | None


class SampleRatio(msgspec.Struct, frozen=True):
    """A test of the recipients against the intended split; `mismatch` if they hardly come from it by chance."""

    p_value: float
    mismatch: bool


class ExperimentReport(msgspec.Struct, tag=True, frozen=True):
    """The report; `baseline` is the index of its row, None if there are no rows."""

    campaign_id: str
    first: Day
    last: Day
    conversion: Outcome
    baseline: int | None
    crossed_over: int
    rows: list[ExperimentRow]
    sample_ratio: SampleRatio | None
    note: str = NOTE


def report_of(asked: Experiment, rows: Rows, facts: Facts) -> ExperimentReport:
    """The report of what was counted. Raises BadQuestion for a baseline that the campaign has not."""
    baseline = rows.baseline(asked.baseline)
    counted = {key: facts.rows.get(key, RowFacts()) for key in rows.keys}
    return ExperimentReport(
        asked.campaign_id,
        asked.first,
        asked.last,
        asked.conversion,
        None if baseline is None else rows.keys.index(baseline),
        facts.crossed_over,
        [
            _row(asked, rows, key, found, None if key == baseline or baseline is None else counted[baseline])
            for key, found in counted.items()
        ],
        _sample_ratio(rows, counted),
    )


def _row(asked: Experiment, rows: Rows, key: RowKey, found: RowFacts, baseline: RowFacts | None) -> ExperimentRow:
    """A row; `baseline` is None in its own."""
    of_revenue = asked.conversion == "revenue"
    compared = _compare(found, baseline, of_revenue=of_revenue) if baseline else NONE
    return ExperimentRow(
        variation_name=rows.names.get(key.variation),
        variation_api_id=key.variation or None,
        control=key.is_control,
        recipients=found.recipients,
        converters=found.converters,
        rate=found.converters / found.recipients if found.recipients and not of_revenue else None,
        revenue=found.micros / _MICROS if of_revenue else None,
        mean=_sample(found).mean if of_revenue else None,
        difference=compared.difference,
        difference_interval=compared.difference_interval,
        lift=compared.lift,
        lift_interval=compared.lift_interval,
        p_value=compared.p_value,
        enough_data=_has_enough(found, baseline) if baseline else None,
    )


def _compare(found: RowFacts, baseline: RowFacts, *, of_revenue: bool) -> Comparison:
    if of_revenue:
        return compare_means(_sample(found), _sample(baseline))
    return compare_proportions(found.converters, found.recipients, baseline.converters, baseline.recipients)


def _sample(found: RowFacts) -> Sample:
    return Sample(found.recipients, found.micros, found.squares, _MICROS)


def _has_enough(found: RowFacts, baseline: RowFacts) -> bool:
    return min(found.converters, baseline.converters) >= _ENOUGH_CONVERTERS


def _sample_ratio(rows: Rows, counted: dict[RowKey, RowFacts]) -> SampleRatio | None:
    weights = rows.weights()
    p_value = sample_ratio([found.recipients for found in counted.values()], [weights[key] for key in counted])
    return None if p_value is None else SampleRatio(p_value, p_value < _MISMATCH_BELOW)
