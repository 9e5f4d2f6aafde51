"""Puts the number of events that have arrived right, where it may not be what is stored: it then counts the events."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, Engine

from quotidian.control.arrivals import Arriving, correct_stored, note_arrived, stored_of, what_is_arriving
from quotidian.control.workspaces import Workspace, all_workspaces
from quotidian.domain.days import Day, now_micros
from quotidian.store.events import EventStore, Statements
from quotidian.store.series import writing
from quotidian.store.sql import statement
from quotidian.store.sums import totals

_Counted = Mapping[tuple[Day, str], int]


def settle_arrivals(series: Engine, events: EventStore) -> None:
    """Count what is stored of a batch that was interrupted. Repeating this after a crash is safe.

    No other thread may store a batch meanwhile (stores.changes).
    """
    with series.connect() as connection:
        interrupted = what_is_arriving(connection)
    for each in interrupted:
        stored = each if each.batch <= events.batch else _stored_of(series, events, each)
        with writing(series) as connection:
            note_arrived(connection, stored)


def _stored_of(series: Engine, events: Statements, coming: Arriving) -> Arriving:
    """What is stored of a batch: what there is more than was counted before it.

    Of a day and type of which only some events are stored, it may be that fewer are late than is said here.
    """
    with series.connect() as connection:
        before = stored_of(connection, coming.workspace_id, {each.day for each in coming.arrivals})
        names = {workspace.id: workspace.name for workspace in all_workspaces(connection)}
    now = _counted_of(events, names[coming.workspace_id], coming)
    arrivals = []
    for each in coming.arrivals:
        key = each.day, each.event_type
        stored = min(each.records, now.get(key, 0) - before.get(key, 0))
        if stored > 0:
            arrivals.append(each._replace(records=stored))
    return coming._replace(arrivals=arrivals)


def _counted_of(events: Statements, workspace: str, coming: Arriving) -> _Counted:
    values = {
        "workspace": workspace,
        "days": tuple({each.day for each in coming.arrivals}),
        "types": tuple({each.event_type for each in coming.arrivals}),
    }
    return _by_day_and_type(events.rows(statement(__package__, "count_events_of_days"), values, tuple[Day, str, int]))


def recount(events: Statements, connection: Connection, workspace: Workspace) -> None:
    """Count all events that are stored: after a restore others are there than were counted."""
    rows = events.rows(statement(__package__, "count_events"), {"workspace": workspace.name}, tuple[Day, str, int])
    correct_stored(connection, workspace.id, _by_day_and_type(rows), now_micros())


def _by_day_and_type(rows: Iterable[tuple[Day, str, int]]) -> _Counted:
    return totals(((day, event_type), number) for day, event_type, number in rows)
