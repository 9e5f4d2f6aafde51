"""How many events have arrived in each workspace: stored ones, copies not counted."""

from sqlalchemy import Connection, case, update

from quotidian.store.tables import workspaces


def count_events(connection: Connection, workspace_id: int, batch: int, events: int) -> None:
    """Count the new events of a batch, in the transaction that notes what they change, before they are stored.

    A batch that is noted again was not stored the first time: what it counted then is replaced.
    """
    columns = workspaces.c
    before = case((columns.counted_batch == batch, columns.events_before), else_=columns.events)
    counted = {"events_before": before, "events": before + events, "counted_batch": batch}
    connection.execute(update(workspaces).where(columns.id == workspace_id).values(counted))
