"""The activity rollup: daily and rolling active users, new users, uninstalls (semantics.md §3)."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from quotidian.control.dirty_days import GAP_CAP
from quotidian.domain.channels import FIRST_SESSION, SESSION_START, UNINSTALL
from quotidian.domain.days import Day
from quotidian.store.events import EventStore
from quotidian.store.sql import statement

ALL_APPS: Final = ""

RANGE_DAYS: Final = 3 * 64 - (GAP_CAP - 1)
"""The longest range of days that can be computed at once. activity_gaps.sql keeps three words of 64 bits a user: a bit
for each day of the range, and for each of the GAP_CAP - 1 days before it."""


@dataclass
class AppActivity:
    """Activity of one app, or of all apps, on some days: numbers by day, and the gap histogram of each day."""

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
