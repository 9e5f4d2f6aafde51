"""1,000 posted events a second into large stores: how fresh what is served is, and the latency of answers meanwhile."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlencode

from benchmarks.tools.outcome import Outcome, check
from benchmarks.tools.processes import python
from benchmarks.tools.quotidian import Server
from benchmarks.tools.stores import LAST_DAY, LargeStore, kept, large_stores, new_store
from benchmarks.tools.world import World

_RATE = (
    200  # requests a second beside the posts: enough for percentiles, and few enough to leave the cores to the engine
)
_KPIS = ("dau", "mau", "new_users", "uninstalls")
_FRESH_SECONDS = 5
_LATENCY_MILLIS = 20
_GIB = 2**30


@dataclass(frozen=True)
class Streamed:
    """Seconds until events were served; what answers took meanwhile; the engine's memory."""

    fresh_p50: float
    fresh_p99: float
    fresh_max: float
    unserved: int
    latency_p99_millis: float
    peak_bytes: int

    def __str__(self) -> str:
        lost = f", {self.unserved} batches not served" if self.unserved else ""
        return (
            f"fresh p50 {self.fresh_p50:.1f}, p99 {self.fresh_p99:.1f}, at most {self.fresh_max:.1f} s{lost}; "
            f"answers p99 {self.latency_p99_millis:.1f} ms; engine {self.peak_bytes / _GIB:.2f} GiB"
        )


def measure(world: World) -> Iterator[Outcome]:
    """Nine requests in ten are for KPIs, one for the largest campaign; all of 100 days."""
    for store in large_stores(world):
        ours, theirs = streamed(world, store), streamed(world, store, without_events=True)
        yield Outcome(
            f"1,000 events/s posted for {world.sizes.stream_seconds} s into {store}",
            str(ours),
            "no events",
            str(theirs),
            f"{ours.fresh_p99 / theirs.fresh_p99:.1f} ×",
            f"p99 ≤ {_FRESH_SECONDS} s and ≤ {_LATENCY_MILLIS} ms",
            ours.fresh_p99 <= _FRESH_SECONDS and ours.latency_p99_millis <= _LATENCY_MILLIS if world.is_full else None,
        )


def streamed(world: World, store: LargeStore, *, without_events: bool = False) -> Streamed:
    """What was found of a store, once."""
    name = store.name if without_events else str(store)
    return world.once(("stream", name, without_events), lambda: _stream(world, store, without_events))


def _stream(world: World, store: LargeStore, without_events: bool) -> Streamed:
    quotidian = new_store(world, store) if without_events else kept(world, store).copy(world)
    with quotidian.serve() as server, ThreadPoolExecutor(1) as threads:
        if without_events:
            _post_for(server, store, 1)
        answers = threads.submit(answer_latencies, server, store, world.sizes.stream_seconds)
        fresh = _post_for(server, store, world.sizes.stream_seconds)
        return Streamed(
            fresh["p50"], fresh["p99"], fresh["max"], int(fresh["unserved"]), answers.result()["p99"], server.peak_bytes
        )


def _post_for(server: Server, store: LargeStore, seconds: int) -> dict[str, float]:
    told = python("benchmarks.tools.stream", server.port, server.key, seconds, store.word).out
    found: dict[str, float] = json.loads(told)
    return found


def answer_latencies(server: Server, store: LargeStore, seconds: int) -> dict[str, float]:
    """Percentiles of answers at a steady rate, in milliseconds. Raises Wrong if one was not 200."""
    asked = {"length": 100, "ending_at": LAST_DAY}
    kpis = [f"/kpi/{name}/data_series" for name in _KPIS]
    targets = [f"{path}?{urlencode(asked)}" for path in (kpis * 3)[:9]]
    targets.append(f"/campaigns/data_series?{urlencode({**asked, 'campaign_id': store.campaign})}")
    found: dict[str, float] = json.loads(
        python("benchmarks.tools.steady", server.port, server.key, seconds, _RATE, *targets).out
    )
    check("bad answers at a steady rate", found["bad"], 0)
    return found
