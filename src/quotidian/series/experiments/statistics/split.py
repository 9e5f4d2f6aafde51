"""Compares how many users the rows of an experiment have with the split that was intended."""

from collections.abc import Sequence


def sample_ratio(counts: Sequence[int], weights: Sequence[float]) -> float | None:
    """The p-value of a chi-squared test of counts against weights, over those with a weight above 0.

    None where these are fewer than two, or have nobody.
    """
    from scipy.special import chdtrc  # noqa: PLC0415

    weighed = [(count, weight) for count, weight in zip(counts, weights, strict=True) if weight > 0]
    number = sum(count for count, _ in weighed)
    if len(weighed) < 2 or not number:
        return None
    scale = number / sum(weight for _, weight in weighed)
    chi_squared = sum((count - weight * scale) ** 2 / (weight * scale) for count, weight in weighed)
    return float(chdtrc(len(weighed) - 1, chi_squared))
