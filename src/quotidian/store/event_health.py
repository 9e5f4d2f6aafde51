"""What is told of a server of a cluster."""

import msgspec


class ReplicaHealth(msgspec.Struct, frozen=True):
    """A server; without an answer `trouble` says why, and the numbers are 0.

    `behind_seconds` is how old the oldest thing is that it has still to fetch, `queue` how many things it has to do.
    `events_only_here` are those that no other replica of its shard has, at most.
    """

    shard: int
    server: str
    trouble: str = ""
    events: int = 0
    events_only_here: int = 0
    behind_seconds: int = 0
    queue: int = 0
