"""Writing a series of facts: what of it has changed, and the points that this changes, in the caller's transaction."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, delete, insert, select, update

from quotidian.days import Day
from quotidian.rollups import facts as facts_of
from quotidian.rollups.facts import Attributed, DayFacts
from quotidian.series.dirty import CONVERSION_WINDOW_SECONDS, reach_days
from quotidian.series.points import point
from quotidian.series.store import replace
from quotidian.series.tables import facts as facts_table
from quotidian.series.tables import points, series
from quotidian.workspaces import Workspace

SENT_REACH = reach_days(CONVERSION_WINDOW_SECONDS)
"""How many days before its conversions a day can be on which they count by send or entry time."""


class Rendering(Protocol):
    """Renders the points of a series."""

    def body(self, facts: DayFacts | None, by_send_time: Iterable[Attributed] = ()) -> bytes:
        """A day's point from behind its time; None for a day without data."""


@dataclass
class SeriesRow:
    """A row of the series table."""

    id: int
    send_id: str
    shape: bytes
    zero: bytes
    first_day: Day | None


class SeriesWriter:
    """Reads and writes series of some kinds of one workspace, with their facts and points."""

    def __init__(self, connection: Connection, workspace: Workspace, kinds: tuple[str, ...]) -> None:
        self._connection = connection
        self._workspace = workspace
        self._kinds = kinds

    def kept(self, days: list[Day]) -> dict[str, dict[str, dict[Day, bytes]]]:
        """The facts of these days as they are in the store: subject → send id → day → facts."""
        rows = self._connection.execute(
            select(series.c.subject, series.c.send_id, facts_table.c.day, facts_table.c.facts)
            .join_from(facts_table, series)
            .where(
                series.c.workspace_id == self._workspace.id,
                series.c.kind.in_(self._kinds),
                facts_table.c.day.in_(days),
            )
        )
        kept: dict[str, dict[str, dict[Day, bytes]]] = defaultdict(lambda: defaultdict(dict))
        for subject, send_id, day, facts in rows:
            kept[subject][send_id][day] = facts
        return kept

    def rows(self, subject: str) -> dict[str, SeriesRow]:
        """The series of a subject by send id."""
        columns = series.c
        rows = self._connection.execute(
            select(columns.id, columns.send_id, columns.shape, columns.zero, columns.first_day).where(
                columns.workspace_id == self._workspace.id,
                columns.kind.in_(self._kinds),
                columns.subject == subject,
            )
        )
        return {row.send_id: SeriesRow(*row) for row in rows}

    def create(self, kind: str, subject: str, send_id: str = "") -> SeriesRow:
        """A new series, empty."""
        values = {
            "workspace_id": self._workspace.id,
            "kind": kind,
            "subject": subject,
            "send_id": send_id,
            "shape": b"",
            "zero": b"",
        }
        created = self._connection.execute(insert(series).returning(series.c.id), values).scalar_one()
        return SeriesRow(created, send_id, b"", b"", None)

    def write_facts(self, row: SeriesRow, found: dict[Day, DayFacts], kept: dict[Day, bytes]) -> set[Day]:
        """Write what differs; returns the days whose points that changes, by send time included."""
        encoded = {day: facts_of.encode(facts) for day, facts in found.items()}
        new = {day: facts for day, facts in encoded.items() if facts != kept.get(day)}
        gone = kept.keys() - found.keys()
        changed: set[Day] = set()
        for day in new:
            changed |= {day, *(each.day for each in found[day].by_send_time)}
        for day in gone | (new.keys() & kept.keys()):
            changed |= {day, *(each.day for each in facts_of.decode(kept[day]).by_send_time)}
        rows = ({"series_id": row.id, "day": day, "facts": facts} for day, facts in new.items())
        replace(self._connection, facts_table, rows)
        self._connection.execute(
            delete(facts_table).where(facts_table.c.series_id == row.id, facts_table.c.day.in_(gone))
        )
        return changed

    def set_shape(self, row: SeriesRow, shape: bytes) -> None:
        """Write what the points have in common."""
        self._connection.execute(update(series).where(series.c.id == row.id).values(shape=shape))

    def set_zero(self, row: SeriesRow, zero: bytes) -> None:
        """Write the point of a day without data."""
        self._connection.execute(update(series).where(series.c.id == row.id).values(zero=zero))

    def facts(self, row: SeriesRow, first: int | None = None, last: int | None = None) -> dict[Day, DayFacts]:
        """The facts of a series by day, all or from first to last."""
        query = select(facts_table.c.day, facts_table.c.facts).where(facts_table.c.series_id == row.id)
        if first is not None:
            query = query.where(facts_table.c.day.between(first, last))
        return {day: facts_of.decode(facts) for day, facts in self._connection.execute(query)}

    def render(self, row: SeriesRow, renderer: Rendering, days: dict[Day, DayFacts], only: set[Day] | None) -> None:
        """Write the points of some days, or of all; a day that has nothing any more has no point."""
        sent: dict[Day, list[Attributed]] = defaultdict(list)
        for facts in days.values():
            for each in facts.by_send_time:
                sent[Day(each.day)].append(each)
        filled = days.keys() | sent.keys()
        stale = delete(points).where(points.c.series_id == row.id)
        self._connection.execute(stale if only is None else stale.where(points.c.day.in_(only - filled)))
        rendered = filled if only is None else filled & only
        replace(
            self._connection,
            points,
            (
                {"series_id": row.id, "day": day, "point": point(day, renderer.body(days.get(day), sent.get(day, ())))}
                for day in sorted(rendered)
            ),
        )
