"""Small charts for the rows of a table: a line without axes."""

from collections.abc import Sequence

WIDTH, HEIGHT = 100, 24


def spark_path(values: Sequence[float]) -> str:
    """The path of a line through some values in a box of 100 by 24; of zeros along its floor; '' of none."""
    largest = max(values, default=0) or 1
    step = WIDTH / max(1, len(values) - 1)
    points = [f"{n * step:.4g},{HEIGHT - 1 - (HEIGHT - 2) * value / largest:.4g}" for n, value in enumerate(values)]
    return "M" + "L".join(points) if len(points) > 1 else ""
