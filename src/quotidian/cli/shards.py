"""The servers of the cluster that has the events, for `quotidian status`."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from quotidian.domain.counts import counted
from quotidian.settings import Settings
from quotidian.store.events import StatementFailed
from quotidian.store.health import ReplicaHealth
from quotidian.store.stores import health_of_events

_BEHIND_SECONDS = 300


class ToldReplica(ReplicaHealth, frozen=True):
    """As ReplicaHealth."""

    def lines(self) -> list[str]:
        """As a person reads it."""
        return [f"shard {self.shard}, {self.host}: {self.trouble or self._state()}"]

    def _state(self) -> str:
        read_only = ", read-only" if self.is_read_only else ""
        behind = f", has {counted(self.queue, 'step')} to do since {self.delay_seconds:,} s" if self.queue else ""
        return f"{self.version}, {counted(self.events, 'event')}{read_only}{behind}"


def told_of_shards(settings: Settings) -> list[ToldReplica]:
    """The servers of the cluster; none if nobody can say which there are, or the events are embedded."""
    try:
        return [ToldReplica(**msgspec.structs.asdict(each)) for each in health_of_events(settings)]
    except StatementFailed:
        return []


def problems_of_shards(replicas: Sequence[ToldReplica]) -> Iterator[str]:
    """What is wrong with servers, a sentence each."""
    for shard, of_shard in groupby(replicas, lambda each: each.shard):
        those = list(of_shard)
        if all(each.trouble for each in those):
            yield f"No replica of shard {shard} can be asked, so that nothing is stored and no series change"
        for each in those:
            if each.trouble:
                yield f"The replica {each.host} of shard {shard} cannot be asked: {each.trouble}"
            elif each.is_read_only:
                yield f"The replica {each.host} of shard {shard} is read-only: it does not reach its keepers"
            elif each.delay_seconds > _BEHIND_SECONDS:
                yield f"The replica {each.host} of shard {shard} is {each.delay_seconds:,} seconds behind its siblings"
