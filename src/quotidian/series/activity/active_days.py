"""The active days of users, and the first of each, which the event store keeps beside the events.

Storing a batch puts those of its new events. Where that may have been interrupted they are derived from all events of
the day. What takes events away would have to make them anew, as a rebuild does.
"""

from collections.abc import Collection, Iterator
from typing import Final

from sqlalchemy import Connection

from quotidian.control.dirty_days import ACTIVITY, AGE_CAP, days_with_events
from quotidian.control.doubtful_days import doubt, doubtful, trust
from quotidian.control.workspaces import all_workspaces
from quotidian.domain.channels import SESSION_START
from quotidian.domain.chunks import chunks
from quotidian.domain.day_bits import BLOCK_DAYS
from quotidian.domain.days import Day
from quotidian.domain.progress import Progress
from quotidian.store.events import EventStore, Statements
from quotidian.store.series import writing
from quotidian.store.sql import statement
from quotidian.store.stores import Stores

_AT_ONCE: Final = BLOCK_DAYS


def put_new(events: Statements, days: Collection[Day]) -> None:
    """Put the active days of the new events; `days` are all on which these have sessions. It is safe to repeat this."""
    _put(events, "new_events", days)


def settle(stores: Stores) -> None:
    """Derive the active days of all days that are in doubt. Repeating this after a crash is safe.

    No other thread may store a batch meanwhile (stores.changes): the days of that batch are in doubt until it ends.
    """
    with stores.series.connect() as connection:
        found = doubtful(connection)
    for workspace_id, days in found.items():
        for chunk in chunks(days, _AT_ONCE):
            _put(stores.events, "quotidian.events", chunk)
            with writing(stores.series) as connection:
                trust(connection, workspace_id, chunk)


def _put(events: Statements, sessions: str, days: Collection[Day]) -> None:
    _put_active_days(events, sessions, "quotidian.active_days", days)
    _put_first_days(events, sessions, days)


def _put_active_days(events: Statements, sessions: str, active_days: str, days: Collection[int]) -> None:
    put = statement(__package__, "put_active_days")
    events.run(put.replace("{sessions}", sessions).replace("{active_days}", active_days), _sessions_of(days))


def _put_first_days(events: Statements, sessions: str, days: Collection[Day]) -> None:
    events.run(statement(__package__, "put_first_days").replace("{sessions}", sessions), _sessions_of(days))


def _sessions_of(days: Collection[int]) -> dict[str, object]:
    return {"session_start": SESSION_START, "days": tuple(days)}


def doubt_all(connection: Connection) -> None:
    """Doubt all days with events: nobody knows what was put of them."""
    for workspace in all_workspaces(connection):
        doubt(connection, workspace.id, days_with_events(connection, workspace.id, ACTIVITY))


def displaced(events: Statements, workspace: str, days: Collection[Day], newest: Day) -> list[Day]:
    """The first active days of users that are so no longer when the new events are put, apart from recent ones.

    `days` are those on which the new events have sessions, `newest` the last day with events so far. On the days from
    a first day to AGE_CAP days behind it such a user counted as new. A session that is no later than AGE_CAP days has
    all days until the newest computed again anyway, so that nobody is looked for.
    """
    late = [day for day in days if day < newest - AGE_CAP]
    if not late:
        return []
    values = {**_sessions_of(late), "workspace": workspace, "earliest": min(late)}
    return sorted({day for (day,) in events.rows(statement(__package__, "first_days_displaced"), values, tuple[Day])})


def remake(events: EventStore) -> Iterator[Progress]:
    """Make all active days again from the events, block by block; readers see a block as it was, or as it is.

    The first days are made last, from these. Whoever pauses at what is yielded may store batches meanwhile.
    """
    found = events.rows(statement(__package__, "blocks_of_days"), {"session_start": SESSION_START}, tuple[int])
    blocks = sorted({block for (block,) in found})
    events.make_like("remade_days", "active_days")
    for done, block in enumerate(blocks):
        yield Progress(done, len(blocks))
        days = range(BLOCK_DAYS * block, BLOCK_DAYS * (block + 1))
        _put_active_days(events, "quotidian.events", "remade_days", days)
        # A block without sessions any more is replaced by nothing.
        events.run(f"ALTER TABLE quotidian.active_days REPLACE PARTITION {block} FROM remade_days")
        events.run(f"ALTER TABLE remade_days DROP PARTITION {block}")
    events.run("DROP TABLE remade_days")
    _remake_first_days(events)


def _remake_first_days(events: EventStore) -> None:
    """Make the first days again from all active days, without a pause: no batch may be stored meanwhile."""
    events.make_like("remade_first_days", "first_days")
    # As they are now, since a batch may have begun another block.
    found = events.rows("SELECT DISTINCT block FROM quotidian.active_days", {}, tuple[int])
    for block in sorted({block for (block,) in found}):
        events.run(statement(__package__, "remake_first_days"), {"block": block})
    events.run("ALTER TABLE quotidian.first_days REPLACE PARTITION tuple() FROM remade_first_days")
    events.run("DROP TABLE remade_first_days")
