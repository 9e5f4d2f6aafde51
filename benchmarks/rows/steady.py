"""Latency at 1,000 requests a second, idle and while a load runs beside the server."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from threading import Event
from urllib.parse import urlencode

from benchmarks.tools.outcome import Outcome, check
from benchmarks.tools.processes import python
from benchmarks.tools.quotidian import Quotidian, Server
from benchmarks.tools.world import DAYS, DataSet, World
from quotidian.demo.campaigns import CAMPAIGNS

_RATE = 1_000
_SEEDS = (2, 3, 4)  # of what is loaded meanwhile
_KPIS = ("dau", "mau", "new_users", "uninstalls")


def measure(world: World) -> Iterator[Outcome]:
    """Nine requests in ten are for KPIs, one for a campaign; all of 100 days."""
    quotidian = world.loaded
    more = [world.make(world.sizes.load_events, DAYS, seed) for seed in _SEEDS]
    with quotidian.serve() as server:
        idle = _percentiles(world, server)
        with _loading(quotidian, more):
            loading = _percentiles(world, server)
    for name, found, most in (("idle", idle, 10), ("while a load runs", loading, 50)):
        yield Outcome(
            f"latency at {_RATE:,} requests/s, {name}",
            f"p50 {found['p50']:.1f}, p99 {found['p99']:.1f}, p99.9 {found['p999']:.1f} ms",
            "idle",
            f"p99 {idle['p99']:.1f} ms",
            f"{found['p99'] / idle['p99']:.1f} ×",
            f"p99 ≤ {most} ms",
            found["p99"] <= most if world.is_full else None,
        )


def _percentiles(world: World, server: Server) -> dict[str, float]:
    asked = {"length": 100, "ending_at": world.load.last_day}
    kpis = [f"/kpi/{name}/data_series" for name in _KPIS]
    targets = [f"{path}?{urlencode(asked)}" for path in (kpis * 3)[:9]]
    targets.append(f"/campaigns/data_series?{urlencode({**asked, 'campaign_id': CAMPAIGNS[1].id})}")
    words = (server.port, server.key, world.sizes.steady_seconds, _RATE, *targets)
    found: dict[str, float] = json.loads(python("benchmarks.tools.steady", *words).out)
    check("bad answers at a steady rate", found["bad"], 0)
    return found


@contextmanager
def _loading(quotidian: Quotidian, data: list[DataSet]) -> Iterator[None]:
    """Load one data set after the other until the block ends, and the load that runs then."""
    enough = Event()

    def load() -> None:
        for each in cycle(data):
            if enough.is_set():
                return
            quotidian.ingest(each.folder)

    with ThreadPoolExecutor(1) as threads:
        loads = threads.submit(load)
        try:
            yield
        finally:
            enough.set()
            loads.result()
