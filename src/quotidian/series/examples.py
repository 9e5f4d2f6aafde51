"""Ids that a workspace has: what a person who tries requests would ask for."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import day_of
from quotidian.domain.kinds import SEND
from quotidian.series.campaigns.sends import SendRules
from quotidian.store.tables import listed, series


def newest(connection: Connection, workspace: Workspace, kind: str, limit: int) -> list[str]:
    """At most `limit` campaigns, canvases or segments that are not archived, the one edited last first."""
    columns = listed.c
    query = select(columns.id).filter_by(workspace_id=workspace.id, kind=kind).where(~columns.archived)
    return list(connection.execute(query.order_by(columns.last_edited.desc(), columns.id).limit(limit)).scalars())


def newest_send(
    connection: Connection, workspace: Workspace, campaigns: Sequence[str], rules: SendRules
) -> tuple[str, str] | None:
    """Campaign and id of the newest send of some campaigns; None if none is kept."""
    columns = series.c
    query = select(columns.subject, columns.send_id, columns.first_day)
    query = query.filter_by(workspace_id=workspace.id, kind=SEND).where(columns.subject.in_(campaigns))
    found = connection.execute(query.order_by(columns.first_day.desc(), columns.id.desc()).limit(1)).one_or_none()
    if found is None or rules.is_purged(found.first_day, day_of(workspace.today)):
        return None
    return found.subject, found.send_id
