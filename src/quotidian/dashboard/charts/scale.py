"""Round numbers for the axis of a chart."""

import math
from collections.abc import Iterable
from typing import Final

_STEPS: Final = (1, 2, 2.5, 5, 10)
_MOST_TICKS: Final = 5


def ticks(values: Iterable[float], *, whole: bool) -> list[float]:
    """Round numbers from 0, at even distances, of which the last is at least the largest value.

    `whole` numbers have no ticks between them.
    """
    largest = max(values, default=0)
    if largest <= 0:
        return [0, 1]
    size = 10 ** math.floor(math.log10(largest / (_MOST_TICKS - 1)))
    steps = (size * step for step in _STEPS if not whole or size * step >= 1)
    step = next((each for each in steps if each * (_MOST_TICKS - 1) >= largest), 1)
    return [step * n for n in range(math.ceil(largest / step - 1e-9) + 1)]
