"""Active users of a window of days, from the gap histograms of its days (semantics.md §3)."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from quotidian.control.dirty_days import GAP_CAP
from quotidian.domain.days import Day

MAU_DAYS: Final = 30

Histograms = Mapping[Day, Mapping[int, int]]
"""Users by day, and by how many days it was after another."""

Gaps = Histograms
"""`gaps[x][g]`: users active on day x and last active g days before; g is GAP_CAP for that long or longer, or never."""


def active_users(gaps: Gaps, day: Day, window: int) -> int:
    """Distinct users active on any of the `window` days that end with `day`.

    Each user is counted on the first active day of the window: the one whose gap reaches back beyond its start.
    Definition: semantics.md §3, "How rolling uniques stay exact". Raises ValueError if window > GAP_CAP.
    """
    _check_window(window)
    first = day - window + 1
    return sum(
        users
        for active_day in range(first, day + 1)
        for gap, users in gaps.get(Day(active_day), {}).items()
        if gap > active_day - first
    )


def active_series(gaps: Gaps, days: range, window: int) -> dict[Day, int]:
    """`active_users` of each of some consecutive days (ascending), in one pass over the histograms.

    Users active on day x and last active g days before are counted in the windows that end on the days from x to
    x + window - 1, unless the window also holds day x - g: there they are counted already. So each number of a
    histogram enters the sum on one day and leaves it on another. Raises ValueError if window > GAP_CAP.
    """
    _check_window(window)
    changes: dict[int, int] = defaultdict(int)
    for active_day, histogram in gaps.items():
        for gap, users in histogram.items():
            changes[active_day + max(0, window - gap)] += users
            changes[active_day + window] -= users
    active = sum(change for day, change in changes.items() if day < days.start)
    series = {}
    for day in days:
        active += changes.get(day, 0)
        series[Day(day)] = active
    return series


def _check_window(window: int) -> None:
    if window > GAP_CAP:
        raise ValueError(f"gaps are kept up to {GAP_CAP} days, so a window of {window} cannot be told")
