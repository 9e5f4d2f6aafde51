"""The API, asked for the same again and again, beside a bare application that answers the same bytes."""

from collections.abc import Iterator
from statistics import median

from benchmarks.tools.bare import bare_server
from benchmarks.tools.campaigns import KPIS, LAST_DAY, SERIES_DAYS, campaign_id, check_campaign, check_kpis, served
from benchmarks.tools.outcome import Outcome, check
from benchmarks.tools.processes import in_turns
from benchmarks.tools.quotidian import Server
from benchmarks.tools.world import World
from benchmarks.tools.wrk import Rate, hit


def measure(world: World) -> Iterator[Outcome]:
    """One worker, one wrk thread, 16 connections that stay open."""
    quotidian = served(world)
    with quotidian.serve() as server:
        check_kpis(server)
        check_campaign(server, 0)
        slice_ = {"length": SERIES_DAYS, "ending_at": LAST_DAY}
        for name in KPIS:
            yield _beside_bare(world, server, f"/kpi/{name}/data_series", slice_)
        yield _beside_bare(world, server, "/campaigns/data_series", {"campaign_id": campaign_id(0), **slice_})


def _beside_bare(world: World, server: Server, path: str, parameters: dict[str, object]) -> Outcome:
    status, body = server.get(path, **parameters)
    check(f"status of {path}", status, 200)
    url = server.url(path, **parameters)
    with bare_server(world.folder, body) as port:

        def ours() -> Rate:
            return hit(url, server.headers, world.sizes.seconds)

        def bare() -> Rate:
            return hit(f"http://127.0.0.1:{port}{path}", server.headers, world.sizes.seconds)

        rates, bare_rates = in_turns(world.sizes.runs, ours, bare)
    check(f"answer of {path} after the run", server.get(path, **parameters), (status, body))
    check_lengths(path, rates, len(body))
    return rates_compared(world, f"`{path}` of {SERIES_DAYS} days, {len(body):,} bytes", rates, bare_rates, 0.4)


def rates_compared(world: World, what: str, rates: list[Rate], bare_rates: list[Rate], least: float) -> Outcome:
    """The medians of both, and whether the target was met: so many times the rate of the bare application."""
    rate, bare_rate = (median(each.a_second for each in of) for of in (rates, bare_rates))
    return Outcome(
        what,
        f"{rate:,.0f} requests/s",
        "bare ASGI",
        f"{bare_rate:,.0f} requests/s",
        f"{rate / bare_rate:.2f} ×",
        f"≥ {least} ×",
        rate / bare_rate >= least if world.is_full else None,
    )


def check_lengths(path: str, rates: list[Rate], body_bytes: int) -> None:
    """No answer was cut or other than expected: on average they have the body's length, and headers.

    What arrives of answers that the end of a run cuts off counts to the others, hence the leeway.
    """
    for rate in rates:
        leeway = 600 + 17 * body_bytes / rate.requests
        check(f"bytes of an answer of {path}, {rate.bytes_each}", abs(rate.bytes_each - body_bytes) <= leeway, True)
