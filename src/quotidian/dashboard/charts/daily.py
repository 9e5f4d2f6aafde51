"""Charts of daily numbers: lines, bars, and bars that stand on each other.

A chart is drawn in a box of 1,000 by 1,000 that the page stretches, so there is no text in it: the axes are HTML.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Any, Final, Literal, NamedTuple

from quotidian.dashboard.charts.scale import ticks
from quotidian.dashboard.tables import Column, Form, Linked, Numbers
from quotidian.dashboard.words import N_

SIZE: Final = 1_000
_MOST_LABELS: Final = 6
_BAR: Final = 0.8  # how much of its day a bar takes

Number = float | None


@dataclass(frozen=True)
class Line:
    """The numbers of one name, one a day; `address` gives where the number of a day leads, if anywhere.

    Where bars are stacked, those of a line that `is_below` hang down from zero.
    """

    name: str
    values: Sequence[Number]
    address: Callable[[date], str] | None = None
    is_below: bool = False


class Segment(NamedTuple):
    """A part of the axis of days: its first and last date, and how many days."""

    first: date
    last: date
    days: int


class Bar(NamedTuple):
    """A rectangle of the box; `is_so_far` that of a day that is not over."""

    x: float
    y: float
    width: float
    height: float
    is_so_far: bool = False


@dataclass(frozen=True)
class DailyChart:
    """A chart. `name` names it on the page and as CSV; `title` and the names of its lines are English.

    `before` are the values of the first line on the days before, for lines: drawn behind it. `today`, where it is
    known, is a day whose numbers are those so far.
    """

    name: str
    title: str
    days: Sequence[date]
    lines: Sequence[Line]
    kind: Literal["lines", "bars", "stacked"] = "lines"
    form: Form = "number"
    before: Sequence[Number] | None = None
    note: str = ""
    note_values: Mapping[str, Any] = field(default_factory=dict)
    today: date | None = None

    @cached_property
    def ticks(self) -> list[float]:
        """The numbers at the axis, upwards; 0 is one of them."""
        return ticks(self._heights(), whole=self.form == "number")

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing but zeros to show."""
        return not any(value for line in self.lines for value in line.values)

    def _heights(self) -> list[float]:
        if self.kind == "stacked":
            days = range(len(self.days))
            return [sign * self._stacked(n, self.lines, sign) for n in days for sign in (1, -1)]
        shown = [line.values for line in self.lines] + ([self.before] if self.before else [])
        return [value or 0 for values in shown for value in values]

    def _stacked(self, n: int, lines: Sequence[Line], sign: int) -> float:
        """How far from zero the bars of some lines reach on a day: upwards (1) or downwards (-1)."""
        return sum(line.values[n] or 0 for line in lines if line.is_below == (sign < 0))

    def y(self, value: float) -> float:
        """How far below the top of the box a value is."""
        lowest, highest = self.ticks[0], self.ticks[-1]
        return round(SIZE * (highest - value) / (highest - lowest), 1)

    @cached_property
    def is_unfinished(self) -> bool:
        """Whether the last day is not over."""
        return self.today is not None and self.days[-1] == self.today

    def _x(self, n: int) -> float:
        """The middle of a day."""
        return round(SIZE * (n + 0.5) / len(self.days), 1)

    def path(self, values: Sequence[Number]) -> str:
        """The line through some values, with a gap where there is none."""
        points = [None if value is None else f"{self._x(n)},{self.y(value)}" for n, value in enumerate(values)]
        drawn = [f"{'L' if before else 'M'}{point}" for before, point in pairwise([None, *points]) if point]
        # A day alone is drawn as a short line: a point would not be seen.
        return f"{drawn[0]}h{SIZE / len(self.days) / 2:.1f}" if len(drawn) == 1 else "".join(drawn)

    def path_so_far(self, values: Sequence[Number]) -> str:
        """The line from the day before to the one that is not over."""
        return self.path([*[None] * (len(values) - 2), *values[-2:]])

    def path_until_today(self, values: Sequence[Number]) -> str:
        """The line through the values of the days that are over."""
        return self.path([*values[:-1], None]) if self.is_unfinished else self.path(values)

    def bars(self, n_line: int) -> list[Bar]:
        """The bars of a line: beside none, on those of the lines before it where they are stacked."""
        line, width = self.lines[n_line], SIZE / len(self.days)
        sign, inner = -1 if line.is_below else 1, self.lines[:n_line] if self.kind == "stacked" else []
        bars = []
        for n, value in enumerate(line.values):
            begin = self._stacked(n, inner, sign)
            top, bottom = sorted((self.y(sign * begin), self.y(sign * (begin + (value or 0)))))
            is_so_far = self.is_unfinished and n == len(self.days) - 1
            left = round((n + (1 - _BAR) / 2) * width, 1)
            bars.append(Bar(left, top, round(_BAR * width, 1), round(bottom - top, 1), is_so_far))
        return [bar for bar in bars if bar.height > 0]

    @property
    def segments(self) -> list[Segment]:
        """The axis of days in a few equal parts, each of which can be looked at closer."""
        size = max(1, -(-len(self.days) // _MOST_LABELS))
        parts = [self.days[n : n + size] for n in range(0, len(self.days), size)]
        return [Segment(part[0], part[-1], len(part)) for part in parts]

    @property
    def columns(self) -> list[tuple[date, float, float, list[tuple[str, Number]]]]:
        """A day each: its date, where it begins in the box and how wide it is, and its numbers by name."""
        width = round(SIZE / len(self.days), 2)
        return [
            (day, round(n * SIZE / len(self.days), 1), width, [(line.name, line.values[n]) for line in self.lines])
            for n, day in enumerate(self.days)
        ]

    @property
    def numbers(self) -> Numbers:
        """The same as a table: a row a day."""
        columns = [Column(N_("Day"), "day"), *(Column(line.name, self.form) for line in self.lines)]
        rows = [(day, *(_cell(line, n, day) for line in self.lines)) for n, day in enumerate(self.days)]
        return Numbers(columns, rows)


def _cell(line: Line, n: int, day: date) -> Any:
    value = line.values[n]
    return value if line.address is None or value is None else Linked(value, line.address(day))
