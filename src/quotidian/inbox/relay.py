"""From a node's own inbox to that of all nodes, which the leader drains. Nothing is lost or doubled by a crash."""

from typing import Final

from sqlalchemy import Engine

from quotidian.inbox.drain import BATCH_BYTES
from quotidian.inbox.inboxes import Inboxes
from quotidian.inbox.taken import note_taken, those_taken
from quotidian.store.transactions import changing

_MOST_DELIVERIES: Final = 1_000


def relay(series: Engine, inboxes: Inboxes, most_bytes: int) -> bool:
    """Pass the oldest deliveries on, if there is room for them; returns whether any were.

    They leave the own inbox after they are in the other. What a crash has left there is noted as taken, be it passed on
    or, while this node led, in the event store.
    """
    found = inboxes.own.read(inboxes.own.oldest(BATCH_BYTES, _MOST_DELIVERIES))
    if not found:
        return False
    with changing(series) as connection:
        taken = {each.id for each in those_taken(connection, inboxes.own, found)}
        new = [each for each in found if each.id not in taken]
        if not inboxes.shared.add(connection, new, most_bytes):
            return False
        note_taken(connection, inboxes.own, found)
    inboxes.own.remove(found)
    return True
