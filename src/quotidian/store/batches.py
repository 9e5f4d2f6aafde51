"""What the series store notes of the event store, so that events that are not its own, or not all there, are noticed.

Batches of events have numbers, in order. `marked` is the last whose days were marked dirty, which is done before it is
stored: the event store never has a later one. `stored` is the last that numbers, or the list of loaded files, rest on:
the event store always has it.
"""

import secrets
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from quotidian.store.tables import SCHEMA_VERSION, meta


class Noted(NamedTuple):
    """The fingerprint that both stores have, and numbers of batches."""

    fingerprint: str
    marked: int
    stored: int


def new_fingerprint() -> str:
    """One that no other event store has."""
    return secrets.token_hex(8)


def begin_notes(connection: Connection, fingerprint: str) -> None:
    """Note that there are no events yet, in a store that is being made."""
    none = {"marked_batch": 0, "stored_batch": 0, "markings": 0}
    connection.execute(insert(meta), {"schema_version": SCHEMA_VERSION, "fingerprint": fingerprint, **none})


def noted(connection: Connection) -> Noted:
    """What is noted."""
    return Noted(*connection.execute(select(meta.c.fingerprint, meta.c.marked_batch, meta.c.stored_batch)).one())


def note_marked(connection: Connection, batch: int) -> None:
    """The days of a batch are dirty, and it is stored next: in the transaction that marks them."""
    connection.execute(update(meta).values(marked_batch=batch))


def note_stored(connection: Connection, batch: int) -> None:
    """What this transaction writes rests on the events up to a batch."""
    connection.execute(update(meta).values(stored_batch=batch))


def note_afresh(connection: Connection, fingerprint: str, batch: int) -> None:
    """These are the events from now on."""
    connection.execute(update(meta).values(fingerprint=fingerprint, marked_batch=batch, stored_batch=batch))
