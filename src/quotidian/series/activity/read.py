"""Reads what is told of active users when it is asked for: any window, growth, retention (semantics.md §9).

The days asked for may be decades: each function yields a day at a time, and has the histograms of a chunk of days in
memory. `app_id` '' stands for all apps; one that no event names has zeros (series/read.py, `require_app`).
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day, Slice, day_of
from quotidian.series.activity.cohorts import Growth, growth_look_back, growth_series, retained
from quotidian.series.activity.publish import read_ages, read_gaps
from quotidian.series.activity.windows import active_series

_CHUNK_DAYS: Final = 366


def read_active(
    connection: Connection, workspace: Workspace, app_id: str, days: Slice, window: int
) -> Iterator[tuple[Day, int]]:
    """Users active on any of the `window` days that end with a day, of each day. Raises ValueError above GAP_CAP."""
    for chunk in _chunks(days):
        gaps = read_gaps(connection, workspace, [app_id], range(chunk.start - window + 1, chunk.stop))
        yield from active_series(gaps.get(app_id, {}), chunk, window).items()


def read_growth(
    connection: Connection, workspace: Workspace, app_id: str, days: Slice, window: int
) -> Iterator[tuple[Day, Growth]]:
    """Growth of each day. Raises ValueError if two windows are longer than GAP_CAP."""
    for chunk in _chunks(days):
        known = range(chunk.start - growth_look_back(window), chunk.stop)
        gaps = read_gaps(connection, workspace, [app_id], known)
        newcomers = read_ages(connection, workspace, [app_id], known, oldest=0)
        rows = growth_series(gaps.get(app_id, {}), newcomers.get(app_id, {}), chunk, window)
        yield from zip(map(Day, chunk), rows, strict=True)


def read_retention(
    connection: Connection, workspace: Workspace, app_id: str, cohorts: Slice, days: int
) -> Iterator[tuple[Day, list[int]]]:
    """The users of each cohort, by its day, who came back n days later, for n from 0 to `days`, up to today.

    Raises ValueError if days > AGE_CAP."""
    today = day_of(workspace.today)
    for chunk in _chunks(cohorts):
        ages = read_ages(connection, workspace, [app_id], range(chunk.start, chunk.stop + days), days)
        for cohort in map(Day, chunk):
            yield cohort, retained(ages.get(app_id, {}), cohort, days, today)


def _chunks(days: Slice) -> Iterator[range]:
    """The days, ascending, as many at a time as have their histograms in memory."""
    end = days.last + 1
    return (range(start, min(start + _CHUNK_DAYS, end)) for start in range(days.first, end, _CHUNK_DAYS))
