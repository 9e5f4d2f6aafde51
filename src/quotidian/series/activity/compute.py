"""The activity rollup: daily and rolling active users, new users, uninstalls (semantics.md §3)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from quotidian.control.dirty_days import GAP_CAP
from quotidian.domain.channels import FIRST_SESSION, SESSION_START, UNINSTALL
from quotidian.domain.days import Day
from quotidian.store.events import EventStore
from quotidian.store.sql import statement

MAU_DAYS: Final = 30
ALL_APPS: Final = ""

RANGE_DAYS: Final = 3 * 64 - (GAP_CAP - 1)
"""The longest range of days that can be computed at once: activity_gaps keeps a bit for each of its days, and of those
before it that it reads, in three words."""

Gaps = Mapping[Day, Mapping[int, int]]
"""`gaps[x][g]`: users active on day x and last active g days before; g is GAP_CAP for that long or longer, or never."""


@dataclass
class AppActivity:
    """What some days say of one app, or of all apps: numbers by day, and the gap histogram of each day."""

    new_users: dict[Day, int] = field(default_factory=dict)
    uninstalls: dict[Day, int] = field(default_factory=dict)
    gaps: dict[Day, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def dau(self) -> dict[Day, int]:
        """Users active on each day: whatever their gap."""
        return {day: sum(histogram.values()) for day, histogram in self.gaps.items()}


def activity(events: EventStore, workspace: str, days: list[Day]) -> dict[str, AppActivity]:
    """Activity on some days (ascending, within RANGE_DAYS) by app id, ALL_APPS for all of them."""
    values = {
        "workspace": workspace,
        "days": tuple(days),
        "first_read": days[0] - GAP_CAP + 1,
        "last_day": days[-1],
        "cap": GAP_CAP,
        "session_start": SESSION_START,
        "first_session": FIRST_SESSION,
        "uninstall": UNINSTALL,
    }
    found: dict[str, AppActivity] = defaultdict(AppActivity)
    counts = events.rows(statement(__package__, "activity_counts"), values, tuple[str, Day, int, int])
    for app, day, new_users, uninstalls in counts:
        found[app].new_users[day] = new_users
        found[app].uninstalls[day] = uninstalls
    query = statement(__package__, "activity_gaps")
    for by_app in (False, True):
        for app, day, gap, users in events.rows(query, {**values, "by_app": int(by_app)}, tuple[str, Day, int, int]):
            found[app].gaps[day][gap] = users
    return found


def active_users(gaps: Gaps, day: Day, window: int) -> int:
    """Distinct users active on any of the `window` days that end with `day`.

    Each is counted on the first day of the window on which they were active: where the gap reaches out of the window.
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

    Users active on day x with gap g are counted in the windows that end from x (or, if they were active g days before,
    from when the window no longer has that day) until x + window - 1. So each number of a histogram is one step up and
    one down. Raises ValueError if window > GAP_CAP.
    """
    _check_window(window)
    steps: dict[int, int] = defaultdict(int)
    for active_day, histogram in gaps.items():
        for gap, users in histogram.items():
            steps[active_day + max(0, window - gap)] += users
            steps[active_day + window] -= users
    active = sum(step for day, step in steps.items() if day < days.start)
    series = {}
    for day in days:
        active += steps.get(day, 0)
        series[Day(day)] = active
    return series


def _check_window(window: int) -> None:
    if window > GAP_CAP:
        raise ValueError(f"gaps are kept up to {GAP_CAP} days, so a window of {window} cannot be told")
