"""Runs the rollups: recomputes dirty days from the events, and replaces a range of days in one transaction."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final

from sqlalchemy import Connection, delete

from quotidian.catalogue import money_of
from quotidian.catalogue.entries import mark_all_listings
from quotidian.control.dirty_days import (
    ACTIVITY,
    CAMPAIGNS,
    CANVASES,
    FAMILIES,
    SEGMENTS,
    TALLIES,
    clean,
    count_event_days,
    dirty,
)
from quotidian.control.dirty_listings import has_changed_listings
from quotidian.control.doubtful_filters import has_doubtful
from quotidian.control.workspaces import Workspace, all_workspaces
from quotidian.domain.days import Day, date_of
from quotidian.domain.kinds import APP
from quotidian.domain.money import Money
from quotidian.domain.progress import Progress
from quotidian.series.activity.active_days import remake, settle
from quotidian.series.activity.compute import RANGE_DAYS, activity
from quotidian.series.activity.publish import publish_activity
from quotidian.series.campaigns.compute import campaign_facts
from quotidian.series.campaigns.publish import CampaignPublisher, purge_sends
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.canvases.compute import canvas_facts
from quotidian.series.canvases.publish import publish_canvases
from quotidian.series.learning import learn
from quotidian.series.listing.publish import publish_listings
from quotidian.series.listing.seen import seen_ids
from quotidian.series.segments import fulfilment
from quotidian.series.segments.rollup import compute_segments
from quotidian.series.tallies.compute import tallies
from quotidian.series.tallies.publish import publish_tallies
from quotidian.store.batches import note_stored
from quotidian.store.passing import can_pass, is_memory
from quotidian.store.series import writing
from quotidian.store.stores import Stores
from quotidian.store.tables import ROLLUP_TABLES, dirty_segments, doubtful_days, kept_days

# Most rollups read a month of events before the first day of a range. Ranges much shorter than a month would therefore
# read most events many times, and longer ones would take more memory for little gain. Activity reads three months
# before, but takes only a few bytes a user. Segments read events of their own days alone, but all members each time.
_RANGE_DAYS: Final = {ACTIVITY: RANGE_DAYS, TALLIES: 31, CAMPAIGNS: 31, CANVASES: 31, SEGMENTS: 64}

_MOST_FAILURES: Final = 20


@dataclass(frozen=True)
class Range:
    """Days of one family of one workspace, ascending and within _RANGE_DAYS, that are computed together."""

    workspace: Workspace
    family: str
    days: list[Day]

    def __str__(self) -> str:
        first, last = (date_of(day).isoformat() for day in (self.days[0], self.days[-1]))
        days = first if first == last else f"{first} to {last}"
        return f"The {self.family} of {days} in workspace {self.workspace.name!r} cannot be computed"


@dataclass(frozen=True)
class RollupInputs:
    """What a workspace's numbers depend on beside its events: the catalogue's rates and revenue windows.

    Of segments, series/segments/rollup.py reads what they depend on. `apps` are the ids of all apps that events name.
    """

    money: Money
    apps: tuple[str, ...]

    @classmethod
    def read(cls, connection: Connection, workspace: Workspace) -> "RollupInputs":
        """The inputs that the catalogue gives now."""
        apps = tuple(sorted(seen_ids(connection, workspace, APP)))
        return cls(money_of(connection, workspace), apps)


@dataclass
class Failed:
    """Ranges of days that could not be computed, each with what it raised. They stay dirty."""

    found: list[tuple[Range, Exception]] = field(default_factory=list)

    def add(self, failed: Range, error: Exception) -> list[Range]:
        """Handle the failure of a range; returns what to try instead: its halves, or nothing if it is noted.

        Raises the error if it can pass by itself, except for a lack of memory: halves take less.
        """
        if can_pass(error) and not is_memory(error):
            raise error
        # If every day fails, halving down to single days would fail as often as there are days: so it stops.
        if len(failed.days) == 1 or len(self.found) >= _MOST_FAILURES:
            self.found.append((failed, error))
            return []
        return halves(failed)


def halves(whole: Range) -> list[Range]:
    """Two ranges of half the days each: so that a day that cannot be computed holds back as few others as possible."""
    middle = len(whole.days) // 2
    return [replace(whole, days=whole.days[:middle]), replace(whole, days=whole.days[middle:])]


def pending(stores: Stores) -> list[Range]:
    """All dirty days of all workspaces, in ranges."""
    with stores.series.connect() as connection:
        return list(_pending(connection))


def roll_up_range(stores: Stores, wanted: Range) -> None:
    """Recompute those days of a range that are still dirty: another process may have recomputed some meanwhile.

    They are computed first, and then replaced in one transaction. So readers see a day before the change or after it,
    other writers do not wait for the queries, and days that a crash interrupts stay dirty.
    """
    if wanted.family == SEGMENTS:
        _roll_up_segments(stores, wanted)
        return
    if wanted.family == ACTIVITY:
        settle(stores)
    with stores.series.connect() as connection:
        still_dirty = set(dirty(connection, wanted.workspace.id, wanted.family))
        days = [day for day in wanted.days if day in still_dirty]
        if not days:
            return
        inputs = RollupInputs.read(connection, wanted.workspace)
        publish = _compute(stores, Range(wanted.workspace, wanted.family, days), inputs)
    with writing(stores.series) as connection:
        publish(connection)
        note_stored(connection, stores.events.batch)
        # If they differ, a catalogue was imported meanwhile. It marked these days dirty, and they stay so.
        if RollupInputs.read(connection, wanted.workspace) == inputs:
            clean(connection, wanted.workspace.id, wanted.family, days)


def _roll_up_segments(stores: Stores, wanted: Range) -> None:
    with stores.series.connect() as connection:
        publish = compute_segments(stores.events, connection, wanted.workspace, wanted.days)
    with writing(stores.series) as connection:
        publish(connection)
        note_stored(connection, stores.events.batch)


def has_doubts(stores: Stores) -> bool:
    """Whether it has to be found out, before segments can be computed, who fulfils some filter on some day."""
    with stores.series.connect() as connection:
        return has_doubtful(connection)


def has_pending_listings(stores: Stores) -> bool:
    """Whether any catalogue entry waits to be listed again."""
    with stores.series.connect() as connection:
        return has_changed_listings(connection)


def _list_changed(stores: Stores) -> None:
    if has_pending_listings(stores):
        with writing(stores.series) as connection:
            for workspace in all_workspaces(connection):
                publish_listings(connection, workspace)


def roll_up(stores: Stores, failed: Failed) -> Iterator[Progress]:
    """List the catalogue entries that have changed, and recompute every day that is dirty now, range by range.

    Yields how many days are done. Days that cannot be computed are noted in `failed`, and the others are computed.
    Raises errors that can pass by themselves, such as a full disk.
    """
    _list_changed(stores)
    yield from _roll_up_families(stores, failed, [family for family in FAMILIES if family != SEGMENTS])
    yield from fulfilment.settle(stores)
    yield from _roll_up_families(stores, failed, [SEGMENTS])
    purge(stores)


def _roll_up_families(stores: Stores, failed: Failed, families: list[str]) -> Iterator[Progress]:
    work = deque(each for each in pending(stores) if each.family in families)
    total, done = sum(len(each.days) for each in work), 0
    while work:
        each = work.popleft()
        yield Progress(done, total)
        try:
            roll_up_range(stores, each)
        except Exception as error:
            smaller = failed.add(each, error)
            work.extendleft(reversed(smaller))
            done -= len(each.days) if smaller else 0
        done += len(each.days)
    yield Progress(done, total)


def purge(stores: Stores) -> None:
    """Delete the points and facts of sends that are no longer kept."""
    with writing(stores.series) as connection:
        _purge(stores, connection)


def rebuild(stores: Stores, progress: Callable[[Progress], None]) -> int:
    """Make all series again from the events, in one transaction: until it ends, readers see the old ones.

    Returns the number of days that have events.
    """
    for remade in chain(remake(stores.events), fulfilment.remake(stores)):
        progress(remade)
    with writing(stores.series) as connection:
        for table in (doubtful_days, dirty_segments):
            connection.execute(delete(table))
        for table in (*ROLLUP_TABLES, kept_days):
            connection.execute(delete(table))
        learn(stores.events, connection)
        note_stored(connection, stores.events.batch)
        work = list(_pending(connection))
        total = sum(len(each.days) for each in work)
        done = 0
        for each in work:
            progress(Progress(done, total))
            if each.family == SEGMENTS:
                compute_segments(stores.events, connection, each.workspace, each.days)(connection)
            else:
                _compute(stores, each, RollupInputs.read(connection, each.workspace))(connection)
                clean(connection, each.workspace.id, each.family, each.days)
            done += len(each.days)
        for workspace in all_workspaces(connection):
            mark_all_listings(connection, workspace)
            publish_listings(connection, workspace)
        _purge(stores, connection)
        days = count_event_days(connection)
    progress(Progress(total, total))
    return days


def _pending(connection: Connection) -> Iterator[Range]:
    for workspace in all_workspaces(connection):
        for family in FAMILIES:
            yield from ranges(workspace, family, dirty(connection, workspace.id, family))


def ranges(workspace: Workspace, family: str, days: Iterable[Day]) -> Iterator[Range]:
    """The days, ascending, in ranges short enough to be computed together."""
    chunk: list[Day] = []
    for day in sorted(days):
        if chunk and day - chunk[0] >= _RANGE_DAYS[family]:
            yield Range(workspace, family, chunk)
            chunk = []
        chunk.append(day)
    if chunk:
        yield Range(workspace, family, chunk)


_Publish = Callable[[Connection], None]
"""Writes computed days, in the caller's transaction."""


