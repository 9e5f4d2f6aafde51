"""What points were before they changed (semantics.md §11, "Explain").

A row is what a point was once: the version that had given it these numbers, when, how many events had arrived by then,
and those of its numbers that differ in what came next, be that the next row or the point as it is. So the last value is
the point's own, and a point that was written once has no row.

Kept are the values at the end of each hour of a point's first two days, and all later ones: within an hour a point's
next value takes the place of the last.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, select, update

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day
from quotidian.domain.hours import hours_of
from quotidian.domain.kinds import KINDS
from quotidian.series.values import Metric, Values, values
from quotidian.store.lookups import Lookup
from quotidian.store.series import replace
from quotidian.store.tables import history, points

_HOUR_SECONDS: Final = 3600
_HOURLY_SECONDS: Final = 48 * _HOUR_SECONDS


class Stamp(NamedTuple):
    """A version, when it was published in seconds since 1970, and how many events had arrived by then."""

    version: int
    at: int
    events: int


class Past(NamedTuple):
    """A value that a number of a point has had: as of which version, when that was published in seconds since 1970.

    `arrived` is how many events arrived in the workspace since the value before; for the first, all until then.
    """

    version: int
    at: int
    value: int | float
    arrived: int


_ALL: Final = 1 << 62
"""More values than a number has had."""


def read_history(connection: Connection, workspace: Workspace, series_id: int, day: Day, metric: Metric) -> list[Past]:
    """The values that a number of a day's point has had, oldest first, each different from the one before.

    None if the point has never had a number above 0, or the day has not begun. The last is the value now.
    """
    found = _POINT.rows(connection, series=series_id, day=day, workspace=workspace.id)
    if not found:
        return []
    kind_number, *stamp, point = found[0]
    value = values(KINDS[kind_number], point).get(metric, 0) if point else 0
    newest_first = [(Stamp(*stamp), value)]
    for *stamp, numbers in _NEWEST_FIRST.rows(connection, series=series_id, day=day, most=_ALL):
        value = _decoded(numbers).get(metric, value)
        newest_first.append((Stamp(*stamp), value))
    return _without_repeats(reversed(newest_first))


def _without_repeats(had: Iterable[tuple[Stamp, float]]) -> list[Past]:
    told: list[Past] = []
    counted = 0
    for stamp, value in had:
        if not told or told[-1].value != value:
            told.append(Past(stamp.version, stamp.at, value, stamp.events - counted))
            counted = stamp.events
    return told


class HistoryWriter:
    """Writes what points of a workspace were, in the transaction that changes them at a time."""

    def __init__(self, connection: Connection, workspace: Workspace, at: int) -> None:
        self._connection = connection
        self._zone = workspace.zone
        self._at = at
        self._rows: list[dict[str, object]] = []
        self._replaced: list[tuple[int, Day, Values, Values]] = []

    def add(self, series_id: int, day: Day, stamp: Stamp, before: Values, after: Values) -> None:
        """A point that had been stamped changes from numbers to other ones."""
        changed = {
            metric: before.get(metric, 0)
            for metric in before.keys() | after.keys()
            if before.get(metric, 0) != after.get(metric, 0)
        }
        if self._hour(day, stamp.at) == self._hour(day, self._at) is not None:
            self._replaced.append((series_id, day, changed, after))
        else:
            row = {"series_id": series_id, "day": day, **stamp._asdict(), "numbers": _encoded(changed)}
            self._rows.append(row)

    def write(self) -> None:
        """Write all that was added."""
        replace(self._connection, history, self._rows)
        rewritten = [row for each in self._replaced if (row := self._rewritten(*each))]
        if rewritten:
            self._connection.execute(_REWRITE, rewritten)
        self._rows.clear()
        self._replaced.clear()

    def _hour(self, day: Day, at: int) -> int | None:
        """Which hour of a day's first two a time is in; None if it is later."""
        since = at - hours_of(day, self._zone)[0].start
        return since // _HOUR_SECONDS if since < _HOURLY_SECONDS else None

    def _rewritten(self, series_id: int, day: Day, changed: Values, after: Values) -> dict[str, object] | None:
        """The newest row of a point, with what differs now that the value after it is replaced; None if it has none."""
        for version, _, _, numbers in _NEWEST_FIRST.rows(self._connection, series=series_id, day=day, most=1):
            had = {**changed, **_decoded(numbers)}
            differs = {metric: number for metric, number in had.items() if number != after.get(metric, 0)}
            return {"series": series_id, "of_day": day, "of_version": version, "numbers": _encoded(differs)}
        return None


def _encoded(numbers: Mapping[Metric, float]) -> bytes:
    """Lists of a name and a number, and where the number is an element's, its channel and variation."""
    return msgspec.json.encode(
        [
            [metric.name, number, *((metric.channel, metric.variation) if metric.channel else ())]
            for metric, number in sorted(numbers.items(), key=repr)
        ]
    )


def _decoded(numbers: bytes) -> Values:
    return {Metric(name, *element): number for name, number, *element in msgspec.json.decode(numbers)}


_NEWEST_FIRST: Final = Lookup(
    select(history.c.version, history.c.at, history.c.events, history.c.numbers)
    .where(history.c.series_id == bindparam("series"), history.c.day == bindparam("day"))
    .order_by(history.c.version.desc())
    .limit(bindparam("most"))
)
_POINT: Final = Lookup(
    select(points.c.kind_number, points.c.version, points.c.at, points.c.events, points.c.point).where(
        points.c.series_id == bindparam("series"),
        points.c.day == bindparam("day"),
        points.c.workspace_id == bindparam("workspace"),
        points.c.version > 0,
    )
)
_REWRITE: Final = update(history).where(
    history.c.series_id == bindparam("series"),
    history.c.day == bindparam("of_day"),
    history.c.version == bindparam("of_version"),
)
