"""Compares two proportions: x of n with x0 of n0, the baseline's. All are exact whole numbers of any size."""

from collections.abc import Callable
from math import erfc, exp, inf, log, sqrt
from typing import Final

from quotidian.series.experiments.statistics.comparison import NONE, Comparison, Interval, Z

_STEP: Final = 1.0
_TOLERANCE: Final = 1e-14


def compare_proportions(x: int, n: int, x0: int, n0: int) -> Comparison:
    """The comparison of x/n with x0/n0; nothing where either n is 0."""
    if not n or not n0:
        return NONE
    p, p0 = x / n, x0 / n0
    low, high = koopman(x, n, x0, n0)
    return Comparison(
        p - p0,
        newcombe(x, n, x0, n0),
        p / p0 - 1 if x0 else None,
        (low - 1, None if high == inf else high - 1),
        pearson(x, n, x0, n0),
    )


def wilson(x: int, n: int) -> tuple[float, float]:
    """Wilson's score interval of a proportion."""
    centre, half = 2 * x + Z * Z, Z * sqrt(Z * Z + 4 * x * (n - x) / n)
    high = (centre + half) / (2 * (n + Z * Z)) if x < n else 1.0
    # The product of both ends is known: the difference of two numbers that are almost equal would not be exact.
    return x * x / n / ((n + Z * Z) * high), high


def newcombe(x: int, n: int, x0: int, n0: int) -> Interval:
    """Newcombe's hybrid score interval of p - p0 without continuity correction (1998, method 10)."""
    p, p0 = x / n, x0 / n0
    (low, high), (low0, high0) = wilson(x, n), wilson(x0, n0)
    difference = p - p0
    return (
        difference - sqrt((p - low) ** 2 + (high0 - p0) ** 2),
        difference + sqrt((high - p) ** 2 + (p0 - low0) ** 2),
    )


def pearson(x: int, n: int, x0: int, n0: int) -> float | None:
    """The p-value of Pearson's chi-squared test without correction; None where all or none succeeded."""
    successes, number = x + x0, n + n0
    if successes in (0, number):
        return None
    # In whole numbers up to the last division: the difference of the products may be small beside them.
    chi_squared = number * (x * n0 - x0 * n) ** 2 / (n * n0 * successes * (number - successes))
    return erfc(sqrt(chi_squared / 2))


def koopman(x: int, n: int, x0: int, n0: int) -> tuple[float, float]:
    """Koopman's asymptotic score interval of the ratio p / p0 (1984); its end is inf where x0 is 0.

    Of the interval's numbers none is rejected by the score test, whose statistic falls to 0 at the ratio found and
    grows without bounds to both sides of it.
    """
    if not x and not x0:
        return 0.0, inf
    found = log(x / n) - log(x0 / n0) if x and x0 else 0.0

    def excess(log_ratio: float) -> float:
        return _score(exp(log_ratio), x, n, x0, n0) - Z * Z

    low = exp(_root(excess, found, -_STEP)) if x else 0.0
    high = exp(_root(excess, found, _STEP)) if x0 else inf
    return low, high


def _score(ratio: float, x: int, n: int, x0: int, n0: int) -> float:
    """The score statistic of a ratio: (p - ratio·p0)² over its variance at the most likely rates with that ratio.

    It equals the sum of the two terms in Koopman's definition. The most likely q0 is the smaller root of a quadratic,
    and q is ratio·q0. Both and their complements are put so that no two almost equal numbers are subtracted.
    """
    successes, failures, failures0 = x + x0, n - x, n0 - x0
    one, other = ratio * (n + x0), float(x + n0)
    distance = one - other
    product = 4 * ratio * failures * failures0
    root = sqrt(distance * distance + product)
    total = one + other + root
    # root + distance and root - distance, whose product is known.
    if distance >= 0:
        above = root + distance
        below = product / above if above else 0.0
    else:
        below = root - distance
        above = product / below
    q0, not_q0 = 2 * successes / total, (above + 2 * failures0) / total
    q, not_q = ratio * q0, (below + 2 * ratio * failures) / total
    variance = q * not_q / n + ratio * ratio * q0 * not_q0 / n0
    deviation = (x / n) - ratio * (x0 / n0)
    if not deviation:
        return 0.0
    return deviation * deviation / variance if variance else inf


def _root(excess: Callable[[float], float], start: float, step: float) -> float:
    """Where a function is 0 that is negative at `start`, or behind it, and grows in the direction of the step."""
    from scipy.optimize import brentq  # noqa: PLC0415

    inside = start
    while excess(inside) >= 0:
        inside -= step
    outside = inside + step
    while excess(outside) < 0:
        outside += step
    return float(brentq(excess, inside, outside, xtol=_TOLERANCE))
