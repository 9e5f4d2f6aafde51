"""What one request brought, and how much of it waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row

from quotidian.control.dead_letters import DeadLetter
from quotidian.control.unknown import Unknown


@dataclass(frozen=True)
class Delivery:
    """What one request brought: events as JSON lines, dead letters, and the names in it that are not known.

    `received_at` is in microseconds. `id` is its number in an inbox, 0 before it is in one.
    """

    workspace_id: int
    received_at: int
    events: bytes
    dead_letters: Sequence[DeadLetter] = ()
    unknown: Sequence[Unknown] = ()
    id: int = 0


class Depth(NamedTuple):
    """What is in an inbox; `oldest` is when its oldest delivery came, in microseconds, None if there is none."""

    deliveries: int
    bytes: int
    oldest: int | None

    def __or__(self, other: "Depth") -> "Depth":
        """What is in both of two inboxes."""
        oldest = min((each.oldest for each in (self, other) if each.oldest is not None), default=None)
        return Depth(self.deliveries + other.deliveries, self.bytes + other.bytes, oldest)


def row_of(delivery: Delivery) -> Mapping[str, Any]:
    """A delivery as an inbox keeps it, without its id."""
    dead_letters, unknown = msgspec.json.encode(delivery.dead_letters), msgspec.json.encode(delivery.unknown)
    return {
        "workspace_id": delivery.workspace_id,
        "received_at": delivery.received_at,
        "bytes": len(delivery.events) + len(dead_letters) + len(unknown),
        "events": delivery.events,
        "dead_letters": dead_letters,
        "unknown": unknown,
    }


def delivery_in(row: Row[*tuple[Any, ...]]) -> Delivery:
    """The delivery that an inbox keeps in a row."""
    return Delivery(
        row.workspace_id,
        row.received_at,
        row.events,
        msgspec.json.decode(row.dead_letters, type=list[DeadLetter]),
        msgspec.json.decode(row.unknown, type=list[Unknown]),
        row.id,
    )
