"""How a server of a cluster is that has events."""

import msgspec


class ReplicaHealth(msgspec.Struct, frozen=True):
    """A server: `trouble` is why it cannot be asked, '' if it can.

    `is_read_only` is whether it has no keepers; `queue` is how much of what its siblings have it still has to do, and
    `delay_seconds` since when.
    """

    shard: int
    host: str
    trouble: str = ""
    version: str = ""
    is_read_only: bool = False
    delay_seconds: int = 0
    queue: int = 0
    events: int = 0
