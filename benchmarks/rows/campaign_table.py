"""A page of a table of all campaigns over 30 days, beside reading the points that its numbers are in."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import process_time
from typing import TypeVar

import msgspec
from sqlalchemy import Connection

from benchmarks.tools.campaigns import LAST_DAY, served
from benchmarks.tools.outcome import Outcome, check
from benchmarks.tools.processes import in_turns
from benchmarks.tools.world import World
from quotidian.control.workspaces import Workspace, all_workspaces
from quotidian.domain.days import Day, Slice, day_of
from quotidian.domain.kinds import CAMPAIGN
from quotidian.series.totals.listing import PageOfTotals, Wanted, page_of
from quotidian.store.folder import DataFolder
from quotidian.store.series import open_series

_DAYS = 30
_RANGE = Slice(Day(day_of(LAST_DAY) - _DAYS + 1), day_of(LAST_DAY))
_ROWS = 50
_POINTS = """
SELECT subject, point FROM series JOIN points ON series_id = id
WHERE kind = 'campaign' AND day BETWEEN ? AND ? AND point IS NOT NULL
"""


T = TypeVar("T")


class _Point(msgspec.Struct):
    """All that is decoded of a point: of other keys the decoder finds the end."""

    unique_recipients: int


def measure(world: World) -> Iterator[Outcome]:
    """Processor time, the store opened anew each time: nothing is in its cache. Sorted by a number, the last page."""
    folder = served(world).folder
    page = Wanted(_RANGE, sort="recipients", descending=True, page=(world.sizes.campaigns - 1) // _ROWS, rows=_ROWS)

    def read(connection: Connection, workspace: Workspace) -> PageOfTotals:
        return page_of(connection, workspace, CAMPAIGN, page)

    found, counted = _timed(folder, read)[0], _timed(folder, _decoded)[0]
    check("campaigns, and their recipients", (found.total_rows, found.sums.recipients), (len(counted), counted.total()))
    check("recipients", {each.id: each.totals.recipients for each in found.rows}.items() <= counted.items(), True)
    runs = in_turns(world.sizes.runs, lambda: _timed(folder, read)[1], lambda: _timed(folder, _decoded)[1])
    seconds, others = map(median, runs)
    yield Outcome(
        f"a page of a table of {world.sizes.campaigns:,} campaigns over {_DAYS} days",
        f"{seconds * 1000:.0f} ms",
        "one number of each of their points",
        f"{others * 1000:.0f} ms",
        f"{seconds / others:.2f} ×",
        "≤ 300 ms",
        seconds <= 0.3 if world.is_full else None,
    )


def _timed(folder: Path, work: Callable[[Connection, Workspace], T]) -> tuple[T, float]:
    """What is read from the store, and the seconds of the processor that it took."""
    engine = open_series(DataFolder(folder))
    try:
        with engine.connect() as connection:
            (workspace,) = all_workspaces(connection)
            before = process_time()
            return work(connection, workspace), process_time() - before
    finally:
        engine.dispose()


def _decoded(connection: Connection, _: Workspace) -> Counter[str]:
    decoder = msgspec.json.Decoder(_Point)
    counted: Counter[str] = Counter()
    for subject, point in connection.exec_driver_sql(_POINTS, tuple(_RANGE)):
        counted[subject] += decoder.decode(point).unique_recipients
    return counted
