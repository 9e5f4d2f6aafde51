"""A load into the embedded store, into a cluster, and with its series in PostgreSQL: what each part of it took."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from benchmarks.tools.metered import NODE, READER, WALL, Clock, Metered
from benchmarks.tools.processes import python
from benchmarks.tools.quotidian import Quotidian
from benchmarks.tools.world import DAYS, DataSet, World

FIRST, SECOND, KEEPER, POSTGRESQL = ".1", ".2", ".keeper", "postgresql"
"""The ends of servers' names: first and second replicas, keepers."""

_WARM_UP_EVENTS: Final = 2_000
_WARM_UP_SEED: Final = 2
PHASES: Final = ("load", "roll_up", "merge")


@dataclass(frozen=True)
class Load:
    """A load in CPU seconds; `idle` is the share of a core that each server takes anyway, `dau` a series of it."""

    told: Metered
    dau: list[dict[str, Any]]
    idle: Mapping[str, float]
    bytes_per_event: float = 0.0

    @property
    def seconds(self) -> float:
        """Of all processes."""
        return self.on_node + sum(map(self.of, self.idle))

    @property
    def on_node(self) -> float:
        """Of the command's own processes."""
        return self.of(NODE) + self.of(READER)

    def of(self, end: str) -> float:
        """Of the processes whose names end so."""
        return sum(self.in_phase(phase, end) for phase in PHASES)

    def in_phase(self, phase: str, end: str) -> float:
        """The same in `load`, `roll_up` or `merge`."""
        return self._sum(getattr(self.told, phase), end)

    def in_statements(self, kind: str, end: str) -> float:
        """The same in the load's statements of a kind."""
        return self._sum(self.told.statements.get(kind, {}), end)

    def beside_stored(self, kind: str, end: str) -> float:
        """The same while a few events were compared with the many of a day."""
        return self._sum(self.told.beside_stored.get(kind, {}), end)

    def _sum(self, clock: Clock, end: str) -> float:
        wall = clock.get(WALL, 0.0)
        named = ((name, seconds) for name, seconds in clock.items() if name.endswith(end))
        return sum(max(0.0, seconds - self.idle.get(name, 0.0) * wall) for name, seconds in named)


def embedded(world: World, data: DataSet) -> Load:
    """Both stores in the data folder."""
    quotidian = world.new("embedded")
    return Load(_metered(world, quotidian, data, {}), _dau(quotidian, data), {})


def on_postgresql(world: World, data: DataSet) -> Load:
    """The events in the data folder, the series in PostgreSQL. Raises Skipped."""
    from benchmarks.tools import servers  # noqa: PLC0415 - it needs what only tests need

    with servers.postgresql() as server:
        processes = {POSTGRESQL: server.processes()[0]}
        quotidian = world.new("on-postgresql", QUOTIDIAN_DATABASE_URL=server.new_database())
        told = _metered(world, quotidian, data, processes)
        return Load(told, _dau(quotidian, data), servers.idle_shares(processes))


def on_cluster(world: World, data: DataSet, shards: int, replicas: int, stored: int = 0) -> Load:
    """The events on new servers. If so many are `stored` of a day, new ones are compared with them. Raises Skipped."""
    from benchmarks.tools import servers  # noqa: PLC0415

    with servers.cluster_of(shards, replicas) as cluster:
        processes = servers.processes_of(cluster)
        name, url = f"cluster-{shards}-{replicas}", cluster.url(cluster.new_database())
        quotidian = world.new(name, QUOTIDIAN_EVENTS_URL=url)
        told = _metered(world, quotidian, data, processes, stored)
        idle = servers.idle_shares(processes)
        return Load(told, _dau(quotidian, data), idle, servers.bytes_per_event(cluster))


def _metered(
    world: World, quotidian: Quotidian, data: DataSet, processes: Mapping[str, int], stored: int = 0
) -> Metered:
    warm_up = world.make(_WARM_UP_EVENTS, DAYS, _WARM_UP_SEED)
    named = (f"{name}={process}" for name, process in processes.items())
    words = (quotidian.folder, warm_up.folder, data.folder, stored, *named)
    out = python("benchmarks.tools.metered", *words, **quotidian.settings).out
    return msgspec.json.decode(out, type=Metered)


def _dau(quotidian: Quotidian, data: DataSet) -> list[dict[str, Any]]:
    return quotidian.series("dau", ending=data.last_day, days=DAYS)
