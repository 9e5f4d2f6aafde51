"""From the inbox to the event store: what one step of the engine takes over."""

from dataclasses import dataclass
from typing import Final

from quotidian.control.dead_letters import DeadLetter, bury
from quotidian.inbox.store import Delivery, Inbox
from quotidian.ingest.keep import Dirtied, Keeper
from quotidian.ingest.read import Batch
from quotidian.ingest.read_json import read_lines
from quotidian.ingest.report import LoadReport
from quotidian.ingest.rules import Rules
from quotidian.ingest.staging import Staging
from quotidian.store.series import writing
from quotidian.store.stores import Stores

_ORIGIN: Final = "live events"
STEP_BYTES: Final = 16 << 20
"""What is taken over at once, about."""


@dataclass(frozen=True)
class Drained:
    """What was taken over: which days it changes, and when the oldest of it had come, in microseconds."""

    dirtied: Dirtied
    oldest: int


def drain(stores: Stores, staging: Staging, inbox: Inbox, report: LoadReport) -> Drained | None:
    """Take over the oldest deliveries, if there are any."""
    return take_over(stores, staging, inbox, inbox.take(STEP_BYTES), report)


def take_over(
    stores: Stores, staging: Staging, inbox: Inbox, deliveries: list[Delivery], report: LoadReport
) -> Drained | None:
    """Take over some deliveries; None if there are none.

    They leave the inbox when their events are in the event store; a crash before that takes them over again, and what
    is there already is recognised by its id.
    """
    if not deliveries:
        return None
    with stores.series.connect() as connection:
        rules = Rules.read(connection)
    keeper = Keeper(stores, rules, report)
    staging.empty(rules.bindings)
    origins = {}
    for workspace in rules.workspaces:
        lines = b"\n".join(each.events for each in deliveries if each.workspace_id == workspace.id)
        if lines:
            # Checked when they were taken in: these need no reader of their own.
            origins[read_lines(stores.events, lines, workspace.name)] = _ORIGIN
    keeper.keep(Batch(origins))
    _bury(stores, deliveries, report)
    inbox.remove(deliveries)
    return Drained(keeper.dirtied, deliveries[0].received_at)


def _bury(stores: Stores, deliveries: list[Delivery], report: LoadReport) -> None:
    letters = []
    for delivery in deliveries:
        for *told, events in delivery.letters:
            letters.append(letter := DeadLetter(delivery.workspace_id, *told))
            report.add_read(letter.event_type, letter.reason, events)
    if letters:
        with writing(stores.series) as connection:
            bury(connection, letters)
