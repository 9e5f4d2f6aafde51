"""The report of an experiment: its rows, compared with one of them.

Apart from what makes it, since whoever talks to the engine loads this.
"""

from typing import Final

import msgspec

from quotidian.domain.days import Day
from quotidian.series.experiments.question import Outcome
from quotidian.series.experiments.statistics.comparison import Interval

NOTE: Final = (
    "Intervals and p-values hold for one look at a time that was fixed in advance: who looks again and again, and "
    "stops when a difference appears, finds differences that are not there."
)
"""What every report says of itself."""


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
