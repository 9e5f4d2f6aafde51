"""The points of retention as rows: a line a number for CSV, and a table of shares for the terminal."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from quotidian.cli.terminal import columns, folded

Point = dict[str, Any]

_SHOWN_DAYS: Final = (1, 3, 7, 14, 30, 60, 90)
"""Of up to 91 numbers a cohort; JSON and CSV have all of them."""


def is_retention(point: Point) -> bool:
    """Whether it is a cohort's; a point of growth has one number under this name."""
    return isinstance(point.get("retained"), list)


def retention_lines(point: Point) -> Iterator[tuple[str, int]]:
    """Each number with its name: `retained_0` is the size of the cohort."""
    return ((f"retained_{number}", users) for number, users in enumerate(point["retained"]))


def retention_table(points: Sequence[Point]) -> Iterator[str]:
    """A line a cohort: its size, and the share of it that came back on some days; at last all cohorts together."""
    followed = max(len(point["retained"]) for point in points) - 1
    days = [day for day in _SHOWN_DAYS if day < followed] + [followed] * (followed > 0)
    header = ["cohort", "users", *(f"day {day}" for day in days)]
    rows = [[point["time"], f"{point['retained'][0]:,}", *_shares([point], days)] for point in points]
    rows.append(["all", f"{sum(point['retained'][0] for point in points):,}", *_shares(points, days)])
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    if sum(widths) + len("  ") * len(days) + len("  ") > columns():
        # No number is to be divided between two lines.
        yield from (folded([row[0], *map(" ".join, zip(header[1:], row[1:], strict=True))], indent=12) for row in rows)
        return
    for first, *others in (header, *rows):
        cells = (f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True))
        yield "  ".join([f"{first:{widths[0]}}", *cells]).rstrip()


def _shares(points: Sequence[Point], days: Sequence[int]) -> Iterator[str]:
    """Of the users of the cohorts for which the day has come: which share was active on it; '' if it has for none."""
    for day in days:
        come = [point["retained"] for point in points if len(point["retained"]) > day]
        size = sum(retained[0] for retained in come)
        yield f"{sum(retained[day] for retained in come) / size:.1%}" if size else "-" if come else ""
