"""Which event store the shards of a cluster are of, and which shard each is: rows of a table of theirs."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from quotidian.domain.errors import LostEvents, UserError
from quotidian.store.identity import Identity

LAST: Final = """
SELECT fingerprint, batch, place, stored_at, events, shard, shards FROM quotidian.identity ORDER BY place DESC LIMIT 1
"""
# Of `here`, a table of the connection's own, so that an engine that no longer leads notes nothing.
NOTE: Final = """
INSERT INTO quotidian.identity
SELECT %(place)s, %(fingerprint)s, %(batch)s, %(stored_at)s, %(events)s, %(shard)s, %(shards)s FROM here
"""
COUNT: Final = "SELECT count() FROM quotidian.events"


class Noted(NamedTuple):
    """What a shard notes last."""

    fingerprint: str
    batch: int
    place: int
    stored_at: int
    events: int
    shard: int
    shards: int


def of_all(noted: Sequence[Noted | None]) -> Identity | None:
    """What the shards note together: a batch is stored when each has it. None if there are no events on any.

    Raises UserError if they are not all the shards of one event store, in their order.
    """
    known = [each for each in noted if each]
    if not known:
        return None
    if len({each.fingerprint for each in known}) > 1:
        raise UserError(
            f"The shards are of several event stores: their fingerprints are "
            f"{', '.join(each.fingerprint if each else 'none' for each in noted)}; is events_url right?"
        )
    for place, each in enumerate(noted):
        _check(place, each, len(noted), known[0].shards)
    return Identity(
        known[0].fingerprint,
        min(each.batch if each else 0 for each in noted),
        events=sum(each.events for each in known),
        stored_at=max(each.stored_at for each in known),
    )


def _check(place: int, noted: Noted | None, shards: int, noted_shards: int) -> None:
    if shards != noted_shards:
        raise UserError(
            f"The events are spread over {noted_shards} shards, and the cluster has {shards}; give the cluster "
            f"{noted_shards} again, or spread the events anew with: quotidian move"
        )
    if noted and noted.shard != place:
        raise UserError(
            f"Shard {place + 1} of the cluster has the events of shard {noted.shard + 1}; put the shards of "
            "remote_servers into the order that they had"
        )
    if noted is None:
        raise LostEvents(
            f"Shard {place + 1} of the cluster has no events, and other shards have: they are lost, or were never "
            "moved there. Restore the shard from a backup"
        )
