"""Which deliveries were taken over last: a crash may have left them in the inbox, and they must not count twice.

The inbox is a database of its own, so that a delivery cannot leave it in the transaction in which the series store
counts what it brought. Until it has left, it is noted there. What is noted is taken over again, and not counted.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, select

from quotidian.inbox.store import Delivery
from quotidian.store.series import replace
from quotidian.store.tables import taken_over

_PLACE = 1


class _Taken(NamedTuple):
    """A delivery. Its id alone is not enough: a new inbox begins to count anew."""

    id: int
    received_at: int


def note_taken(connection: Connection, deliveries: Iterable[Delivery]) -> None:
    """Note what was taken over, in place of what was before: that has left the inbox."""
    found = [_Taken(each.id, each.received_at) for each in deliveries]
    replace(connection, taken_over, [{"place": _PLACE, "deliveries": msgspec.json.encode(found)}])


def those_taken(connection: Connection, deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Those of some deliveries that are noted."""
    noted = connection.execute(select(taken_over.c.deliveries)).scalar_one_or_none()
    taken = set(msgspec.json.decode(noted, type=list[_Taken])) if noted else set()
    return [each for each in deliveries if _Taken(each.id, each.received_at) in taken]
