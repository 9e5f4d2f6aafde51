"""Which deliveries left an inbox last: a crash may have left them there, and they must not count twice.

An inbox on disk is a database of its own, so that a delivery cannot leave it in the transaction in which the series
store counts what it brought, or in which it comes into the inbox of all nodes. Until it has left, it is noted there.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, select

from quotidian.inbox.delivery import Delivery
from quotidian.inbox.store import Inbox
from quotidian.store.series import replace
from quotidian.store.tables import taken_over


class _Taken(NamedTuple):
    """A delivery. Its id alone is not enough: an inbox that is restored from a backup gives ids again."""

    id: int
    received_at: int


def note_taken(connection: Connection, inbox: Inbox, deliveries: Iterable[Delivery]) -> None:
    """Note what was taken of an inbox, in place of what was before: that has left it."""
    found = [_Taken(each.id, each.received_at) for each in deliveries]
    replace(connection, taken_over, [{"inbox": inbox.identity, "deliveries": msgspec.json.encode(found)}])


def those_taken(connection: Connection, inbox: Inbox, deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Those of some deliveries of an inbox that are noted."""
    query = select(taken_over.c.deliveries).where(taken_over.c.inbox == inbox.identity)
    noted = connection.execute(query).scalar_one_or_none()
    taken = set(msgspec.json.decode(noted, type=list[_Taken])) if noted else set()
    return [each for each in deliveries if _Taken(each.id, each.received_at) in taken]
