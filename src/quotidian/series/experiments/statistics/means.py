"""Compares two means by Welch's method."""

from dataclasses import dataclass
from functools import cached_property
from math import sqrt

from quotidian.series.experiments.statistics.comparison import CONFIDENCE, NONE, Comparison


@dataclass(frozen=True)
class Sample:
    """Values of a number of users: their sum and the sum of their squares, whole numbers of the size 1/unit."""

    number: int
    total: int
    squares: int
    unit: int = 1

    @cached_property
    def mean(self) -> float | None:
        """None of nobody."""
        return self.total / (self.number * self.unit) if self.number else None

    @cached_property
    def variance_of_mean(self) -> float:
        """s²/n of at least two users, where s² has n - 1 below it. Exact up to the division."""
        number = self.number
        deviations = number * self.squares - self.total * self.total
        return deviations / (number * number * (number - 1) * self.unit * self.unit)


def compare_means(sample: Sample, baseline: Sample) -> Comparison:
    """The comparison of two means; nothing where either is of nobody."""
    mean, mean0 = sample.mean, baseline.mean
    if mean is None or mean0 is None:
        return NONE
    found = Comparison(difference=mean - mean0, lift=mean / mean0 - 1 if mean0 else None)
    if min(sample.number, baseline.number) < 2:
        return found
    v, v0 = sample.variance_of_mean, baseline.variance_of_mean
    error = sqrt(v + v0)
    if not error:
        return found
    freedom = _degrees_of_freedom(sample, baseline)
    t = _quantile(freedom)
    found = found._replace(
        difference_interval=(mean - mean0 - t * error, mean - mean0 + t * error),
        p_value=_two_sided((mean - mean0) / error, freedom),
    )
    if found.lift is None:
        return found
    # By the delta method.
    half = t * sqrt(v + v0 * (mean / mean0) ** 2) / abs(mean0)
    return found._replace(lift_interval=(found.lift - half, found.lift + half))


def _degrees_of_freedom(sample: Sample, baseline: Sample) -> float:
    """Satterthwaite's."""
    share = sample.variance_of_mean / (sample.variance_of_mean + baseline.variance_of_mean)
    return 1 / (share**2 / (sample.number - 1) + (1 - share) ** 2 / (baseline.number - 1))


def _quantile(freedom: float) -> float:
    from scipy.special import stdtrit  # noqa: PLC0415

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))


def _two_sided(t: float, freedom: float) -> float:
    from scipy.special import stdtr  # noqa: PLC0415

    return float(2 * stdtr(freedom, -abs(t)))
