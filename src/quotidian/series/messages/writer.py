"""Writes the facts that have changed, and has the points published that change with them.

Everything is gathered before it is written: one statement for many series costs a fraction of a statement for each.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, Protocol

from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update

from quotidian.control.dirty_parts import PartsOf, Scopes, subjects_of
from quotidian.domain.chunks import chunks
from quotidian.domain.days import Day, reach_days
from quotidian.domain.kinds import SEND
from quotidian.domain.subjects import CONVERSION_WINDOW_SECONDS
from quotidian.domain.totals import Totals
from quotidian.series.messages.facts import Attributed, DayFacts, decode_facts, encode_facts
from quotidian.series.messages.shape import Shape, decode_shape, encode_shape
from quotidian.series.publishing import NewPoint, Publication
from quotidian.store.series import replace
from quotidian.store.tables import facts as facts_table
from quotidian.store.tables import series

ATTRIBUTED_REACH = reach_days(CONVERSION_WINDOW_SECONDS)
"""How many days before a conversion the day can be that it is attributed to."""

_MOST_SENDS = 5_000
"""Sends that one statement names."""

_RENDERED_TOGETHER = 100
"""Render this many series at a time, to bound memory."""

Days = dict[Day, DayFacts]


class Rendering(Protocol):
    """Renders the points of a series."""

    def body(self, facts: DayFacts | None, attributed: Iterable[Attributed] = ()) -> bytes:
        """A point without its time, which `point` adds. With None, that of a day without data."""

    def totals(self, facts: DayFacts | None) -> Mapping[str, Totals]:
        """The totals of a day by channel, those of the whole day under ''; what is 0 has none."""


@dataclass
class SeriesRow:
    """A row of the series table; `SeriesWriter.write` also writes what a caller has changed in it."""

    id: int
    kind: str
    send_id: str
    shape: bytes = b""
    rebuilt_shape: bytes | None = None
    zero: bytes = b""
    first_day: Day | None = None

    def grow(self, add: Callable[[Shape], None]) -> Shape | None:
        """Add to the shape, and to the one that a rebuild makes anew; returns the shape if it has changed."""
        if self.rebuilt_shape is not None:
            rebuilt = decode_shape(self.rebuilt_shape)
            add(rebuilt)
            self.rebuilt_shape = encode_shape(rebuilt)
        shape = decode_shape(self.shape)
        add(shape)
        before, self.shape = self.shape, encode_shape(shape)
        return shape if self.shape != before else None

    def exchange_shape(self) -> Shape:
        """End a rebuild: the shape that it has made takes the place of the old one. Returns it."""
        self.shape, self.rebuilt_shape = self.rebuilt_shape or self.shape, None
        return decode_shape(self.shape)


class Written(NamedTuple):
    """The days whose points change, those that conversions are attributed to included; and the facts of all days."""

    changed: set[Day]
    days: Days


class _Job(NamedTuple):
    """Points to render: those of the days in `only`, or of all days if it is None."""

    row: SeriesRow
    prepare: Callable[[Days], tuple[Rendering, Days]]
    only: set[Day] | None

    @property
    def bounds(self) -> tuple[int, int] | None:
        """The first and last day whose facts the points need; None for all days."""
        return (min(self.only), max(self.only) + ATTRIBUTED_REACH) if self.only else None


class SeriesWriter:
    """Reads and writes series of some kinds of one workspace, with their facts and points."""

    def __init__(self, publication: Publication, kinds: tuple[str, ...]) -> None:
        self._publication = publication
        self._connection = publication.connection
        self._workspace = publication.workspace
        self._kinds = kinds
        self._rows: list[tuple[SeriesRow, SeriesRow]] = []
        """Rows that were read or created, each with a copy from before any change."""
        self._facts: list[dict[str, object]] = []
        self._gone: list[dict[str, int]] = []
        self._jobs: list[_Job] = []

    def kept(self, scopes: Scopes) -> dict[str, dict[str, dict[Day, bytes]]]:
        """The stored facts of what is computed: subject → send id → day → JSON."""
        asked = [scope for of_part in scopes.values() for scope in of_part]
        columns = facts_table.c
        query = (
            select(series.c.subject, series.c.send_id, columns.day, columns.facts)
            .join_from(facts_table, series)
            .where(
                series.c.workspace_id == self._workspace.id,
                series.c.kind.in_(self._kinds),
                columns.day.in_({day for scope in asked for day in scope.days}),
            )
        )
        if (subjects := subjects_of(scopes)) is not None:
            query = query.where(series.c.subject.in_(subjects))
        kept: dict[str, dict[str, dict[Day, bytes]]] = defaultdict(lambda: defaultdict(dict))
        for subject, send_id, day, facts in self._connection.execute(query):
            kept[subject][send_id][day] = facts
        return kept

    def whole(self, subjects: Collection[str]) -> dict[str, SeriesRow]:
        """The series of some subjects without those of their sends, by subject: of those that have one."""
        return dict(self._rows_where(series.c.send_id == "", subjects))

    def sends(self, touched: Mapping[str, Collection[str]], whole: Collection[str]) -> dict[str, dict[str, SeriesRow]]:
        """The series of sends, by subject and send: those that are touched, and all of the subjects in `whole`."""
        found: dict[str, dict[str, SeriesRow]] = defaultdict(dict)
        some = [send for sends in touched.values() for send in sends]
        read = [(series.c.send_id != "", whole)] if whole else []
        read += [(series.c.send_id.in_(chunk), touched.keys() - set(whole)) for chunk in chunks(some, _MOST_SENDS)]
        for condition, subjects in read:
            for subject, row in self._rows_where(condition, subjects):
                found[subject].setdefault(row.send_id, row)
        return found

    def _rows_where(self, condition: ColumnElement[bool], subjects: Collection[str]) -> Iterator[tuple[str, SeriesRow]]:
        columns = series.c
        query = select(
            columns.subject,
            columns.id,
            columns.kind,
            columns.send_id,
            columns.shape,
            columns.rebuilt_shape,
            columns.zero,
            columns.first_day,
        ).where(
            columns.workspace_id == self._workspace.id, columns.kind.in_(self._kinds), columns.subject.in_(subjects)
        )
        for subject, *row in self._connection.execute(query.where(condition)):
            yield subject, self._tracked(SeriesRow(*row))

    def create(self, kind: str, subject: str, send_id: str = "") -> SeriesRow:
        """Add a series without points."""
        key = {"workspace_id": self._workspace.id, "kind": kind, "subject": subject, "send_id": send_id}
        created = self._connection.execute(_CREATE, {**key, "shape": b"", "zero": b""}).scalar_one()
        return self._tracked(SeriesRow(created, kind, send_id))

    def _tracked(self, row: SeriesRow) -> SeriesRow:
        self._rows.append((row, copy(row)))
        return row

    def write_facts(
        self, row: SeriesRow, parts: PartsOf, found: Mapping[Day, DayFacts], kept: Mapping[Day, bytes]
    ) -> Written:
        """Put the parts that were computed into the stored facts; write those that differ.

        `parts` tells which parts of a day were computed; what is not found of these is gone.
        """
        written = Written(set(), {})
        for day in found.keys() | kept.keys():
            facts = decode_facts(kept[day]) if day in kept else DayFacts()
            before = [each.day for each in facts.attributed]
            for part in parts(day):
                facts.put(part, found.get(day, DayFacts()))
            encoded = None if facts.is_empty else encode_facts(facts)
            if encoded is not None:
                written.days[day] = facts
            if encoded == kept.get(day):
                continue
            written.changed.update((day, *before, *(each.day for each in facts.attributed)))
            if encoded is None:
                self._gone.append({"series": row.id, "of_day": day})
            else:
                self._facts.append({"series_id": row.id, "day": day, "facts": encoded})
        return written

    def render(
        self, row: SeriesRow, prepare: Callable[[Days], tuple[Rendering, Days]], only: set[Day] | None = None
    ) -> None:
        """Write the points of the days in `only`, or of all; a day that no longer has facts loses its point.

        `prepare` gets the facts of the series, and returns a renderer with the facts that it is to render.
        """
        self._jobs.append(_Job(row, prepare, only))

    def render_all(self, row: SeriesRow, renderer: Rendering) -> None:
        """Write all points of a series, and that of a day without data."""
        row.zero = renderer.body(None)
        self.render(row, lambda days: (renderer, days))

    def render_changed(self, row: SeriesRow, renderer: Rendering, changed: set[Day]) -> bool:
        """Write the points of the changed days. If the point of a day without data changes, write all, and return True.

        It changes when an element is new or has a new name, which every point shows.
        """
        before, row.zero = row.zero, renderer.body(None)
        is_new = row.zero != before
        if is_new or changed:
            self.render(row, lambda days: (renderer, days), None if is_new else changed)
        return is_new

    def write(self) -> None:
        """Write all that was gathered."""
        replace(self._connection, facts_table, self._facts)
        if self._gone:
            self._connection.execute(_FACTS_OF_DAY, self._gone)
        for jobs in chunks(self._jobs, _RENDERED_TOGETHER):
            self._publish(jobs)
        changed = [
            {
                "series": row.id,
                "shape": row.shape,
                "rebuilt_shape": row.rebuilt_shape,
                "zero": row.zero,
                "first_day": row.first_day,
            }
            for row, before in self._rows
            if row != before
        ]
        if any((row.shape, row.zero) != (before.shape, before.zero) for row, before in self._rows):
            self._publication.raise_version()
        if changed:
            self._connection.execute(_CHANGE, changed)
        for gathered in (self._rows, self._facts, self._gone, self._jobs):
            gathered.clear()

    def _publish(self, jobs: Sequence[_Job]) -> None:
        whole = [job for job in jobs if job.only is None]
        some = [job for job in jobs if job.only is not None]
        # Apart, because the stored points of the same days are read for all that are written together.
        for alike in filter(None, (some, whole)):
            kept = self._facts_of(alike)
            stored = self._publication.days_with_points([job.row.id for job in whole]) if alike is whole else {}
            self._publication.put(
                new for job in alike for new in self._points_of(job, kept.get(job.row.id, {}), stored)
            )

    def _facts_of(self, jobs: Sequence[_Job]) -> dict[int, dict[Day, bytes]]:
        """The facts that the jobs need, by series id: one query for all, so for some jobs more days than they need."""
        columns = facts_table.c
        query = select(columns.series_id, columns.day, columns.facts)
        query = query.where(columns.series_id.in_([job.row.id for job in jobs]))
        if bounds := [job.bounds for job in jobs if job.bounds]:
            query = query.where(columns.day.between(min(first for first, _ in bounds), max(last for _, last in bounds)))
        found: dict[int, dict[Day, bytes]] = defaultdict(dict)
        for series_id, day, facts in self._connection.execute(query):
            found[series_id][day] = facts
        return found

    def _points_of(self, job: _Job, kept: Mapping[Day, bytes], stored: Mapping[int, set[Day]]) -> Iterator[NewPoint]:
        """The points of the days of a job; of a whole one also of the days that are `stored` and have no data now."""
        row = job.row
        first, last = job.bounds or (0, 0)
        renderer, days = job.prepare(
            {day: decode_facts(facts) for day, facts in kept.items() if job.only is None or first <= day <= last}
        )
        by_day: dict[Day, list[Attributed]] = defaultdict(list)
        for facts in days.values():
            for each in facts.attributed:
                by_day[Day(each.day)].append(each)
        filled = days.keys() | by_day.keys()
        for day in sorted(filled | stored[row.id] if job.only is None else job.only):
            of_day = days.get(day)
            body = renderer.body(of_day, by_day.get(day, ())) if day in filled else None
            totals = None if row.kind == SEND else partial(renderer.totals, of_day)
            yield NewPoint(row.id, row.kind, row.zero, day, body, totals)


_CREATE = insert(series).returning(series.c.id)
_CHANGE = update(series).where(series.c.id == bindparam("series"))
_FACTS_OF_DAY = delete(facts_table).where(
    facts_table.c.series_id == bindparam("series"), facts_table.c.day == bindparam("of_day")
)
