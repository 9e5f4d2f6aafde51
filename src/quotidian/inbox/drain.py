"""From the inbox to the event store, a batch of deliveries at a time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection

from quotidian.control.arrivals import DEAD, Arrival, note_arrivals, type_of_dead
from quotidian.control.dead_letters import add_dead_letters
from quotidian.control.unknown import note_unknown
from quotidian.control.workspaces import Workspace
from quotidian.domain.chunks import chunks
from quotidian.domain.days import Micros, day_of
from quotidian.inbox.delivery import Delivery
from quotidian.inbox.store import Inbox
from quotidian.inbox.taken import note_taken, those_taken
from quotidian.ingest.read import Batch
from quotidian.ingest.read_json import read_lines
from quotidian.ingest.report import LoadReport
from quotidian.ingest.rules import IngestRules
from quotidian.ingest.staging import Staging
from quotidian.ingest.store_batch import Dirtied, StoreBatch
from quotidian.store.series import writing
from quotidian.store.stores import Stores

_ORIGIN: Final = "live events"
BATCH_BYTES: Final = 16 << 20
"""Size of a batch, about."""

_MINUTE_MICROS: Final = 60_000_000
_MOST_TIMES: Final = 8
"""Times at which events of a batch may be said to have come, of a workspace: each costs a statement."""


@dataclass(frozen=True)
class Drained:
    """What was taken over: the days that it changes, and when its oldest delivery came, in microseconds."""

    dirtied: Dirtied
    oldest: int


def drain(stores: Stores, staging: Staging, inbox: Inbox, report: LoadReport) -> Drained | None:
    """Take over the oldest deliveries, if there are any."""
    return take_over(stores, staging, inbox, inbox.take(BATCH_BYTES), report)


def take_over(
    stores: Stores, staging: Staging, inbox: Inbox, deliveries: list[Delivery], report: LoadReport
) -> Drained | None:
    """Take over some deliveries; None if there are none.

    They leave the inbox when their events are in the event store. After a crash before that they are taken over again,
    and the events that are there already are found by their ids. If what some brought is counted, only those are.
    """
    if not deliveries:
        return None
    with stores.series.connect() as connection:
        rules = IngestRules.read(connection)
        counted = those_taken(connection, inbox, deliveries)
    deliveries = counted or deliveries
    store_batch = StoreBatch(stores, rules, report)
    staging.empty_to_read(rules.bindings)
    batch = _read(stores, rules, deliveries)
    staging.bring()
    store_batch(batch)
    if not counted:
        with writing(stores.series) as connection:
            _count(connection, rules, deliveries, report)
            note_taken(connection, inbox, deliveries)
    inbox.remove(deliveries)
    return Drained(store_batch.dirtied, deliveries[0].received_at)


def _read(stores: Stores, rules: IngestRules, deliveries: Sequence[Delivery]) -> Batch:
    """Read the events of deliveries into the batch table."""
    arrived: dict[str, int] = {}
    for workspace in rules.workspaces:
        for at, lines in _by_arrival(each for each in deliveries if each.workspace_id == workspace.id):
            name = f"{workspace.id} {at}"
            arrived[name] = at
            # Checked when they were posted: they need no reader process.
            read_lines(stores.events.local, lines, workspace.name, name)
    return Batch(dict.fromkeys(arrived, _ORIGIN), arrived=arrived)


def _by_arrival(deliveries: Iterable[Delivery]) -> Iterator[tuple[int, bytes]]:
    """The events of deliveries that came at about the same time, and when the first of them came.

    Mostly they are all of a batch. After a standstill there are more, and they are not told apart to the minute.
    """
    minutes: dict[int, list[Delivery]] = defaultdict(list)
    for each in deliveries:
        if each.events:
            minutes[each.received_at // _MINUTE_MICROS].append(each)
    for together in chunks(sorted(minutes.items()), -(-len(minutes) // _MOST_TIMES)):
        those = [each for _, of_minute in together for each in of_minute]
        yield min(each.received_at for each in those), b"\n".join(each.events for each in those)


def _count(connection: Connection, rules: IngestRules, deliveries: Sequence[Delivery], report: LoadReport) -> None:
    """Count what deliveries brought, but for the events that are stored: those are counted already."""
    workspaces = {workspace.id: workspace for workspace in rules.workspaces}
    for workspace_id, arrivals in report.arrivals.take().items():
        note_arrivals(connection, workspace_id, arrivals)
    for delivery in deliveries:
        if delivery.dead_letters:
            add_dead_letters(connection, delivery.workspace_id, delivery.dead_letters)
            note_arrivals(connection, delivery.workspace_id, _of_dead(workspaces[delivery.workspace_id], delivery))
        for letter in delivery.dead_letters:
            report.add_read(letter.event_type, letter.reason, letter.events)
    of_day: dict[tuple[Workspace, date], list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        if delivery.unknown:
            workspace = workspaces[delivery.workspace_id]
            of_day[workspace, workspace.date_of(delivery.received_at)].append(delivery)
    for (workspace, _), those in of_day.items():
        unknown = (each for delivery in those for each in delivery.unknown)
        note_unknown(connection, workspace, unknown, Micros(those[-1].received_at))


def _of_dead(workspace: Workspace, delivery: Delivery) -> Iterator[Arrival]:
    """What a delivery brought that cannot be used: of the day of its time, or of the day on which it came."""
    at = Micros(delivery.received_at)
    for letter in delivery.dead_letters:
        day = day_of(workspace.date_of(at if letter.time is None else letter.time))
        for kind, number in (letter.kinds or {letter.reason: letter.events}).items():
            yield Arrival(day, type_of_dead(letter.event_type), DEAD, kind, number, at, at)
