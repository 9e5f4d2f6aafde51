"""Reads the lists: a page of items with their numbers, and what small charts and changes are made of."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection

from quotidian.catalogue.entries import read_entries
from quotidian.control.workspaces import Workspace
from quotidian.dashboard.lists.asked import ALL_ROWS, Asked
from quotidian.dashboard.lists.kinds import ListKind
from quotidian.dashboard.ranges import Range
from quotidian.domain.days import Day, Slice
from quotidian.domain.kinds import SEGMENT, SIZE
from quotidian.domain.segments import Segment
from quotidian.domain.totals import Totals
from quotidian.series.listing.read import tags_in_use
from quotidian.series.segments.read import read_sizes, size_in
from quotidian.series.totalling import ONE_DAY, SPANS
from quotidian.series.totals.listing import Item, PageOfTotals, page_of
from quotidian.series.totals.read import read_days, read_some

_LONGEST_BY_DAY: Final = 366
"""Small charts of longer ranges are made of spans of days, which are an eighth to read."""


class Trend(NamedTuple):
    """The number of an item's small chart: of each day or span of days, and of the days before if that is asked for."""

    days: Sequence[float]
    before: float | None


class ReadList(NamedTuple):
    """A page of a list; `tags` are all that the items of the kind have.

    `trends` are by the id of each item on the page, and so are the `definitions` of segments.
    """

    found: PageOfTotals
    trends: Mapping[str, Trend]
    tags: Sequence[str]
    definitions: Mapping[str, Segment]


def read_list(connection: Connection, workspace: Workspace, kind: ListKind, asked: Asked, days: Range) -> ReadList:
    """The page that is asked for."""
    found = page_of(connection, workspace, kind.kind, asked.wanted(days.days))
    ids = [item.id for item in found.rows]
    reader = _Reader(connection, workspace, kind, days)
    trends = reader.sizes(ids) if kind.series_kind == SIZE else reader.totals(ids, asked.channel)
    definitions = definitions_of(connection, workspace, ids) if kind.kind == SEGMENT else {}
    return ReadList(found, trends, tags_in_use(connection, workspace, kind.kind), definitions)


def definitions_of(connection: Connection, workspace: Workspace, ids: Collection[str]) -> dict[str, Segment]:
    """What the catalogue says of some segments."""
    entries = read_entries(connection, workspace, SEGMENT, ids)
    return {each: msgspec.json.decode(row.entry, type=Segment) for each, row in entries.items()}


def read_all(connection: Connection, workspace: Workspace, kind: ListKind, asked: Asked, days: Range) -> list[Item]:
    """All items that are asked for, whatever the page."""
    wanted = asked.wanted(days.days)._replace(page=0, rows=ALL_ROWS)
    return page_of(connection, workspace, kind.kind, wanted).rows


@dataclass(frozen=True)
class _Reader:
    """Reads the trends of the items of a page."""

    connection: Connection
    workspace: Workspace
    kind: ListKind
    days: Range

    def totals(self, ids: Collection[str], channel: str) -> dict[str, Trend]:
        of, name = (self.connection, self.workspace, self.kind.series_kind), self.kind.spark.name
        span = ONE_DAY if self.days.length <= _LONGEST_BY_DAY else SPANS[0]
        found = read_days(*of, ids, self.days.days, channel=channel, span=span)
        before = read_some(*of, ids, self.days.before) if self.kind.has_change else None
        return {
            each: Trend(
                [_number(by_day.get(Day(first)), name) for first in _spans(self.days.days, span)],
                None if before is None else _number(before.get(each), name),
            )
            for each, by_day in found.items()
        }

    def sizes(self, ids: Collection[str]) -> dict[str, Trend]:
        """Sizes do not add up: the one before is that of the day before the first."""
        days = Slice(self.days.before.last, self.days.days.last)
        found = {each: read_sizes(self.connection, self.workspace, each, days) for each in ids}
        sizes = {each: [size_in(point) for point in points] for each, points in found.items()}
        return {each: Trend(of_days[1:], of_days[0]) for each, of_days in sizes.items()}


def _spans(days: Slice, span: int) -> range:
    """The first days of the spans that lie within some days."""
    return range(-(-days.first // span) * span, days.last + 2 - span, span)


def _number(totals: Totals | None, name: str) -> float:
    """One of the totals of a day; 0 of a day without any."""
    return (totals and getattr(totals, name)) or 0
