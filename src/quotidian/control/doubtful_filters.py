"""Days of whose events it may not all be known, in the event store, who fulfils a filter of a segment.

A batch is noted here before its events are stored, by filter and day, and taken off when that is known of its users. So
are all days of a filter that is new in the catalogue. What a crash or an import leaves is found out from the events:
series/segments/fulfilment.py.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, delete, select

from quotidian.domain.days import Day
from quotidian.store.series import add_missing
from quotidian.store.tables import doubtful_filters


class Doubt(NamedTuple):
    """A day of a filter, by the filter's key."""

    filter: int
    day: Day


def doubt(connection: Connection, workspace_id: int, doubts: Iterable[Doubt]) -> set[Doubt]:
    """Note that some days of filters are in doubt; returns those that were not before."""
    before = {Doubt(key, day) for key, days in doubtful(connection, workspace_id).items() for day in days}
    added = set(doubts) - before
    rows = ({"workspace_id": workspace_id, **each._asdict()} for each in added)
    add_missing(connection, doubtful_filters, rows)
    return added


def doubtful(connection: Connection, workspace_id: int) -> Mapping[int, list[Day]]:
    """The days in doubt, ascending, by the filter's key."""
    found: dict[int, list[Day]] = defaultdict(list)
    columns = doubtful_filters.c
    query = select(columns.filter, columns.day).where(columns.workspace_id == workspace_id)
    for key, day in connection.execute(query.order_by(columns.filter, columns.day)):
        found[key].append(day)
    return found


def has_doubtful(connection: Connection) -> bool:
    """Whether any day of any filter is in doubt."""
    return connection.execute(select(doubtful_filters.c.day).limit(1)).first() is not None


def trust(connection: Connection, workspace_id: int, doubts: Iterable[Doubt]) -> None:
    """Some days of filters are in doubt no longer."""
    columns = doubtful_filters.c
    days: dict[int, list[Day]] = defaultdict(list)
    for key, day in doubts:
        days[key].append(day)
    for key, of_filter in days.items():
        connection.execute(
            delete(doubtful_filters).where(
                columns.workspace_id == workspace_id, columns.filter == key, columns.day.in_(of_filter)
            )
        )


def forget_filters(connection: Connection, workspace_id: int, keys: Iterable[int]) -> None:
    """No segment has these filters any more."""
    columns = doubtful_filters.c
    connection.execute(
        delete(doubtful_filters).where(columns.workspace_id == workspace_id, columns.filter.in_(list(keys)))
    )
