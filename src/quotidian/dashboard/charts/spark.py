"""Small charts for the rows of a table: a line without axes."""

from collections.abc import Sequence
from typing import Final

WIDTH, HEIGHT = 100, 24


def spark_path(values: Sequence[float]) -> str:
    """The path of a line through some values in a box of 100 by 24; of zeros along its floor; '' of none."""
    largest = max(values, default=0) or 1
    step = WIDTH / max(1, len(values) - 1)
    points = [f"{n * step:.4g},{HEIGHT - 1 - (HEIGHT - 2) * value / largest:.4g}" for n, value in enumerate(values)]
    return "M" + "L".join(points) if len(points) > 1 else ""


MOST_POINTS: Final = 60
"""More than that would not be seen in so small a chart."""


def condensed(values: Sequence[float]) -> list[float]:
    """At most MOST_POINTS values: each is the mean of as many in a row, the last of those that are left."""
    size = max(1, -(-len(values) // MOST_POINTS))
    groups = [values[n : n + size] for n in range(0, len(values), size)]
    return [sum(group) / len(group) for group in groups]
