"""Learns from the stored events what ingest usually notes beside them: for a rebuild, and after a restore."""

from sqlalchemy import Connection

from quotidian.catalogue import segments_of
from quotidian.control.dirty_days import FAMILIES, Touched, days_with_events, mark_touched
from quotidian.control.dirty_parts import mark_everything
from quotidian.control.dirty_segments import mark_all_of
from quotidian.control.workspaces import Workspace, all_workspaces
from quotidian.domain.days import Day
from quotidian.domain.subjects import SUBJECT_KINDS
from quotidian.series.arrived import recount
from quotidian.store.events import EventStore
from quotidian.store.series import add_missing
from quotidian.store.sql import statement
from quotidian.store.tables import apps


def learn(events: EventStore, connection: Connection) -> None:
    """Note every app and day that has events, and mark all days that depend on them as dirty; count the events anew."""
    for workspace in all_workspaces(connection):
        values = {"workspace": workspace.name}
        found = set(events.rows(statement(__package__, "apps_of_events"), values, tuple[str]))
        add_missing(connection, apps, ({"workspace_id": workspace.id, "app_id": app_id} for (app_id,) in found))
        touched = events.rows(statement(__package__, "days_of_events"), values, Touched)
        mark_touched(connection, workspace.id, touched)
        for kind in SUBJECT_KINDS:
            mark_everything(connection, workspace.id, kind.family)
        mark_all_of(connection, workspace.id, segments_of(connection, workspace))
        recount(events, connection, workspace)


def known_days(connection: Connection) -> dict[tuple[Workspace, str], list[Day]]:
    """The days that are known to have events, by workspace and family."""
    return {
        (workspace, family): days_with_events(connection, workspace.id, family)
        for workspace in all_workspaces(connection)
        for family in FAMILIES
    }
