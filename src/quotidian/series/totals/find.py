"""Finds campaigns, canvases, segments and custom events by what they are called and tagged, each with its totals."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    cast,
    false,
    literal,
    or_,
    select,
)

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Slice
from quotidian.domain.kinds import CAMPAIGN, CANVAS, COUNT, EVENT, SEGMENT, SIZE
from quotidian.domain.totals import Totals, zero_of_channel, zero_totals
from quotidian.series.listing.search import line, sought, texts_of
from quotidian.series.totals.read import SUMS, is_of_part, of_everyone, parts, values_of
from quotidian.store.functions import Position
from quotidian.store.lookups import Lookup
from quotidian.store.tables import listed, names, points, series, totals

COUNTED: Final[Mapping[str, str]] = {CAMPAIGN: CAMPAIGN, CANVAS: CANVAS, SEGMENT: SIZE, EVENT: COUNT}
"""Kinds of items, with the kind of the series that has their numbers."""


class Search(NamedTuple):
    """Items whose name or id has the `text` in it, in upper or lower case, with the tag and the channel; '' is any.

    Of a channel the totals are of that alone. `archived` None is both those that are and those that are not.
    """

    days: Slice
    text: str = ""
    tag: str = ""
    channel: str = ""
    archived: bool | None = None


class Found(NamedTuple):
    """An item that was found, as it is stored, and what it has in these days: 0 where it could have a number."""

    id: str
    name: str
    archived: int
    tags: str
    channels: str
    totals: Totals


def find(connection: Connection, workspace: Workspace, kind: str, search: Search) -> list[Found]:
    """All items of a kind that match, by id: of CAMPAIGN, CANVAS, SEGMENT or EVENT."""
    rows = _QUERIES[kind].rows(
        connection,
        workspace=workspace.id,
        listed=kind,
        counted=COUNTED[kind],
        text=sought(search.text),
        tag=line(search.tag) if search.tag else "",
        channel_line=line(search.channel) if search.channel else "",
        archived=search.archived,
        last=search.days.last,
        **values_of(search.days, search.channel),
    )
    if kind == SEGMENT:
        return [Found._make((*item, _size(point))) for *item, point in rows]
    # There are few of them, for most items have the same few channels.
    zeros = {channels: _zero(kind, channels, search.channel) for channels in {row[_CHANNELS] for row in rows}}
    return [Found._make((*row[:_NUMBERS], _filled(row[_NUMBERS:], zeros[row[_CHANNELS]]))) for row in rows]


_CHANNELS: Final = 4
_NUMBERS: Final = 5
"""Places in a row: an item's channels, and the first of its numbers."""


def _zero(kind: str, channels: str, channel: str) -> Totals:
    """The totals of an item without data."""
    counted = COUNTED[kind]
    return zero_of_channel(counted, channel) if channel else zero_totals(counted, texts_of(channels))


def _filled(numbers: Sequence[Any], zero: Sequence[Any]) -> Totals:
    """Sums, with 0 where there could be one and is none."""
    return Totals(*[of_zero if number is None else number for number, of_zero in zip(numbers, zero, strict=False)])


class _SizePoint(msgspec.Struct):
    size: int


def _size(point: bytes | None) -> Totals:
    return Totals(size=msgspec.json.decode(point, type=_SizePoint).size if point else 0)


def _has(column: Column[str], parameter: str) -> ColumnElement[bool]:
    """Whether a text has another in it, which is no pattern; every text has '' in it."""
    return Position(column, bindparam(parameter)) > 0


def _listed() -> Select[*tuple[Any, ...]]:
    """Campaigns, canvases and segments."""
    columns = listed.c
    archived = cast(bindparam("archived"), Boolean)
    return select(columns.id, columns.name, columns.archived, columns.tags, columns.channels).where(
        columns.workspace_id == bindparam("workspace"),
        columns.kind == bindparam("listed"),
        _has(columns.sought, "text"),
        _has(columns.tags, "tag"),
        _has(columns.channels, "channel_line"),
        or_(archived.is_(None), columns.archived == archived),
    )


def _named() -> Select[*tuple[Any, ...]]:
    """Custom events: they are never archived, and have no channels."""
    columns = names.c
    archived = cast(bindparam("archived"), Boolean)
    return select(columns.name, columns.name.label("called"), literal(0), columns.tags, literal("")).where(
        columns.workspace_id == bindparam("workspace"),
        columns.kind == bindparam("listed"),
        _has(columns.sought, "text"),
        _has(columns.tags, "tag"),
        bindparam("channel_line") == "",
        or_(archived.is_(None), archived == false()),
    )


def _of_series(subject: Column[str]) -> ColumnElement[bool]:
    return and_(of_everyone(bindparam("workspace"), bindparam("counted")), series.c.subject == subject)


def _with_sums(items: Select[*tuple[Any, ...]], subject: Column[str]) -> Lookup:
    """Items, each with what its days add up to."""
    of = parts()
    with_series = subject.table.outerjoin(series, _of_series(subject))
    source = with_series.outerjoin(of, literal(True)).outerjoin(totals, is_of_part(of))
    return Lookup(items.select_from(source).add_columns(*SUMS).group_by(*subject.table.primary_key).order_by(subject))


def _with_sizes(items: Select[*tuple[Any, ...]], subject: Column[str]) -> Lookup:
    """Segments, each with its last point: a size holds for the days after it."""
    last = (
        select(points.c.point)
        .where(points.c.series_id == series.c.id, points.c.day <= bindparam("last"))
        .order_by(points.c.day.desc())
        .limit(1)
        .scalar_subquery()
    )
    source = subject.table.outerjoin(series, _of_series(subject))
    return Lookup(items.select_from(source).add_columns(last).order_by(subject))


_QUERIES: Final[Mapping[str, Lookup]] = {
    **dict.fromkeys((CAMPAIGN, CANVAS), _with_sums(_listed(), listed.c.id)),
    SEGMENT: _with_sizes(_listed(), listed.c.id),
    EVENT: _with_sums(_named(), names.c.name),
}
