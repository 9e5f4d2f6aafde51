"""Days whose users' active days, which the event store keeps beside the events, may not all have been put.

A batch is noted here before its events are stored, and taken off when their active days are put. What a crash leaves
is derived from the events: series/activity/active_days.py.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlalchemy import Connection, delete, select

from quotidian.domain.days import Day
from quotidian.store.series import add_missing
from quotidian.store.tables import doubtful_days


def doubt(connection: Connection, workspace_id: int, days: Iterable[Day]) -> None:
    """Note that some days are in doubt."""
    add_missing(connection, doubtful_days, ({"workspace_id": workspace_id, "day": day} for day in days))


def doubtful(connection: Connection) -> dict[int, list[Day]]:
    """The days in doubt, ascending, by workspace id."""
    found: dict[int, list[Day]] = defaultdict(list)
    columns = doubtful_days.c
    for workspace_id, day in connection.execute(select(columns.workspace_id, columns.day).order_by(columns.day)):
        found[workspace_id].append(day)
    return found


def trust(connection: Connection, workspace_id: int, days: Collection[Day]) -> None:
    """Some days are in doubt no longer."""
    columns = doubtful_days.c
    connection.execute(delete(doubtful_days).where(columns.workspace_id == workspace_id, columns.day.in_(days)))
