"""Live: batches of 100 events over HTTP, until their numbers are served, beside an application that only answers."""

import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter, sleep

from benchmarks.tools.bare import bare_server
from benchmarks.tools.outcome import Outcome, Skipped, Wrong, check
from benchmarks.tools.quotidian import HOST, Server, fetch
from benchmarks.tools.world import World
from benchmarks.tools.wrk import CONNECTIONS, Rate, hit

_PATH = "/events"
_BATCH = 100
_PATIENCE = 600  # seconds until everything must be served


def measure(world: World) -> Iterator[Outcome]:
    """What counts is accepted when its answer comes, and done when the API serves it."""
    rates, drains = [], []
    for _ in range(world.sizes.runs):
        with world.new("live").serve() as server:
            _skip_unless_it_is_there(server)
            rate = _post(server.port, server.headers, world.sizes.live_seconds)
            rates.append(rate)
            drains.append(_drain(server, rate.requests))
    with bare_server(world.folder, b"") as port:
        bare = _post(port, {}, world.sizes.live_seconds)
    accepted = median(each.a_second for each in rates) * _BATCH
    served = median(
        each.requests * _BATCH / (each.requests / each.a_second + drain)
        for each, drain in zip(rates, drains, strict=True)
    )
    yield Outcome(
        f"live, batches of {_BATCH} events",
        f"{accepted:,.0f} events/s accepted, {served:,.0f} served (the last {median(drains):.1f} s after)",
        "an application that reads and answers",
        f"{bare.a_second * _BATCH:,.0f} events/s",
        f"{accepted / bare.a_second / _BATCH:.2f} ×",
        "≥ 20,000 events/s served",
        served >= 20_000 if world.is_full else None,
    )


def _skip_unless_it_is_there(server: Server) -> None:
    status, body = fetch(server.port, "POST", _PATH, b'{"events":[]}', server.headers)
    if status in (404, 405):
        raise Skipped(f"POST {_PATH} answers {status}")
    check("answer to an empty batch", (status, json.loads(body).get("accepted")), (200, 0))


def _post(port: int, headers: dict[str, str], seconds: int) -> Rate:
    asked = {"RUN": secrets.token_hex(4), "NOW": int(datetime.now(UTC).timestamp())}
    json_headers = {**headers, "Content-Type": "application/json"}
    return hit(f"http://{HOST}:{port}{_PATH}", json_headers, seconds, "events", **asked)


def _drain(server: Server, batches: int) -> float:
    """Wait until every batch is served; returns the seconds. Batches under way when wrk ended may be there as well."""
    started, seen = perf_counter(), 0
    while perf_counter() - started < _PATIENCE:
        seen = _uninstalls(server)
        if seen >= batches:
            break
        sleep(0.05)
    seconds = perf_counter() - started
    if not batches <= seen <= batches + CONNECTIONS:
        raise Wrong(f"{batches} batches were accepted, and {seen} are served")
    return seconds


def _uninstalls(server: Server) -> int:
    """There is one in each batch."""
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    status, body = server.get("/kpi/uninstalls/data_series", length=3, ending_at=tomorrow)
    return sum(point["uninstalls"] for point in json.loads(body)["data"]) if status == 200 else 0
