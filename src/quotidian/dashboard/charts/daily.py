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
    """The numbers of one name, one a day; `address` gives where the number of a day leads, if anywhere."""

    name: str
    values: Sequence[Number]
    address: Callable[[date], str] | None = None


class Segment(NamedTuple):
    """A part of the axis of days: its first and last date, and how many days."""

    first: date
    last: date
    days: int


class Bar(NamedTuple):
    """A rectangle of the box."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class DailyChart:
    """A chart. `name` names it on the page and as CSV; `title` and the names of its lines are English.

    `before` are the values of the first line on the days before, for lines: drawn behind it.
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

    @cached_property
    def ticks(self) -> list[float]:
        """The numbers at the axis, from 0 upwards."""
        return ticks(self._heights(), whole=self.form == "number")

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing but zeros to show."""
        return not any(value for line in self.lines for value in line.values)

    def _heights(self) -> list[float]:
        if self.kind == "stacked":
            return [sum(line.values[n] or 0 for line in self.lines) for n in range(len(self.days))]
        shown = [line.values for line in self.lines] + ([self.before] if self.before else [])
        return [value or 0 for values in shown for value in values]

    def y(self, value: float) -> float:
        """How far below the top of the box a value is."""
        return round(SIZE * (1 - value / self.ticks[-1]), 1)

    def _x(self, n: int) -> float:
        """The middle of a day."""
        return round(SIZE * (n + 0.5) / len(self.days), 1)

    def path(self, values: Sequence[Number]) -> str:
        """The line through some values, with a gap where there is none."""
        points = [None if value is None else f"{self._x(n)},{self.y(value)}" for n, value in enumerate(values)]
        drawn = [f"{'L' if before else 'M'}{point}" for before, point in pairwise([None, *points]) if point]
        # A day alone is drawn as a short line: a point would not be seen.
        return f"{drawn[0]}h{SIZE / len(self.days) / 2:.1f}" if len(drawn) == 1 else "".join(drawn)

    def bars(self, n_line: int) -> list[Bar]:
        """The bars of a line: beside none, on those of the lines before it where they are stacked."""
        width = SIZE / len(self.days)
        bars = []
        for n, value in enumerate(self.lines[n_line].values):
            below = sum(line.values[n] or 0 for line in self.lines[:n_line]) if self.kind == "stacked" else 0
            top = self.y(below + (value or 0))
            height = round(self.y(below) - top, 1)
            bars.append(Bar(round((n + (1 - _BAR) / 2) * width, 1), top, round(_BAR * width, 1), height))
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
