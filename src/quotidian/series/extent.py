"""From which day to which a workspace has events: what is asked for beyond has no data."""

from sqlalchemy import Connection, func, select

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Slice, date_of
from quotidian.store.tables import event_days


def beyond_data(connection: Connection, workspace: Workspace, days: Slice) -> str:
    """Why none of these days has events, in a sentence; '' if one may have, or if there are no days."""
    columns = event_days.c
    query = select(func.min(columns.day), func.max(columns.day)).where(columns.workspace_id == workspace.id)
    oldest, newest = connection.execute(query).one()
    if days.first > days.last:
        return ""
    if newest is None:
        return f"workspace {workspace.name!r} has no events yet"
    if days.first > newest:
        return f"all days asked for are after the newest data, which is of {date_of(newest)}"
    if days.last < oldest:
        return f"all days asked for are before the oldest data, which is of {date_of(oldest)}"
    return ""
