"""What the series of a workspace depend on: as long as it is the same, all of them are read as they were before."""

from sqlalchemy import Connection, func, literal, select

from quotidian.control.workspaces import Workspace
from quotidian.store.tables import apps, catalogue, dirty_days, dirty_listings, meta, registered_sends, workspaces


def state_of(connection: Connection, workspace: Workspace) -> tuple[object, ...]:
    """The version of what is published, which days there are, and what names series without points.

    The catalogue counts when it is changed, and again when its entries are listed.
    """
    found = [connection.execute(select(workspaces.c.version).where(workspaces.c.id == workspace.id)).scalar_one()]
    for table in (apps, registered_sends, dirty_listings, catalogue):
        latest = func.max(table.c.changed_at) if table is catalogue else literal(0)
        row = connection.execute(select(func.count(), latest).where(table.c.workspace_id == workspace.id)).one()
        found += row
    return (*found, workspace.today)


def activity_state_of(connection: Connection, workspace: Workspace) -> tuple[object, ...]:
    """The same for what is told from histograms of activity, which may change where no point does.

    They are replaced where days are unmarked, and a batch is noted whose events they have. Other workspaces' batches
    change this too.
    """
    dirty = select(func.count()).select_from(dirty_days).where(dirty_days.c.workspace_id == workspace.id)
    noted = select(meta.c.markings, meta.c.stored_batch, dirty.scalar_subquery())
    return (*state_of(connection, workspace), *connection.execute(noted).one())
