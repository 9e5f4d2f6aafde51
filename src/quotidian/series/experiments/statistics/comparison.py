"""A comparison of a row with the baseline."""

from typing import Final, NamedTuple

Z: Final = 1.959963984540054
"""The 97.5 % quantile of the normal distribution: intervals hold with 95 %."""

CONFIDENCE: Final = 0.95

Interval = tuple[float | None, float | None]
"""Low and high; None for an end that is infinite."""


class Comparison(NamedTuple):
    """Difference and relative lift with their intervals, and a two-sided p-value; None is what cannot be said."""

    difference: float | None = None
    difference_interval: Interval | None = None
    lift: float | None = None
    lift_interval: Interval | None = None
    p_value: float | None = None


NONE: Final = Comparison()
