"""The active days of users, which the event store keeps beside the events, and how they stay what the events say.

Storing a batch puts those of its new events (ingest/sql/put_active_days.sql). Where that may have been interrupted they
are derived from all events of the day. What takes events away would have to make their blocks anew, as a rebuild does.
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection

from quotidian.control.dirty_days import ACTIVITY, days_with_events
from quotidian.control.doubtful_days import doubt, doubtful, trust
from quotidian.control.workspaces import all_workspaces
from quotidian.domain.channels import SESSION_START
from quotidian.domain.chunks import chunks
from quotidian.domain.progress import Progress
from quotidian.store.events import EventStore
from quotidian.store.series import writing
from quotidian.store.sql import statement
from quotidian.store.stores import Stores

BLOCK_DAYS: Final = 64
"""Days of a block: the bits of a number."""

_AT_ONCE: Final = BLOCK_DAYS


def settle(stores: Stores) -> None:
    """Derive the active days of all days that are in doubt. Repeating this after a crash is safe."""
    with stores.series.connect() as connection:
        found = doubtful(connection)
        names = {workspace.id: workspace.name for workspace in all_workspaces(connection)} if found else {}
    for workspace_id, days in found.items():
        for chunk in chunks(days, _AT_ONCE):
            values = {"workspace": names[workspace_id], "days": tuple(chunk), "session_start": SESSION_START}
            stores.events.run(statement(__package__, "derive_active_days"), values)
            with writing(stores.series) as connection:
                trust(connection, workspace_id, chunk)


def doubt_all(connection: Connection) -> None:
    """Doubt all days with events: nobody knows what was put of them."""
    for workspace in all_workspaces(connection):
        doubt(connection, workspace.id, days_with_events(connection, workspace.id, ACTIVITY))


def remake(events: EventStore) -> Iterator[Progress]:
    """Make all active days again from the events, block by block; readers see a block as it was, or as it is."""
    values = {"session_start": SESSION_START}
    blocks = events.rows(statement(__package__, "blocks_of_days"), values, tuple[int, int])
    events.run("DROP TABLE IF EXISTS quotidian.remade_days")
    events.run("CREATE TABLE quotidian.remade_days AS quotidian.active_days")
    for done, (block, has_sessions) in enumerate(blocks):
        yield Progress(done, len(blocks))
        if has_sessions:
            events.run(statement(__package__, "remake_active_days"), {**values, "block": block})
            events.run(f"ALTER TABLE quotidian.active_days REPLACE PARTITION {block} FROM quotidian.remade_days")
            events.run(f"ALTER TABLE quotidian.remade_days DROP PARTITION {block}")
        else:
            events.run(f"ALTER TABLE quotidian.active_days DROP PARTITION {block}")
    events.run("DROP TABLE quotidian.remade_days")
