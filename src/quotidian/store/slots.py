"""Which shard of a cluster has which users: users have slots, and shards have ranges of slots."""

from typing import Final

SLOTS: Final = 4_096

SLOT: Final = (
    "if(user = sipHash128(''), bitShiftRight(id_hash, 52), bitAnd(reinterpretAsUInt64(substring(user, 9, 8)), 4095))"
)
"""The slot of a row with `user` and `id_hash`.

Statements that look at some users at a time take those whose hashes begin with some bytes, so that the slot is of other
bytes. Events without a user all have the same one, and go by their id.
"""


def slots_of_shards(shards: int) -> list[range]:
    """The slots of each of so many shards, in order."""
    return [range(SLOTS * shard // shards, SLOTS * (shard + 1) // shards) for shard in range(shards)]
