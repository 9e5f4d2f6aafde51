"""A rebuild of the year beside a server: live events are taken over and published meanwhile, old points are served."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, timedelta
from time import perf_counter, sleep

from benchmarks.tools.outcome import Outcome, check
from benchmarks.tools.posting import kpi, of_campaign, of_emails, sessions
from benchmarks.tools.processes import Finished
from benchmarks.tools.quotidian import Server
from benchmarks.tools.stores import LAST_DAY, LargeStore, kept, large_stores
from benchmarks.tools.stream import percentiles, stream
from benchmarks.tools.world import World

_STREAMED_SECONDS = 5
_BACK = (30, 100, 200)
"""Days before the last whose numbers are looked at all the time: no live event changes them."""

_FRESH_SECONDS = 5
_GIB = 2**30


def measure(world: World) -> Iterator[Outcome]:
    """1,000 events a second are posted for 5 seconds, again and again, until the rebuild ends; before it, once."""
    store = large_stores(world)[0]
    quotidian = kept(world, store).copy(world)
    with quotidian.serve() as server, ThreadPoolExecutor(2) as threads:
        idle, _ = stream(server, store, _STREAMED_SECONDS)
        before = _old_points(server, store)
        started = perf_counter()
        rebuilt = threads.submit(quotidian.run, "rebuild")
        watched = threads.submit(_watch, server, store, before, rebuilt)
        fresh: list[float] = []
        unserved = 0
        while not rebuilt.done():
            more, missing = stream(server, store, _STREAMED_SECONDS)
            fresh, unserved = fresh + more, unserved + missing
        seconds, looks = perf_counter() - started, watched.result()
        rebuilt.result()
        check("points after the rebuild", _old_points(server, store), before)
        peak = server.peak_bytes
    found = percentiles(fresh)
    lost = f", {unserved} batches not served within 2 minutes" if unserved else ""
    yield Outcome(
        f"rebuild of {store}, with live events",
        f"{seconds:.0f} s, engine {peak / _GIB:.2f} GiB; events fresh p50 {found['p50']:.1f}, p99 {found['p99']:.1f} s{lost}; "
        f"old points served at each of {looks} looks",
        "no rebuild",
        f"events fresh p99 {percentiles(idle)['p99']:.1f} s",
        f"{found['p99'] / percentiles(idle)['p99']:.1f} ×",
        f"p99 ≤ {_FRESH_SECONDS} s, ≤ 2 GiB",
        found["p99"] <= _FRESH_SECONDS and peak <= 2 * _GIB if world.is_full else None,
    )


def _watch(server: Server, store: LargeStore, before: list[list[float]], rebuilt: "Future[Finished]") -> int:
    """Look until the rebuild is done; returns how often. Raises Wrong if a point was gone, or another, at any time."""
    looks = 0
    while not rebuilt.done():
        check("points during the rebuild", _old_points(server, store), before)
        looks += 1
        sleep(0.2)
    return looks


def _old_points(server: Server, store: LargeStore) -> list[list[float]]:
    numbers = (
        kpi("dau"),
        kpi("mau"),
        sessions,
        of_emails(store.campaign, "sent"),
        of_campaign(store.campaign, "revenue"),
    )
    days: list[date] = [LAST_DAY - timedelta(days=back) for back in _BACK]
    return [[number(server, day) for number in numbers] for day in days]
