"""A chart of lifts: a point with its interval for each variation, along one axis of percent with a line at zero.

Each is drawn in a box of 1,000 by 100 that the page stretches; the axis below is HTML.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

WIDTH: Final = 1_000
HEIGHT: Final = 100

_STEPS: Final = (1, 2, 2.5, 5, 10, 20)
_MOST_TICKS: Final = 8
_WIDEST: Final = 1.5  # the longest whisker past the largest lift, in lifts; longer ones are cut
_NARROWEST: Final = 0.05
_SHORTEST_CUT: Final = 1.0
_MIDDLE: Final = HEIGHT / 2
_CAP: Final = 18.0
_ARROW: Final = 14.0
_WHOLE: Final = 1e-6


class Lift(NamedTuple):
    """A lift and its interval, as ratios; None is what there is none of, or an end that is infinite."""

    value: float | None
    interval: tuple[float | None, float | None] | None


class Drawn(NamedTuple):
    """A lift in its box: paths of the whisker, and of the point, '' where there is none."""

    whisker: str
    point: str


@dataclass(frozen=True)
class LiftChart:
    """The lifts of some variations, drawn against one axis."""

    lifts: Sequence[Lift]

    @cached_property
    def ticks(self) -> list[float]:
        """Round ratios at even distances from the axis' beginning to its end; 0 is one of them."""
        low, high = self._ends
        step = _step(high - low)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        return [round(step * n, 9) for n in range(first, last + 1)]

    @property
    def decimals(self) -> int:
        """How many decimals percents of the ticks need."""
        return 0 if all(abs(100 * tick - round(100 * tick)) < _WHOLE for tick in self.ticks) else 1

    @property
    def _ends(self) -> tuple[float, float]:
        """From where to where the axis must go: past all points, and past ends of intervals that are not too far."""
        values = [lift.value for lift in self.lifts if lift.value is not None]
        ends = [end for lift in self.lifts for end in _finite(lift)]
        # Of an interval without a point, as that against a rate of 0, the nearer end is shown.
        nearest = [min(abs(end) for end in found) for found in map(_finite, self.lifts) if found]
        furthest = max([_SHORTEST_CUT, *(_WIDEST * abs(value) for value in [*values, *nearest])])
        cut = [min(max(end, -furthest), furthest) for end in ends]
        endless = [lift.interval for lift in self.lifts if lift.interval]
        begins = [-_SHORTEST_CUT for low, _ in endless if low is None]
        goes_on = [_SHORTEST_CUT for _, high in endless if high is None]
        low, high = min([0.0, *values, *cut, *begins]), max([0.0, *values, *cut, *goes_on])
        return (low, high) if high - low >= _NARROWEST else (-_NARROWEST, _NARROWEST)

    @property
    def zero(self) -> float:
        """Where no difference is."""
        return self._x(0)

    @property
    def grid(self) -> list[float]:
        """Where the ticks are."""
        return [self._x(tick) for tick in self.ticks]

    @property
    def drawn(self) -> list[Drawn]:
        """The lifts, in their order."""
        return [Drawn(self._whisker(lift.interval), self._point(lift.value)) for lift in self.lifts]

    def _x(self, ratio: float) -> float:
        first, last = self.ticks[0], self.ticks[-1]
        return round(WIDTH * (ratio - first) / (last - first), 1)

    def _point(self, value: float | None) -> str:
        # A line without length is a dot, whatever the box is stretched to.
        return "" if value is None else f"M{self._x(value)},{_MIDDLE}h0"

    def _whisker(self, interval: tuple[float | None, float | None] | None) -> str:
        if interval is None:
            return ""
        low, high = interval
        first, last = self.ticks[0], self.ticks[-1]
        left = 0 if low is None or low < first else self._x(low)
        right = WIDTH if high is None or high > last else self._x(high)
        begins = _arrow(0, _ARROW) if low is None or low < first else _cap(left)
        ends = _arrow(WIDTH, -_ARROW) if high is None or high > last else _cap(right)
        return f"M{left},{_MIDDLE}H{right}{begins}{ends}"


def _finite(lift: Lift) -> list[float]:
    """The ends of its interval that can be drawn."""
    return [end for end in lift.interval or () if end is not None]


def _cap(x: float) -> str:
    """The end of a whisker."""
    return f"M{x},{_MIDDLE - _CAP}V{_MIDDLE + _CAP}"


def _arrow(x: float, back: float) -> str:
    """The head of an arrow at the edge of the box: the whisker goes on."""
    return f"M{x + back},{_MIDDLE - _CAP}L{x},{_MIDDLE}L{x + back},{_MIDDLE + _CAP}"


def _step(size: float) -> float:
    power = 10 ** math.floor(math.log10(size / (_MOST_TICKS - 1)))
    steps: Iterable[float] = (power * step for step in _STEPS)
    return next(step for step in steps if step * (_MOST_TICKS - 2) >= size)
