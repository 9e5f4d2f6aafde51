"""Cluster: the load on servers, of 1 and 2 shards, with and without second replicas, beside the embedded store.

All of it in CPU seconds of all processes, the servers' included: shards on one machine share its cores, so that seconds
on the clock tell nothing. The servers are Debian's, years older than chDB: embedded beside one shard tells that, too.
"""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import msgspec

from benchmarks.scaling.measuring import Loads, Pair, parts_of
from benchmarks.scaling.parts import Parts, write_parts
from benchmarks.tools.machine import machine
from benchmarks.tools.metered_loads import FIRST, KEEPER, POSTGRESQL, SECOND, Load, embedded, on_cluster, on_postgresql
from benchmarks.tools.outcome import Outcome, check
from benchmarks.tools.world import DAYS, DataSet, World
from quotidian.settings import load_settings

EMBEDDED, IN_POSTGRESQL = "the embedded store", "the embedded store, its series in PostgreSQL"
ONE, TWO = "1 shard", "2 shards"
ONE_REPLICATED, TWO_REPLICATED = "1 shard of 2 replicas", "2 shards of 2 replicas"

_COMPARED: Final = (
    (ONE, EMBEDDED),
    (TWO, EMBEDDED),
    (TWO, ONE),
    (ONE_REPLICATED, ONE),
    (TWO_REPLICATED, TWO),
    (IN_POSTGRESQL, EMBEDDED),
)
_MILLION: Final = 1_000_000


def measure(world: World) -> Iterator[Outcome]:
    """Each load is done once, for seconds of processors vary little, and on new servers.

    Its series must be those of the embedded store.
    """
    data, stored = world.make(world.sizes.cluster_events, DAYS), world.sizes.stored_day
    loadings: dict[str, Callable[[World, DataSet], Load]] = {
        EMBEDDED: embedded,
        ONE: partial(on_cluster, shards=1, replicas=1),
        TWO: partial(on_cluster, shards=2, replicas=1),
        ONE_REPLICATED: partial(on_cluster, shards=1, replicas=2),
        TWO_REPLICATED: partial(on_cluster, shards=2, replicas=2),
        IN_POSTGRESQL: on_postgresql,
    }
    larger = world.make(world.sizes.cluster_events * world.sizes.larger, DAYS)
    loads: dict[str, Load] = {}
    for name, loading in loadings.items():
        loads[name] = loading(world, data)
        check(f"dau of {name}", loads[name].dau, loads[EMBEDDED].dau)
        print(f"{name}: {_split(loads[name])}", file=sys.stderr, flush=True)
    measured = Loads(
        one=Pair(loads[ONE], on_cluster(world, larger, shards=1, replicas=1, stored=stored)),
        two=Pair(loads[TWO], on_cluster(world, larger, shards=2, replicas=1)),
        replicated=loads[ONE_REPLICATED],
        in_postgresql=loads[IN_POSTGRESQL],
        stored=stored,
        events_per_batch=load_settings(world.folder, {}).load_bytes * larger.events / larger.bytes,
    )
    _keep(parts_of(measured, "; ".join(machine())), is_figure=world.is_full)
    for name, against in _COMPARED:
        yield _beside(name, loads[name], against, loads[against])


def _split(load: Load) -> str:
    parts = {
        "node": load.on_node,
        "first replicas": load.of(FIRST),
        "second replicas": load.of(SECOND),
        "keepers": load.of(KEEPER),
        "PostgreSQL": load.of(POSTGRESQL),
    }
    return ", ".join(f"{name} {_per_million(load, seconds):.1f}" for name, seconds in parts.items() if seconds)


def _per_million(load: Load, seconds: float) -> float:
    return seconds / load.told.events * _MILLION


def _beside(what: str, ours: Load, against: str, theirs: Load) -> Outcome:
    return Outcome(
        f"CPU of a load of {ours.told.events:,} events, {what}",
        f"{_per_million(ours, ours.seconds):.1f} s a million events ({_split(ours)})",
        against,
        f"{_per_million(theirs, theirs.seconds):.1f} s",
        f"{_per_million(ours, ours.seconds) / _per_million(theirs, theirs.seconds):.2f} ×",
        "",
    )


def _keep(parts: Parts, *, is_figure: bool) -> None:
    """Print what benchmarks.scaling calculates with; write it, too, if the sizes are those for figures."""
    print(msgspec.json.format(msgspec.json.encode(parts), indent=2).decode(), file=sys.stderr, flush=True)
    if is_figure:
        write_parts(parts)
