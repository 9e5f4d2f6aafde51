"""Ranges: the days of one family that are computed together, and what becomes of a range that fails."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import Connection

from quotidian.control.dirty_days import ACTIVITY, CAMPAIGNS, CANVASES, FAMILIES, SEGMENTS, TALLIES, dirty
from quotidian.control.workspaces import Workspace, all_workspaces
from quotidian.domain.days import Day, date_of
from quotidian.series.activity.histograms import RANGE_DAYS
from quotidian.store.passing import can_pass, is_memory
from quotidian.store.stores import Stores

# Most rollups read a month of events before the first day of a range. Ranges much shorter than a month would therefore
# read most events many times, and longer ones would take more memory for little gain. Activity reads three months
# before, but takes only a few bytes a user.
_RANGE_DAYS: Final = {ACTIVITY: RANGE_DAYS, TALLIES: 31, CAMPAIGNS: 31, CANVASES: 31, SEGMENTS: 64}

_MOST_FAILURES: Final = 20


@dataclass(frozen=True)
class Range:
    """Days of one family of one workspace, ascending and within _RANGE_DAYS, that are computed together."""

    workspace: Workspace
    family: str
    days: list[Day]

    def __str__(self) -> str:
        first, last = (date_of(day).isoformat() for day in (self.days[0], self.days[-1]))
        days = first if first == last else f"{first} to {last}"
        return f"The {self.family} of {days} in workspace {self.workspace.name!r} cannot be computed"


@dataclass
class Failed:
    """Ranges of days that could not be computed, each with what it raised. They stay dirty."""

    found: list[tuple[Range, Exception]] = field(default_factory=list)

    def add(self, failed: Range, error: Exception) -> list[Range]:
        """Handle the failure of a range; returns what to try instead: its halves, or nothing if it is noted.

        Raises the error if it can pass by itself, except for a lack of memory: halves take less.
        """
        if can_pass(error) and not is_memory(error):
            raise error
        # If every day fails, halving down to single days would fail as often as there are days: so it stops.
        if len(failed.days) == 1 or len(self.found) >= _MOST_FAILURES:
            self.found.append((failed, error))
            return []
        return halves(failed)


def halves(whole: Range) -> list[Range]:
    """Two ranges of half the days each: so that a day that cannot be computed holds back as few others as possible."""
    middle = len(whole.days) // 2
    return [replace(whole, days=whole.days[:middle]), replace(whole, days=whole.days[middle:])]


def pending(stores: Stores) -> list[Range]:
    """All dirty days of all workspaces, in ranges."""
    with stores.series.connect() as connection:
        return list(_pending(connection))


def _pending(connection: Connection) -> Iterator[Range]:
    for workspace in all_workspaces(connection):
        for family in FAMILIES:
            yield from ranges(workspace, family, dirty(connection, workspace.id, family))


def ranges(workspace: Workspace, family: str, days: Iterable[Day]) -> Iterator[Range]:
    """The days, ascending, in ranges short enough to be computed together."""
    chunk: list[Day] = []
    for day in sorted(days):
        if chunk and day - chunk[0] >= _RANGE_DAYS[family]:
            yield Range(workspace, family, chunk)
            chunk = []
        chunk.append(day)
    if chunk:
        yield Range(workspace, family, chunk)
