"""Round numbers for the axis of a chart."""

import math
from collections.abc import Iterable
from typing import Final

_STEPS: Final = (1, 2, 2.5, 5, 10)
_MOST_TICKS: Final = 5


def ticks(values: Iterable[float], *, whole: bool) -> list[float]:
    """Round numbers at even distances, 0 among them, that reach from the smallest value to the largest.

    `whole` numbers have no ticks between them.
    """
    reached = [0.0, *values]
    lowest, highest = min(reached), max(reached)
    span = highest - lowest
    if span <= 0:
        return [0, 1]
    size = 10 ** math.floor(math.log10(span / (_MOST_TICKS - 1)))
    steps = (size * step for step in _STEPS if not whole or size * step >= 1)
    step = next((each for each in steps if each * (_MOST_TICKS - 1) >= span), 1)
    first, last = math.floor(lowest / step + 1e-9), math.ceil(highest / step - 1e-9)
    return [step * n for n in range(first, last + 1)]
