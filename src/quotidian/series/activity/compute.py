"""The activity rollup: daily and rolling active users, new users, uninstalls (semantics.md §3)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from quotidian.control.dirty_days import GAP_CAP
from quotidian.domain.channels import FIRST_SESSION, UNINSTALL
from quotidian.domain.days import Day
from quotidian.series.activity.active_days import BLOCK_DAYS
from quotidian.store.events import Statements
from quotidian.store.sql import statement

ALL_APPS: Final = ""

RANGE_DAYS: Final = 4 * BLOCK_DAYS - (BLOCK_DAYS - 1) - (GAP_CAP - 1)
"""The longest range of days that can be computed at once: activity_gaps.sql reads four blocks. They may begin up to
BLOCK_DAYS - 1 days before the GAP_CAP - 1 days that are looked back on."""


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


def activity(events: Statements, workspace: str, apps: Iterable[str], days: list[Day]) -> dict[str, AppActivity]:
    """Activity on some days (ascending, within RANGE_DAYS) by app id, ALL_APPS for all of them.

    `apps` are the ids of all apps that the workspace's events name.
    """
    found: dict[str, AppActivity] = defaultdict(AppActivity)
    _count(found, events, workspace, days)
    _find_gaps(found, events, workspace, apps, days)
    return found


def _count(found: dict[str, AppActivity], events: Statements, workspace: str, days: list[Day]) -> None:
    values = {
        "workspace": workspace,
        "days": tuple(days),
        "first_session": FIRST_SESSION,
        "uninstall": UNINSTALL,
    }
    counts = events.rows(statement(__package__, "activity_counts"), values, tuple[str, Day, int, int])
    for app, day, new_users, uninstalls in counts:
        found[app].new_users[day] = new_users
        found[app].uninstalls[day] = uninstalls


def _find_gaps(
    found: dict[str, AppActivity], events: Statements, workspace: str, apps: Iterable[str], days: list[Day]
) -> None:
    ids = _ids_by_number(events, apps)
    masks = _masks(days)
    values = {
        "workspace": workspace,
        "days": tuple(days),
        "first_block": (days[0] - GAP_CAP + 1) // BLOCK_DAYS,
        "last_block": days[-1] // BLOCK_DAYS,
        "days_blocks": tuple(masks),
        "mask_blocks": list(masks),
        "masks": list(masks.values()),
        "cap": GAP_CAP,
    }
    rows = events.rows(statement(__package__, "activity_gaps"), values, tuple[int, int, Day, int, int])
    for is_of_one_app, app, day, gap, users in rows:
        histogram = found[ALL_APPS].gaps[day]
        histogram[gap] = histogram.get(gap, 0) + users
        if is_of_one_app and app:
            found[ids[app]].gaps[day][gap] = users
    if all(is_of_one_app for is_of_one_app, *_ in rows):
        return
    for app, day, gap, users in events.rows(
        statement(__package__, "activity_gaps_of_apps"), values, tuple[int, Day, int, int]
    ):
        histogram = found[ids[app]].gaps[day]
        histogram[gap] = histogram.get(gap, 0) + users


def _ids_by_number(events: Statements, apps: Iterable[str]) -> dict[int, str]:
    """The ids of apps by the numbers that active_days has for them."""
    if not (named := list(apps)):
        return {}
    rows = events.rows(statement(__package__, "app_numbers"), {"apps": named}, tuple[str, int])
    return {number: app for app, number in rows}


def _masks(days: list[Day]) -> dict[int, int]:
    """The bits of days, by their block."""
    masks: dict[int, int] = defaultdict(int)
    for day in days:
        masks[day // BLOCK_DAYS] |= 1 << day % BLOCK_DAYS
    return masks
