"""Runs the rollups: recomputes dirty days from the events, and replaces a range of days in one transaction."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from quotidian.catalogue import money_of
from quotidian.control.dirty_days import (
    ACTIVITY,
    CAMPAIGNS,
    CANVASES,
    SEGMENTS,
    TALLIES,
    clean,
    dirty,
    last_marking,
)
from quotidian.control.dirty_listings import has_changed_listings
from quotidian.control.dirty_parts import Scopes, dirty_scopes
from quotidian.control.doubtful_filters import has_doubtful
from quotidian.control.workspaces import Workspace, all_workspaces
from quotidian.domain.days import Day
from quotidian.domain.kinds import APP
from quotidian.domain.money import Money
from quotidian.domain.progress import Progress
from quotidian.series.activity.active_days import settle
from quotidian.series.activity.compute import activity
from quotidian.series.activity.publish import publish_activity
from quotidian.series.campaigns.compute import campaign_facts
from quotidian.series.campaigns.publish import CampaignPublisher, purge_sends
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.canvases.compute import canvas_facts
from quotidian.series.canvases.publish import publish_canvases
from quotidian.series.listing.publish import publish_listings
from quotidian.series.listing.seen import seen_ids
from quotidian.series.new_days import begin_days
from quotidian.series.publishing import Publication
from quotidian.series.ranges import Failed, Range, pending
from quotidian.series.rebuild import begin_rebuild, finish_rebuild, is_rebuilding
from quotidian.series.segments import fulfilment
from quotidian.series.segments.rollup import compute_segments
from quotidian.series.sharing import compute_all
from quotidian.series.tallies.compute import tallies
from quotidian.series.tallies.publish import publish_tallies
from quotidian.store.batches import note_stored
from quotidian.store.series import writing
from quotidian.store.stores import Stores


@dataclass(frozen=True)
class RollupInputs:
    """What a workspace's numbers depend on beside its events: the catalogue's rates and revenue windows.

    `apps` are the ids of all apps that events name.
    """

    money: Money
    apps: tuple[str, ...]

    @classmethod
    def read(cls, connection: Connection, workspace: Workspace) -> "RollupInputs":
        """The inputs that the catalogue gives now."""
        apps = tuple(sorted(seen_ids(connection, workspace, APP)))
        return cls(money_of(connection, workspace), apps)


def roll_up_range(stores: Stores, wanted: Range) -> None:
    """Recompute those days of a range that are still dirty: another process may have recomputed some meanwhile.

    They are computed first, and then replaced in one transaction. So readers see a day before the change or after it,
    other writers do not wait for the queries, and days that a crash interrupts stay dirty.
    """
    if wanted.family == SEGMENTS:
        _roll_up_segments(stores, wanted)
        return
    if wanted.family == ACTIVITY:
        with stores.changes.none():
            settle(stores)
            stored = stores.changes.stored
    else:
        stored = stores.changes.stored
    if not _roll_up_range(stores, wanted, stored):
        # Another thread has changed what it was computed from: now that thread waits.
        with stores.changes.none():
            if wanted.family == ACTIVITY:
                settle(stores)
            _roll_up_range(stores, wanted, stores.changes.stored)


def _roll_up_range(stores: Stores, wanted: Range, stored: int) -> bool:
    """Recompute a range; False if events that were stored after `stored` changed it meanwhile.

    Then nothing is published: the queries may not have seen the same events, and newer numbers may be there already.
    """
    with stores.series.connect() as connection:
        # What is marked from here on stays dirty, by events or by a catalogue that changes what is read below.
        marking = last_marking(connection)
        still_dirty = set(dirty(connection, wanted.workspace.id, wanted.family))
        days = [day for day in wanted.days if day in still_dirty]
        if not days:
            return True
        work = _Work.read(stores, connection, replace(wanted, days=days))
    try:
        publish = work.compute()
    except Exception:
        if work.is_changed(stored):
            return False
        raise
    with writing(stores.series) as connection:
        # Asked in the transaction: a batch that changes these days from here on marks them after it.
        if work.is_changed(stored):
            return False
        publish(Publication(connection, wanted.workspace))
        note_stored(connection, stores.events.batch)
        clean(connection, wanted.workspace.id, wanted.family, days, marking)
    return True


def _roll_up_segments(stores: Stores, wanted: Range) -> None:
    # What new events change of segments is known only when they are stored, so that no batch may be half stored.
    with stores.changes.none():
        with stores.series.connect() as connection:
            publish = compute_segments(stores.events, connection, wanted.workspace, wanted.days)
        with writing(stores.series) as connection:
            publish(Publication(connection, wanted.workspace))
            note_stored(connection, stores.events.batch)


def is_left_over(stores: Stores) -> bool:
    """Whether there is something to do beside dirty days.

    Entries to list again, a rebuild to finish, or it is to be found out who fulfils filters of segments.
    """
    with stores.series.connect() as connection:
        return has_changed_listings(connection) or is_rebuilding(connection) or has_doubtful(connection)


def _list_changed(stores: Stores) -> None:
    with stores.series.connect() as connection:
        has_changed = has_changed_listings(connection)
    if has_changed:
        with writing(stores.series) as connection:
            for workspace in all_workspaces(connection):
                publish_listings(Publication(connection, workspace))


def roll_up(stores: Stores, failed: Failed) -> Generator[Progress, None, None]:
    """List the catalogue entries that have changed, and recompute every day that is dirty now, range by range.

    Another thread takes part, on a connection of its own. Yields how many days are done. Days that cannot be computed
    are noted in `failed`, and the others are computed. Raises errors that can pass by themselves, such as a full disk.
    """
    _list_changed(stores)
    work = [each for each in pending(stores) if each.family != SEGMENTS]
    yield from compute_all(stores, work, roll_up_range, failed, is_shared=True)
    # Segments are computed from what it finds out.
    yield from fulfilment.settle(stores)
    # They have a table for themselves, which two threads cannot share.
    of_segments = [each for each in pending(stores) if each.family == SEGMENTS]
    yield from compute_all(stores, of_segments, roll_up_range, failed, is_shared=False)
    yield from finish_rebuild(stores)
    purge(stores)
    begin_days(stores)


def purge(stores: Stores) -> None:
    """Delete the points and facts of sends that are no longer kept."""
    rules = SendRules.of(stores.settings)
    if not rules.keep_days:
        return
    with writing(stores.series) as connection:
        for workspace in all_workspaces(connection):
            purge_sends(Publication(connection, workspace), rules)


def rebuild(stores: Stores, failed: Failed) -> Generator[Progress, None, None]:
    """Make all series again from the events, or go on with a rebuild that was interrupted (series/rebuild.py).

    Yields how many days are done; between two yields live events may be stored and computed.
    """
    yield from begin_rebuild(stores)
    yield from roll_up(stores, failed)


_Publish = Callable[[Publication], None]
"""Publishes computed days."""


@dataclass(frozen=True)
class _Work:
    """A range of days to compute, with all that its numbers depend on. `scopes` is what of campaigns or canvases."""

    stores: Stores
    workspace: Workspace
    family: str
    days: list[Day]
    inputs: RollupInputs
    scopes: Scopes

    @classmethod
    def read(cls, stores: Stores, connection: Connection, wanted: Range) -> "_Work":
        workspace, family, days = wanted.workspace, wanted.family, wanted.days
        inputs = RollupInputs.read(connection, workspace)
        return cls(stores, workspace, family, days, inputs, dirty_scopes(connection, workspace.id, family, days))

    def compute(self) -> _Publish:
        return _ROLLUPS[self.family](self)

    def is_changed(self, stored: int) -> bool:
        return self.stores.changes.changed(self.workspace.id, self.family, self.days, since=stored)


def _activity(work: _Work) -> _Publish:
    found = activity(work.stores.events, work.workspace.name, work.inputs.apps, work.days)
    return lambda publication: publish_activity(publication, work.days, found)


def _tallies(work: _Work) -> _Publish:
    found = tallies(work.stores.events, work.workspace, work.days, work.inputs.money)
    return lambda publication: publish_tallies(publication, work.days, found)


def _campaigns(work: _Work) -> _Publish:
    found = campaign_facts(work.stores.events, work.workspace.name, work.scopes, work.inputs.money)
    rules = SendRules.of(work.stores.settings)
    return lambda publication: CampaignPublisher(publication, rules).publish(work.scopes, found)


def _canvases(work: _Work) -> _Publish:
    found = canvas_facts(work.stores.events, work.workspace.name, work.scopes, work.inputs.money)
    return lambda publication: publish_canvases(publication, work.scopes, found)


_ROLLUPS: Final[Mapping[str, Callable[[_Work], _Publish]]] = {
    ACTIVITY: _activity,
    TALLIES: _tallies,
    CAMPAIGNS: _campaigns,
    CANVASES: _canvases,
}
