"""Runs the rollups: dirty days in, points out, a range of days in one transaction."""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Connection, delete

from quotidian.catalogue import list_catalogue, money_of
from quotidian.days import Day
from quotidian.events.store import EventStore
from quotidian.rollups.activity import activity
from quotidian.rollups.campaigns import campaign_facts
from quotidian.rollups.publish_activity import publish_activity
from quotidian.rollups.publish_campaigns import CampaignPublisher, purge_sends
from quotidian.rollups.publish_tallies import publish_tallies
from quotidian.rollups.tallies import tallies
from quotidian.series.dirty import ACTIVITY, CAMPAIGNS, FAMILIES, TALLIES, Touched, clean, dirty, mark_touched
from quotidian.series.sends import SendRules
from quotidian.series.store import add_missing, writing
from quotidian.series.tables import ROLLUP_TABLES, apps
from quotidian.sql import statement
from quotidian.stores import Stores
from quotidian.workspaces import Workspace, all_workspaces

# Look-backs reach a month before a range, so ranges much shorter than a month would read most events many times; longer
# ones would take more memory for little gain.
_RANGE_DAYS = 31

Progress = Callable[[int, int], None]
"""Called with (days done, days in all)."""


def roll_up(stores: Stores, progress: Progress) -> int:
    """Recompute every dirty day; returns how many there were.

    A range of days is computed, and then replaced in one transaction, so readers see all of a day or nothing of it,
    other writers wait for no query, and what a crash interrupts stays dirty.
    """
    with stores.series.connect() as connection:
        work = list(_work(connection))
    total = sum(len(days) for _, _, days in work)
    done = 0
    for workspace, family, days in work:
        progress(done, total)
        with stores.series.connect() as connection:
            publish = _compute(stores, connection, workspace, family, days)
        with writing(stores.series) as connection:
            publish(connection)
        done += len(days)
        progress(done, total)
    with writing(stores.series) as connection:
        _purge(stores, connection)
    return total


def rebuild(stores: Stores, progress: Progress) -> int:
    """All series again from the events, in one transaction: until it is done, readers see what was there.

    Returns the number of days.
    """
    with writing(stores.series) as connection:
        for table in ROLLUP_TABLES:
            connection.execute(delete(table))
        _learn(stores.events, connection)
        work = list(_work(connection))
        total = sum(len(days) for _, _, days in work)
        done = 0
        for workspace, family, days in work:
            progress(done, total)
            publish = _compute(stores, connection, workspace, family, days)
            publish(connection)
            done += len(days)
        for workspace in all_workspaces(connection):
            list_catalogue(connection, workspace)
        _purge(stores, connection)
    progress(total, total)
    return total


def _work(connection: Connection) -> Iterator[tuple[Workspace, str, list[Day]]]:
    for workspace in all_workspaces(connection):
        for family in FAMILIES:
            for days in _ranges(dirty(connection, workspace.id, family)):
                yield workspace, family, days


def _ranges(days: Sequence[Day]) -> Iterator[list[Day]]:
    """Ascending days in lists that each span at most _RANGE_DAYS."""
    part: list[Day] = []
    for day in days:
        if part and day - part[0] >= _RANGE_DAYS:
            yield part
            part = []
        part.append(day)
    if part:
        yield part


def _compute(
    stores: Stores, connection: Connection, workspace: Workspace, family: str, days: list[Day]
) -> Callable[[Connection], None]:
    """Compute what the events say of some days; returns what writes it, and that the days are clean."""
    if family == ACTIVITY:
        active = activity(stores.events, workspace.name, days)

        def write_activity(writer: Connection) -> None:
            publish_activity(writer, workspace, days, active)
            clean(writer, workspace.id, ACTIVITY, days)

        return write_activity
    if family == TALLIES:
        tallied = tallies(stores.events, workspace, days, money_of(connection, workspace))

        def write_tallies(writer: Connection) -> None:
            publish_tallies(writer, workspace, days, tallied)
            clean(writer, workspace.id, TALLIES, days)

        return write_tallies
    facts = campaign_facts(stores.events, workspace.name, days, money_of(connection, workspace))

    def write_campaigns(writer: Connection) -> None:
        CampaignPublisher(writer, workspace, SendRules.of(stores.settings)).publish(days, facts)
        clean(writer, workspace.id, CAMPAIGNS, days)

    return write_campaigns


def _purge(stores: Stores, connection: Connection) -> None:
    for workspace in all_workspaces(connection):
        purge_sends(connection, workspace, SendRules.of(stores.settings))


def _learn(events: EventStore, connection: Connection) -> None:
    """What ingest notes beside the events, read from the events: their apps, their days."""
    for workspace in all_workspaces(connection):
        values = {"workspace": workspace.name}
        known = events.rows(statement(__package__, "known_apps"), values, tuple[str])
        add_missing(connection, apps, ({"workspace_id": workspace.id, "app_id": app_id} for (app_id,) in known))
        touched = events.rows(statement(__package__, "known_days"), values, Touched)
        mark_touched(connection, workspace.id, touched, money_of(connection, workspace).longest_window)
