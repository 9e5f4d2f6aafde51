"""Publishes points: one that changes gets the version of the transaction that changes it (semantics.md §9 and §11).

A point has changed when a number in it has, an absent one being 0. One that is rendered anew, with another name or a
new element, is written and keeps its version. A day that is zero has no row, unless it was something else before.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, exists, select, update

from quotidian.control.workspaces import Workspace
from quotidian.domain.chunks import chunks
from quotidian.domain.days import Day, day_of
from quotidian.domain.kinds import KIND_NUMBERS, SIZE
from quotidian.domain.totals import Totals
from quotidian.series.history import HistoryWriter, Stamp
from quotidian.series.points import point
from quotidian.series.totalling import TotalsWriter
from quotidian.series.values import above_zero, controlled
from quotidian.store.series import replace
from quotidian.store.tables import facts, gone_series, history, hours, points, series, totals, workspaces

_WRITTEN_TOGETHER: Final = 5_000
_REMOVED_TOGETHER: Final = 500

NEVER: Final = 0
"""The version of a point that has never had a number above 0."""


class NewPoint(NamedTuple):
    """What a day of a series is now: the body of its point, which without data is None or the `zero` of the series.

    `totals` tells the day's totals by channel, of those of which they are kept too (series/totalling.py).
    """

    series_id: int
    kind: str
    zero: bytes
    day: Day
    body: bytes | None
    totals: Callable[[], Mapping[str, Totals]] | None = None


class _Stored(NamedTuple):
    """A point as it is stored; version None if its day had not begun."""

    version: int | None
    at: int
    events: int
    point: bytes | None


_NOTHING: Final = _Stored(NEVER, 0, 0, None)


class Publication:
    """What one transaction publishes of a workspace. Nothing else writes points."""

    def __init__(self, connection: Connection, workspace: Workspace) -> None:
        self.connection = connection
        self.workspace = workspace
        self.today = day_of(workspace.today)
        self._stamp: Stamp | None = None

    def raise_version(self) -> Stamp:
        """The version of this transaction, which begins when this is first called: before any change is written."""
        if self._stamp is None:
            version, events = self.connection.execute(_RAISE, {"workspace": self.workspace.id}).one()
            self._stamp = Stamp(version, int(time.time()), events)
        return self._stamp

    def put(self, new: Iterable[NewPoint]) -> None:
        """Write the points that differ from those that are stored. Those of a series are to come one after the other.

        Stored ones are read for as many series and days as are written together.
        """
        for chunk in chunks(new, _WRITTEN_TOGETHER):
            stored = self._stored(chunk)
            pairs = [(each, stored.get((each.series_id, each.day))) for each in chunk]
            if differing := [pair for pair in pairs if self._differs(*pair)]:
                self._write(differing)

    def _stored(self, chunk: Sequence[NewPoint]) -> dict[tuple[int, int], _Stored]:
        days = [each.day for each in chunk]
        columns = points.c
        query = select(
            columns.series_id, columns.day, columns.version, columns.at, columns.events, columns.point
        ).where(columns.series_id.in_({each.series_id for each in chunk}), columns.day.between(min(days), max(days)))
        return {(series_id, day): _Stored(*rest) for series_id, day, *rest in self.connection.execute(query)}

    def _differs(self, new: NewPoint, stored: _Stored | None) -> bool:
        if stored is None:
            # The size of a segment holds for the days after it, be it none.
            return not _is_zero(new) or new.kind == SIZE
        has_begun = stored.version is None and new.day <= self.today
        return has_begun or stored.point != _point(new)

    def _write(self, differing: Iterable[tuple[NewPoint, _Stored | None]]) -> None:
        stamp = self.raise_version()
        past = HistoryWriter(self.connection, self.workspace, stamp.at)
        of_days = TotalsWriter(self.connection)
        rows = []
        for new, stored in differing:
            rows.append(self._row(new, stored or _NOTHING, stamp, past))
            if new.totals:
                of_days.add(new.series_id, new.day, new.totals(), is_known=stored is not None)
        replace(self.connection, points, rows)
        past.write()
        of_days.write()

    def _row(self, new: NewPoint, stored: _Stored, stamp: Stamp, past: HistoryWriter) -> dict[str, object]:
        text = _point(new)
        version, at, events = self._stamped(new, text, stored, stamp, past)
        return {
            "series_id": new.series_id,
            "day": new.day,
            "workspace_id": self.workspace.id,
            "kind_number": KIND_NUMBERS[new.kind],
            "version": version,
            "at": at,
            "events": events,
            "point": text,
        }

    def _stamped(
        self, new: NewPoint, text: bytes | None, stored: _Stored, stamp: Stamp, past: HistoryWriter
    ) -> tuple[int | None, int, int]:
        """Version, time and arrivals of a point: those of this transaction if its numbers change, else as they were."""
        if not stored.version:
            # Nobody has been told of it yet.
            version = NEVER if text is None else stamp.version if new.day <= self.today else None
            return version, stamp.at, stamp.events
        before, after = above_zero(new.kind, stored.point), above_zero(new.kind, text)
        had = Stamp(stored.version, stored.at, stored.events)
        if before == after and controlled(new.kind, stored.point) == controlled(new.kind, text):
            return had
        past.add(new.series_id, new.day, had, before, after)
        return stamp

    def begin_days(self) -> None:
        """Publish the points of days that have begun since they were computed: they are told from their day on."""
        if has_begun(self.connection, self.workspace, self.today):
            begun = _begun(self.workspace, self.today)
            self.connection.execute(update(points).where(begun).values(self.raise_version()._asdict()))

    def days_with_points(self, series_ids: Iterable[int]) -> dict[int, set[Day]]:
        """The days of some series that have a point that is not zero, by series id."""
        found: dict[int, set[Day]] = {series_id: set() for series_id in series_ids}
        columns = points.c
        query = select(columns.series_id, columns.day).where(columns.series_id.in_(found), columns.point.is_not(None))
        for series_id, day in self.connection.execute(query):
            found[series_id].add(day)
        return found

    def remove(self, series_ids: Iterable[int], *, keeps_rows: bool = False) -> None:
        """Remove series with all that is kept of them; those of which a point was published are told to be gone.

        With `keeps_rows` the rows of the series stay, to say that there were such series.
        """
        for chunk in chunks(series_ids, _REMOVED_TOGETHER):
            self._tell_gone(chunk)
            for table in (points, totals, history, hours, facts):
                self.connection.execute(delete(table).where(table.c.series_id.in_(chunk)))
            if not keeps_rows:
                self.connection.execute(delete(series).where(series.c.id.in_(chunk)))

    def _tell_gone(self, series_ids: Collection[int]) -> None:
        columns = series.c
        told = exists().where(points.c.series_id == columns.id, points.c.version > NEVER)
        query = select(*(columns[name] for name in NAMING)).where(columns.id.in_(series_ids), told)
        gone = self.connection.execute(query).mappings().all()
        version = self.raise_version().version
        replace(self.connection, gone_series, ({**each, "version": version} for each in gone))


def has_begun(connection: Connection, workspace: Workspace, today: Day) -> bool:
    """Whether a day has begun of which there are points that were computed before."""
    return connection.execute(select(points.c.day).where(_begun(workspace, today)).limit(1)).first() is not None


def _begun(workspace: Workspace, today: Day) -> ColumnElement[bool]:
    columns = points.c
    of_workspace = columns.workspace_id == workspace.id, columns.kind_number.in_(KIND_NUMBERS.values())
    return and_(*of_workspace, columns.version.is_(None), columns.day <= today)


def _is_zero(new: NewPoint) -> bool:
    return new.body is None or new.body == new.zero


def _point(new: NewPoint) -> bytes | None:
    return None if new.body is None or new.body == new.zero else point(new.day, new.body)


NAMING: Final = ("workspace_id", "kind", "subject", "send_id", "segment_id", "app_id")
"""The columns that name a series."""

_RAISE: Final = (
    update(workspaces)
    .where(workspaces.c.id == bindparam("workspace"))
    .values(version=workspaces.c.version + 1)
    .returning(workspaces.c.version, workspaces.c.events)
)
