"""Many series as one table, a part of a series in memory at a time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from quotidian.api.v1.table import CHANNEL, DAY, METRIC, VALUE, VARIATION, Column, Row, Table
from quotidian.domain.chunks import chunks
from quotidian.domain.days import Day, Slice
from quotidian.domain.kinds import KPIS
from quotidian.series.every import Named
from quotidian.series.points import whole
from quotidian.series.read import FoundSeries, Subject, read_points
from quotidian.series.values import Metric, values

# A point may have hundreds of kilobytes.
_DAYS_AT_ONCE = 100
_ROWS_AT_ONCE = 5_000

# `{"time":"2026-03-29",`: what a point has before its body.
_BODY = 21


class _Part(NamedTuple):
    """Some consecutive points of a series, as they are stored."""

    subject: Subject
    found: FoundSeries
    first: int
    points: Sequence[bytes]


class SeriesTable(NamedTuple):
    """The days of each of some series, zeros included. `ids` are the names of the ids of their subjects."""

    connection: Connection
    ids: tuple[str, ...]
    every: Iterator[Named]
    days: Slice
    state: object
    has_elements: bool = True

    def table(self) -> Table:
        """Points with what names their series in front; rows with a column an id, and those of elements."""
        ids = [Column(name, "text") for name in self.ids]
        elements = [CHANNEL, VARIATION] if self.has_elements else []
        return Table((*ids, DAY, *elements, METRIC, VALUE), self._points, self._rows, state=self.state)

    def _parts(self) -> Iterator[_Part]:
        for subject, found in self.every:
            for first in range(self.days.first, self.days.last + 1, _DAYS_AT_ONCE):
                days = Slice(Day(first), Day(min(first + _DAYS_AT_ONCE - 1, self.days.last)))
                yield _Part(subject, found, first, read_points(self.connection, found, days))

    def _points(self) -> Iterator[Sequence[bytes]]:
        for part in self._parts():
            named = b"%s," % msgspec.json.encode(self._named(part.subject))[:-1]
            yield [named + whole(part.subject.kind, point)[1:] for point in part.points]

    def _named(self, subject: Subject) -> Mapping[str, str | None]:
        """What names a series in JSON."""
        kpi = {"kpi": subject.kind} if subject.kind in KPIS else {}
        return {**kpi, **dict(zip(self.ids, _ids(subject), strict=False))}

    def _rows(self) -> Iterator[Sequence[Row]]:
        return chunks(self._each_row(), _ROWS_AT_ONCE)

    def _each_row(self) -> Iterator[Row]:
        for subject, found, first, points in self._parts():
            ids, zeros = _ids(subject)[: len(self.ids)], None
            for day, point in enumerate(points, first):
                # Most days of most series: read once, not each time.
                is_zero = point[_BODY:] == found.zero
                numbers = zeros if is_zero and zeros else values(subject.kind, point)
                zeros = numbers if is_zero else zeros
                for metric, number in numbers.items():
                    yield (*ids, day, *self._element(metric), metric.name, number)

    def _element(self, metric: Metric) -> tuple[str | None, ...]:
        """The columns of elements: null instead of the channel of totals, which is ''."""
        return (metric.channel or None, metric.variation) if self.has_elements else ()


def _ids(subject: Subject) -> tuple[str | None, ...]:
    """The ids of a subject; null for all apps."""
    return subject.id or None, subject.send_id
