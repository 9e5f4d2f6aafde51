"""The activity rollup: daily and rolling active users, new users, uninstalls (semantics.md §3)."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from quotidian.domain.channels import FIRST_SESSION, UNINSTALL
from quotidian.domain.days import Day
from quotidian.series.activity.histograms import ALL, gap_and_age_histograms
from quotidian.series.activity.windows import Histograms
from quotidian.store.events import Statements
from quotidian.store.sql import statement

ALL_APPS: Final = ""


@dataclass
class AppActivity:
    """Activity of one app, or of all apps, on some days: numbers by day, and each day's histograms of gaps and ages."""

    new_users: dict[Day, int] = field(default_factory=Counter)
    uninstalls: dict[Day, int] = field(default_factory=Counter)
    gaps: Histograms = field(default_factory=dict)
    ages: Histograms = field(default_factory=dict)

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
    _find_histograms(found, events, workspace, apps, days)
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
        found[app].new_users[day] += new_users
        found[app].uninstalls[day] += uninstalls


def _find_histograms(
    found: dict[str, AppActivity], events: Statements, workspace: str, apps: Iterable[str], days: list[Day]
) -> None:
    ids = {ALL: ALL_APPS, **_ids_by_number(events, apps)}
    gaps, ages = gap_and_age_histograms(events, workspace, days)
    for app, histograms in gaps.items():
        found[ids[app]].gaps = histograms
    for app, histograms in ages.items():
        found[ids[app]].ages = histograms


def _ids_by_number(events: Statements, apps: Iterable[str]) -> dict[int, str]:
    """The ids of apps by the numbers that active_days has for them."""
    if not (named := list(apps)):
        return {}
    rows = events.rows(statement(__package__, "app_numbers"), {"apps": named}, tuple[str, int])
    return {number: app for app, number in rows}
