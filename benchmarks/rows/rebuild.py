"""A rebuild of the year beside a server: live events are taken over and published meanwhile, old points are served."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
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
_RESUMED = 1.3  # so many times as long a rebuild may take whose engine is killed halfway
_GIB = 2**30


@dataclass(frozen=True)
class _Rebuilt:
    """A rebuild: its seconds, how fresh events were meanwhile, and how often old points were looked at."""

    seconds: float
    fresh: dict[str, float]
    unserved: int
    looks: int
    peak_bytes: int

    def __str__(self) -> str:
        lost = f", {self.unserved} batches not served within 2 minutes" if self.unserved else ""
        return (
            f"{self.seconds:.0f} s, engine {self.peak_bytes / _GIB:.2f} GiB; events fresh p50 {self.fresh['p50']:.1f}, "
            f"p99 {self.fresh['p99']:.1f} s{lost}; old points served at each of {self.looks} looks"
        )


def measure(world: World) -> Iterator[Outcome]:
    """1,000 events a second are posted for 5 seconds, again and again, until the rebuild ends."""
    store = large_stores(world)[0]
    whole = _rebuild(world, store)
    yield Outcome(
        f"rebuild of {store}, with live events",
        str(whole),
        "making them first",
        f"{kept(world, store).made.recover_seconds:.0f} s",
        f"{whole.seconds / kept(world, store).made.recover_seconds:.1f} ×",
        f"p99 ≤ {_FRESH_SECONDS} s, ≤ 2 GiB",
        whole.fresh["p99"] <= _FRESH_SECONDS and whole.peak_bytes <= 2 * _GIB if world.is_full else None,
    )
    killed = _rebuild(world, store, kill_after=whole.seconds / 2)
    yield Outcome(
        "the same, the engine killed halfway",
        str(killed),
        "not killed",
        f"{whole.seconds:.0f} s",
        f"{killed.seconds / whole.seconds:.2f} ×",
        f"≤ {_RESUMED} ×",
        killed.seconds <= _RESUMED * whole.seconds if world.is_full else None,
    )


def _rebuild(world: World, store: LargeStore, kill_after: float | None = None) -> _Rebuilt:
    quotidian = kept(world, store).copy(world)
    with quotidian.serve() as server, ThreadPoolExecutor(3) as threads:
        before = _old_points(server, store)
        started = perf_counter()
        rebuilt = threads.submit(quotidian.run, "rebuild")
        watched = threads.submit(_watch, server, store, before, rebuilt)
        if kill_after is not None:
            threads.submit(_kill_engine, server, kill_after)
        fresh: list[float] = []
        unserved = 0
        while not rebuilt.done():
            more, missing = stream(server, store, _STREAMED_SECONDS)
            fresh, unserved = fresh + more, unserved + missing
        rebuilt.result()
        looks, last_look = watched.result()
        check("points after the rebuild", _old_points(server, store), before)
        return _Rebuilt(last_look - started, percentiles(fresh), unserved, looks, server.peak_bytes)


def _kill_engine(server: Server, after: float) -> None:
    sleep(after)
    os.kill(server.engine, signal.SIGKILL)


def _watch(
    server: Server, store: LargeStore, before: list[list[float]], rebuilt: "Future[Finished]"
) -> tuple[int, float]:
    """Look until the rebuild is done: how often, and when that was. Raises Wrong if a point was ever another."""
    looks = 0
    while not rebuilt.done():
        check("points during the rebuild", _old_points(server, store), before)
        looks += 1
        sleep(0.2)
    return looks, perf_counter()


def _old_points(server: Server, store: LargeStore) -> list[list[float]]:
    emails, revenue = of_emails(store.campaign, "sent"), of_campaign(store.campaign, "revenue")
    numbers = (kpi("dau"), kpi("mau"), sessions, emails, revenue)
    return [[number(server, LAST_DAY - timedelta(days=back)) for number in numbers] for back in _BACK]
