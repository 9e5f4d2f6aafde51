"""From the inbox to the event store, a batch of deliveries at a time."""

from dataclasses import dataclass
from typing import Final

from quotidian.control.dead_letters import add_dead_letters
from quotidian.control.unknown import note_unknown
from quotidian.inbox.store import Delivery, Inbox
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
    and the events that are there already are found by their ids.
    """
    if not deliveries:
        return None
    with stores.series.connect() as connection:
        rules = IngestRules.read(connection)
    store_batch = StoreBatch(stores, rules, report)
    staging.empty(rules.bindings)
    origins = {}
    for workspace in rules.workspaces:
        lines = b"\n".join(each.events for each in deliveries if each.workspace_id == workspace.id)
        if lines:
            # Checked when they were posted: they need no reader process.
            origins[read_lines(stores.events, lines, workspace.name)] = _ORIGIN
    store_batch(Batch(origins))
    _note_unusable(stores, deliveries, report)
    inbox.remove(deliveries)
    return Drained(store_batch.dirtied, deliveries[0].received_at)


def _note_unusable(stores: Stores, deliveries: list[Delivery], report: LoadReport) -> None:
    found = [delivery for delivery in deliveries if delivery.dead_letters or delivery.unknown]
    if not found:
        return
    with writing(stores.series) as connection:
        for delivery in found:
            add_dead_letters(connection, delivery.workspace_id, delivery.dead_letters)
        for workspace_id in {delivery.workspace_id for delivery in found}:
            unknown = (each for delivery in found if delivery.workspace_id == workspace_id for each in delivery.unknown)
            note_unknown(connection, workspace_id, unknown)
    for delivery in found:
        for letter in delivery.dead_letters:
            report.add_read(letter.event_type, letter.reason, letter.events)
