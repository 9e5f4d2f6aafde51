"""The servers of the cluster that has the events, for `status`."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

import msgspec

from quotidian.domain.counts import counted
from quotidian.settings import Settings
from quotidian.store.event_health import ReplicaHealth
from quotidian.store.events import StatementFailed
from quotidian.store.stores import cluster_health


class ToldServer(ReplicaHealth, frozen=True):
    """A server of the cluster."""

    def lines(self) -> list[str]:
        """As a person reads it."""
        state = self.trouble or f"{self.events:,} events, {self.queue:,} things to do, {self.behind_seconds:,} s behind"
        return [f"shard {self.shard}, {self.server}: {state}"]


def told_of_servers(settings: Settings) -> list[ToldServer]:
    """How the servers are; none without a cluster, and where none answers, which the events' own check says."""
    with suppress(StatementFailed):
        return [ToldServer(**msgspec.structs.asdict(each)) for each in cluster_health(settings)]
    return []


def problems_of_servers(servers: Iterable[ToldServer]) -> Iterator[str]:
    """What is wrong with them, a sentence each."""
    for each in servers:
        if each.trouble:
            yield f"ClickHouse {each.server} (shard {each.shard}) does not work: {each.trouble}"
        elif each.events_only_here:
            events = counted(each.events_only_here, "event", "events")
            yield f"ClickHouse {each.server} (shard {each.shard}) has {events} that no other replica has"
