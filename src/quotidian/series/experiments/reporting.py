"""Makes the report of an experiment from what was counted."""

from typing import Final

from quotidian.series.experiments.facts import Facts, RowFacts
from quotidian.series.experiments.question import Experiment
from quotidian.series.experiments.report import ExperimentReport, ExperimentRow, SampleRatio
from quotidian.series.experiments.rows import RowKey, Rows
from quotidian.series.experiments.statistics.comparison import NONE, Comparison
from quotidian.series.experiments.statistics.means import Sample, compare_means
from quotidian.series.experiments.statistics.proportions import compare_proportions
from quotidian.series.experiments.statistics.split import sample_ratio

_ENOUGH_CONVERTERS: Final = 5
_MISMATCH_BELOW: Final = 0.001
_MICROS: Final = 1_000_000


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
