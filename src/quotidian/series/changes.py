"""Which points have changed since a version, oldest change first (semantics.md §9 and §11, "Changes").

A point is told once, with its newest version. So is a series that is gone. Pages hold whole versions, whose points are
read series by series: a version may be larger than memory.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from quotidian.control.workspaces import Workspace
from quotidian.domain.chunks import chunks
from quotidian.domain.days import Day
from quotidian.domain.kinds import KIND_NUMBERS, KINDS
from quotidian.series.points import point
from quotidian.store.lookups import Lookup
from quotidian.store.tables import gone_series, points, series, workspaces

_NAMED_TOGETHER: Final = 1_000


class SeriesName(NamedTuple):
    """What names a series of a kind: domain/kinds.py. Series are told in this order."""

    subject: str
    send_id: str
    app_id: str
    segment_id: str


class Change(NamedTuple):
    """A point as it is now, as it is stored, and the version that changed it; day and point None of a series gone."""

    kind: str
    name: SeriesName
    version: int
    day: Day | None
    point: bytes | None


class Page(NamedTuple):
    """Versions that are told together, each with the kinds that may have changed in it; `version` is the last."""

    version: int
    parts: list[tuple[int, str]]


def newest_version(connection: Connection, workspace: Workspace) -> int:
    """The version of the last transaction that published anything of a workspace; 0 if there was none."""
    ((version,),) = _NEWEST.rows(connection, workspace=workspace.id)
    return int(version)


def find_page(
    connection: Connection, workspace: Workspace, since: int, limit: int, kinds: Sequence[str] = KINDS
) -> Page:
    """The versions after `since`, up to the one that brings the number of changes to the limit."""
    # Of each kind the limit is enough, and all together take what as many integers take.
    changed = sorted(
        (version, KIND_NUMBERS[kind])
        for kind in kinds
        for version in _versions_after(connection, workspace, kind, since, limit)
    )[:limit]
    if not changed:
        return Page(since, [])
    last, _ = changed[-1]
    parts = dict.fromkeys((version, KINDS[number]) for version, number in changed if version < last)
    return Page(last, [*parts, *((last, kind) for kind in KINDS if kind in kinds)])


def _versions_after(connection: Connection, workspace: Workspace, kind: str, since: int, limit: int) -> Iterator[int]:
    asked = {"workspace": workspace.id, "since": since, "most": limit}
    for (version,) in _CHANGED.rows(connection, kind=KIND_NUMBERS[kind], **asked):
        yield version
    for (version,) in _GONE.rows(connection, kind=kind, **asked):
        yield version


def read_page(connection: Connection, workspace: Workspace, page: Page) -> Iterator[Change]:
    """The changes of a page by version, path of the series, name and day."""
    for version, kind in page.parts:
        yield from _changes(connection, workspace, version, kind)


def _changes(connection: Connection, workspace: Workspace, version: int, kind: str) -> Iterator[Change]:
    of_workspace = {"workspace": workspace.id, "version": version}
    of_part = {**of_workspace, "kind": KIND_NUMBERS[kind]}
    ids = [series_id for (series_id,) in _SERIES_OF.rows(connection, **of_part)]
    named: list[tuple[SeriesName, int | None]] = [
        (SeriesName(*names), None) for names in _GONE_IN.rows(connection, kind=kind, **of_workspace)
    ]
    named += _names(connection, ids)
    for name, series_id in sorted(named, key=lambda each: each[0]):
        if series_id is None:
            yield Change(kind, name, version, None, None)
        else:
            for day, text, zero in _POINTS_OF.rows(connection, series=series_id, **of_part):
                yield Change(kind, name, version, day, text or point(day, zero))


def _names(connection: Connection, ids: Sequence[int]) -> Iterator[tuple[SeriesName, int]]:
    columns = series.c
    query = select(columns.id, columns.subject, columns.send_id, columns.app_id, columns.segment_id)
    for chunk in chunks(ids, _NAMED_TOGETHER):
        for series_id, *names in connection.execute(query.where(columns.id.in_(chunk))):
            yield SeriesName(*names), series_id


_OF_PART = (points.c.workspace_id == bindparam("workspace")) & (points.c.kind_number == bindparam("kind"))
_OF_GONE = (gone_series.c.workspace_id == bindparam("workspace")) & (gone_series.c.kind == bindparam("kind"))
_NEWEST: Final = Lookup(select(workspaces.c.version).where(workspaces.c.id == bindparam("workspace")))
_CHANGED: Final = Lookup(
    select(points.c.version)
    .where(_OF_PART, points.c.version > bindparam("since"))
    .order_by(points.c.version)
    .limit(bindparam("most"))
)
_GONE: Final = Lookup(
    select(gone_series.c.version)
    .where(_OF_GONE, gone_series.c.version > bindparam("since"))
    .order_by(gone_series.c.version)
    .limit(bindparam("most"))
)
_SERIES_OF: Final = Lookup(
    select(points.c.series_id).where(_OF_PART, points.c.version == bindparam("version")).distinct()
)
_GONE_IN: Final = Lookup(
    select(gone_series.c.subject, gone_series.c.send_id, gone_series.c.app_id, gone_series.c.segment_id).where(
        _OF_GONE, gone_series.c.version == bindparam("version")
    )
)
_POINTS_OF: Final = Lookup(
    select(points.c.day, points.c.point, series.c.zero)
    .join_from(points, series)
    .where(_OF_PART, points.c.version == bindparam("version"), points.c.series_id == bindparam("series"))
    .order_by(points.c.day)
)
