"""After events were lost: series go on from the events that remain, and days without any stay as published."""

from typing import NamedTuple

from sqlalchemy import Connection, delete

from quotidian.catalogue import segments_of
from quotidian.control.dirty_days import SEGMENTS, count_dirty, count_kept, days_with_events, keep_published
from quotidian.control.dirty_segments import changing_days
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day
from quotidian.series.activity.active_days import doubt_all
from quotidian.series.learning import known_days, learn
from quotidian.series.segments import fulfilment
from quotidian.store.batches import new_fingerprint, note_afresh
from quotidian.store.identity import Identity
from quotidian.store.series import writing
from quotidian.store.stores import Stores
from quotidian.store.tables import dirty_days, event_days, file_hours, loaded_files, taken_over


class Recovered(NamedTuple):
    """Numbers of days, of all workspaces: those to compute, and those that stay as published."""

    dirty: int
    kept: int


def recover(stores: Stores) -> Recovered:
    """Accept the events of stores that were opened with `accept_events`, and mark all days with events as dirty.

    Days that had events before and have none now stay as published. Both stores get a new fingerprint: if the lost
    events are found again, they are not mistaken for these. Repeating this after a crash is safe.
    """
    # One batch more than there is: so a loss of the events that are accepted here is noticed, even if there are none.
    identity = Identity(new_fingerprint(), stores.events.batch + 1)
    fulfilment.forget(stores.events)
    with writing(stores.series) as connection:
        before = known_days(connection)
        for table in (event_days, dirty_days):
            connection.execute(delete(table))
        learn(stores.events, connection)
        doubt_all(connection)
        fulfilment.doubt_everything(connection)
        for (workspace, family), days in before.items():
            _keep(connection, workspace, family, days)
        # A watch skips files that were loaded; those whose events are lost must be loaded again. And what the inbox
        # still has was not taken over.
        for table in (loaded_files, file_hours, taken_over):
            connection.execute(delete(table))
        note_afresh(connection, identity.fingerprint, identity.batch)
        recovered = Recovered(count_dirty(connection), count_kept(connection))
    stores.events.identify(identity)
    return recovered


def _keep(connection: Connection, workspace: Workspace, family: str, before: list[Day]) -> None:
    """Keep the published numbers of days of a family that had events before and have none now."""
    have = days_with_events(connection, workspace.id, family)
    lost = set(before).difference(have)
    if family == SEGMENTS and lost:
        # The size of a segment also changes on days without events. Days after the last are computed from later events.
        segments = segments_of(connection, workspace)
        changing = {day for segment in segments.values() for day in changing_days(before, segment)}
        lost |= {day for day in changing if min(lost) <= day <= max(before)}.difference(have)
    keep_published(connection, workspace.id, family, lost)
