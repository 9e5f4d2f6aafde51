"""After events were lost: series go on from the events that there are; what these do not tell stays as published."""

from typing import NamedTuple

from sqlalchemy import Connection, delete, select

from quotidian.control.dirty_days import FAMILIES, SEGMENTS, count_dirty, count_kept, days_with_events, keep_published
from quotidian.control.workspaces import all_workspaces
from quotidian.domain.days import Day
from quotidian.series.learning import learn
from quotidian.store.batches import new_fingerprint, note_afresh
from quotidian.store.identity import Identity
from quotidian.store.series import writing
from quotidian.store.stores import Stores
from quotidian.store.tables import dirty_days, event_days, loaded_files, sizes


class Recovered(NamedTuple):
    """Days, of all workspaces, that are to be computed, and that stay as published."""

    dirty: int
    kept: int


def recover(stores: Stores) -> Recovered:
    """Accept the events of stores that were opened with `accept_events`, and mark all days with events as dirty.

    Days that the series know and the events do not stay as published. Both stores get a new fingerprint, so that the
    events that were lost are not taken for these if they are found again. Repeating it after a crash is safe.
    """
    # One more, so that what is accepted here is missed if it is lost in turn, even if it has no number yet.
    identity = Identity(new_fingerprint(), stores.events.batch + 1)
    with writing(stores.series) as connection:
        before = _known_days(connection)
        for table in (event_days, dirty_days):
            connection.execute(delete(table))
        learn(stores.events, connection)
        for (workspace_id, family), days in before.items():
            _keep(connection, workspace_id, family, days)
        # Else a watch would leave out files whose events are lost.
        connection.execute(delete(loaded_files))
        note_afresh(connection, identity.fingerprint, identity.batch)
        recovered = Recovered(count_dirty(connection), count_kept(connection))
    stores.events.identify(identity)
    return recovered


def _known_days(connection: Connection) -> dict[tuple[int, str], list[Day]]:
    return {
        (workspace.id, family): days_with_events(connection, workspace.id, family)
        for workspace in all_workspaces(connection)
        for family in FAMILIES
    }


def _keep(connection: Connection, workspace_id: int, family: str, before: list[Day]) -> None:
    """Keep what is published of those days of a family that had events before, and have none now."""
    have = days_with_events(connection, workspace_id, family)
    lost = set(before).difference(have)
    if family == SEGMENTS and lost:
        # A size also changes on days without events. What is not past yet is computed from the events there will be.
        columns = sizes.c
        between = columns.day.between(min(lost), max(before))
        quiet = select(columns.day).where(columns.workspace_id == workspace_id, between).distinct()
        lost |= set(connection.execute(quiet).scalars()).difference(have)
    keep_published(connection, workspace_id, family, lost)
