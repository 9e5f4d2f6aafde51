"""From tallies to what is served: the points and hours of days, and the names of events and products."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from sqlalchemy import Connection, bindparam, delete, select

from quotidian.control.workspaces import Workspace
from quotidian.domain.chunks import chunks
from quotidian.domain.days import Day
from quotidian.domain.kinds import COUNT, EVENT, PRODUCT, QUANTITY, TALLIES
from quotidian.domain.totals import Totals
from quotidian.series.listing.names import learn
from quotidian.series.publishing import NewPoint, Publication
from quotidian.series.tallies.compute import NO_SEGMENT, Tallies
from quotidian.series.tallies.read import Tally, body, hour_numbers
from quotidian.store.series import add_missing, replace
from quotidian.store.tables import hours, series

_NAMES: Final = {COUNT: EVENT, QUANTITY: PRODUCT}
_SUBJECTS_TOGETHER: Final = 500

_Hours = dict[tuple[int, Day], bytes]
"""Numbers of hours, by series id and day."""


def publish_tallies(publication: Publication, days: list[Day], found: Tallies, segment: str = NO_SEGMENT) -> None:
    """Replace the tallies of these days, of everyone or of a segment, with those found."""
    connection, workspace = publication.connection, publication.workspace
    stored = _stored_hours(connection, workspace, days, segment)
    tallies = {series_id: tally for series_id, tally, _, _ in stored}
    kept = {(series_id, day): numbers for series_id, _, day, numbers in stored}
    ids = _series_ids(connection, workspace, found, segment)
    counted = {
        (ids[tally], day): hour_numbers(day, workspace.zone, numbers)
        for tally, by_day in found.items()
        for day, numbers in by_day.items()
    }
    _write_hours(publication, kept, counted)
    publication.put(_points(found, ids))
    publication.put(
        _point(series_id, tallies[series_id], day, 0) for series_id, day in sorted(kept.keys() - counted.keys())
    )
    named = {(tally.kind, tally.subject) for tally in found if tally.kind in _NAMES and tally.subject}
    learn(connection, workspace, ((_NAMES[kind], name) for kind, name in named))


def _stored_hours(
    connection: Connection, workspace: Workspace, days: list[Day], segment: str
) -> list[tuple[int, Tally, Day, bytes]]:
    """Series id, tally, day and hours of the tallies that have these days."""
    columns = series.c
    # A sum, so that the workspace is looked at last: tallies are found by day, of which most have few.
    of_workspace = columns.workspace_id + 0 == workspace.id
    query = (
        select(hours.c.series_id, hours.c.day, hours.c.hours, *(columns[name] for name in Tally._fields))
        .join_from(hours, series)
        .where(hours.c.day.in_(days), of_workspace, columns.segment_id == segment)
    )
    return [(series_id, Tally(*names), day, numbers) for series_id, day, numbers, *names in connection.execute(query)]


def _series_ids(
    connection: Connection, workspace: Workspace, tallies: Iterable[Tally], segment: str
) -> dict[Tally, int]:
    """The series of tallies; those that are not there yet are added."""
    wanted = set(tallies)
    found = _read_ids(connection, workspace, wanted, segment)
    if missing := wanted - found.keys():
        rows = (
            {"workspace_id": workspace.id, **tally._asdict(), "send_id": "", "shape": b"", "zero": body(tally.kind, 0)}
            for tally in sorted(missing)
        )
        add_missing(connection, series, rows)
        found |= _read_ids(connection, workspace, missing, segment)
    return found


def _read_ids(connection: Connection, workspace: Workspace, wanted: Iterable[Tally], segment: str) -> dict[Tally, int]:
    columns = series.c
    query = select(columns.kind, columns.subject, columns.app_id, columns.segment_id, columns.id).where(
        columns.workspace_id == workspace.id,
        columns.kind.in_(TALLIES),
        columns.send_id == "",
        columns.segment_id == segment,
    )
    return {
        Tally(*names): series_id
        for subjects in chunks({tally.subject for tally in wanted}, _SUBJECTS_TOGETHER)
        for *names, series_id in connection.execute(query.where(columns.subject.in_(subjects)))
    }


def _write_hours(publication: Publication, kept: _Hours, counted: _Hours) -> None:
    changed = {key: numbers for key, numbers in counted.items() if kept.get(key) != numbers}
    gone = kept.keys() - counted.keys()
    if changed or gone:
        publication.raise_version()
    replace(
        publication.connection,
        hours,
        ({"series_id": series_id, "day": day, "hours": numbers} for (series_id, day), numbers in changed.items()),
    )
    if gone:
        publication.connection.execute(_GONE, [{"series": series_id, "of_day": day} for series_id, day in gone])


def _points(found: Tallies, ids: dict[Tally, int]) -> Iterator[NewPoint]:
    for tally, by_day in found.items():
        for day, numbers in by_day.items():
            yield _point(ids[tally], tally, day, sum(numbers.values()))


def _point(series_id: int, tally: Tally, day: Day, number: int) -> NewPoint:
    """A point of a tally. Of custom events, whoever did them, there are totals too."""
    is_total = tally.kind == COUNT and not tally.app_id and not tally.segment_id
    totals = partial(_totals, number) if is_total else None
    return NewPoint(series_id, tally.kind, body(tally.kind, 0), day, body(tally.kind, number), totals)


def _totals(events: int) -> Mapping[str, Totals]:
    return {"": Totals(events=events)} if events else {}


_GONE: Final = delete(hours).where(hours.c.series_id == bindparam("series"), hours.c.day == bindparam("of_day"))