def _compute(stores: Stores, wanted: Range, inputs: RollupInputs) -> _Publish:
    return _ROLLUPS[wanted.family](stores, wanted.workspace, wanted.days, inputs)


def _activity(stores: Stores, workspace: Workspace, days: list[Day], inputs: RollupInputs) -> _Publish:
    found = activity(stores.events, workspace.name, inputs.apps, days)
    return lambda writer: publish_activity(writer, workspace, days, found)


def _tallies(stores: Stores, workspace: Workspace, days: list[Day], inputs: RollupInputs) -> _Publish:
    found = tallies(stores.events, workspace, days, inputs.money)
    return lambda writer: publish_tallies(writer, workspace, days, found)


def _campaigns(stores: Stores, workspace: Workspace, days: list[Day], inputs: RollupInputs) -> _Publish:
    found = campaign_facts(stores.events, workspace.name, days, inputs.money)
    rules = SendRules.of(stores.settings)
    return lambda writer: CampaignPublisher(writer, workspace, rules).publish(days, found)


def _canvases(stores: Stores, workspace: Workspace, days: list[Day], inputs: RollupInputs) -> _Publish:
    found = canvas_facts(stores.events, workspace.name, days, inputs.money)
    return lambda writer: publish_canvases(writer, workspace, days, found)


_ROLLUPS: Final[Mapping[str, Callable[[Stores, Workspace, list[Day], RollupInputs], _Publish]]] = {
    ACTIVITY: _activity,
    TALLIES: _tallies,
    CAMPAIGNS: _campaigns,
    CANVASES: _canvases,
}


def _purge(stores: Stores, connection: Connection) -> None:
    for workspace in all_workspaces(connection):
        purge_sends(connection, workspace, SendRules.of(stores.settings))
