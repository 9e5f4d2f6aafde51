"""What ingest notes beside the events, learned from the events themselves: after a restore, and for a rebuild."""

from sqlalchemy import Connection

from quotidian.catalogue import money_of
from quotidian.events.store import EventStore
from quotidian.series.dirty import Touched, mark_touched
from quotidian.series.store import add_missing
from quotidian.series.tables import apps
from quotidian.sql import statement
from quotidian.workspaces import all_workspaces


def learn(events: EventStore, connection: Connection) -> None:
    """Note the apps of the events and the days with events, and mark all that depends on these days as dirty."""
    for workspace in all_workspaces(connection):
        values = {"workspace": workspace.name}
        known = events.rows(statement(__package__, "known_apps"), values, tuple[str])
        add_missing(connection, apps, ({"workspace_id": workspace.id, "app_id": app_id} for (app_id,) in known))
        touched = events.rows(statement(__package__, "known_days"), values, Touched)
        mark_touched(connection, workspace.id, touched, money_of(connection, workspace).longest_window)
