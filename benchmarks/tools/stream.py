"""A client that posts 1,000 events a second, and looks when they are served.

`python -m … PORT KEY SECONDS STORE` posts what is new to a large store (by its word), ten batches a second whether or
not they are served, and prints the seconds from each post until its events were served: percentiles and the largest.
A batch is served when all numbers are that its kinds of events add to.
"""

import json
import secrets
import sys
from collections.abc import Sequence
from threading import Thread
from time import perf_counter, sleep

from benchmarks.tools.events import CUSTOM_EVENT, CUSTOM_EVENTS, OPENS, SENDS, SESSIONS, batches
from benchmarks.tools.posting import custom_event, of_emails, post, sessions
from benchmarks.tools.quotidian import Server
from benchmarks.tools.stores import LAST_DAY, LargeStore

BATCHES_A_SECOND = 10
_LOOK_SECONDS = 0.02
_PATIENCE = 120  # seconds after the last post


def main(port: str, key: str, seconds: str, store: str) -> None:
    server = Server(int(port), key, ready_seconds=0, process=0)
    fresh, unserved = stream(server, LargeStore.parse(store), int(seconds))
    print(json.dumps({**percentiles(fresh), "unserved": unserved}))


def percentiles(fresh: Sequence[float]) -> dict[str, float]:
    """The seconds in the middle, at the 99th percentile, and the largest."""
    ordered = sorted(fresh)
    return {"p50": ordered[len(ordered) // 2], "p99": ordered[int(len(ordered) * 0.99)], "max": ordered[-1]}


def stream(server: Server, store: LargeStore, seconds: int) -> tuple[list[float], int]:
    """The seconds of each batch, and how many were not served in time: these count as old as they are then."""
    watched = _Served(server, store)
    total = seconds * BATCHES_A_SECOND
    posted: list[float] = []
    poster = Thread(target=_post, args=(server, store, total, posted), daemon=True)
    poster.start()
    fresh: list[float] = []
    until = perf_counter() + seconds + _PATIENCE
    while len(fresh) < total and perf_counter() < until and (poster.is_alive() or len(posted) == total):
        served = watched.batches_more
        now = perf_counter()
        fresh += [now - since for since in posted[len(fresh) : served]]
        sleep(_LOOK_SECONDS)
    if len(posted) < total:
        raise RuntimeError(f"{len(posted)} of {total} batches could be posted")
    now, unserved = perf_counter(), total - len(fresh)
    return fresh + [now - since for since in posted[len(fresh) :]], unserved


class _Served:
    """How many batches are served, of which each adds the same to each number."""

    def __init__(self, server: Server, store: LargeStore) -> None:
        self._server = server
        self._numbers = (
            (sessions, SESSIONS),
            (of_emails(store.campaign, "sent"), SENDS),
            (of_emails(store.campaign, "opens"), OPENS),
            (custom_event(CUSTOM_EVENT), CUSTOM_EVENTS),
        )
        self._first = self._found()

    def _found(self) -> list[float]:
        return [number(self._server, LAST_DAY) for number, _ in self._numbers]

    @property
    def batches_more(self) -> int:
        """Whole batches that were served since the beginning."""
        more = zip(self._found(), self._first, self._numbers, strict=True)
        return min(int(now - first) // each for now, first, (_, each) in more)


def _post(server: Server, store: LargeStore, total: int, posted: list[float]) -> None:
    """Post batches at a steady rate; notes when each was due."""
    start, made = perf_counter(), batches(store, secrets.token_hex(4))
    for number, batch in zip(range(total), made, strict=False):
        due = start + number / BATCHES_A_SECOND
        sleep(max(0.0, due - perf_counter()))
        post(server, batch)
        posted.append(due)


if __name__ == "__main__":
    main(*sys.argv[1:])
