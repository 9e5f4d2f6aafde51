"""Posting events, and asking for the numbers of a day that they change."""

import json
from collections.abc import Callable, Iterable
from datetime import date
from time import perf_counter, sleep
from typing import Any

from benchmarks.tools.events import Event
from benchmarks.tools.outcome import check
from benchmarks.tools.quotidian import Server, fetch

_GAUGES = ("quotidian_inbox_deliveries ", "quotidian_dirty_days ", "quotidian_freshness_seconds ")
_LOOK_SECONDS = 0.05

Number = Callable[[Server, date], float]
"""A number that is served of a day."""


def post(server: Server, events: list[Event]) -> None:
    """Post events. Raises Wrong unless all are accepted."""
    headers = {**server.headers, "Content-Type": "application/json"}
    status, body = fetch(server.port, "POST", "/events", json.dumps({"events": events}).encode(), headers)
    check("status and number of accepted events", (status, json.loads(body).get("accepted")), (200, len(events)))


def until_quiet(server: Server, patience: float) -> None:
    """Wait until nothing is left to take over or to compute. Raises RuntimeError after `patience` seconds."""
    until = perf_counter() + patience
    while perf_counter() < until:
        _, text = server.get("/metrics")
        gauges = dict(line.split() for line in text.decode().splitlines() if line.startswith(_GAUGES))
        if not any(map(float, gauges.values())):
            return
        sleep(_LOOK_SECONDS)
    raise RuntimeError(f"the engine is still busy after {patience} seconds: {gauges}")


def kpi(name: str) -> Number:
    """A KPI."""
    return lambda server, day: _sum(_points(server, f"/kpi/{name}/data_series", day), name)


def sessions(server: Server, day: date) -> float:
    """The sessions."""
    return _sum(_points(server, "/sessions/data_series", day), "sessions")


def custom_event(name: str) -> Number:
    """How often a custom event happened."""
    return lambda server, day: _sum(_points(server, "/events/data_series", day, event=name), "count")


def purchases(server: Server, day: date) -> float:
    """The purchases."""
    return _sum(_points(server, "/purchases/quantity_series", day), "purchase_quantity")


def of_campaign(campaign: str, name: str) -> Number:
    """A number of a campaign."""
    return lambda server, day: _sum(_points(server, "/campaigns/data_series", day, campaign_id=campaign), name)


def of_emails(campaign: str, name: str) -> Number:
    """A number of a campaign's e-mails, over its variations."""

    def number(server: Server, day: date) -> float:
        points = _points(server, "/campaigns/data_series", day, campaign_id=campaign)
        return sum(_sum(point["messages"].get("email", []), name) for point in points)

    return number


def entries(canvas: str) -> Number:
    """The entries of a canvas."""

    def number(server: Server, day: date) -> float:
        found = _asked(server, "/canvas/data_series", day, canvas_id=canvas)
        stats = found["data"]["stats"] if found else []
        return _sum((point["total_stats"] for point in stats), "entries")

    return number


def size(segment: str) -> Number:
    """The size of a segment."""
    return lambda server, day: _sum(_points(server, "/segments/data_series", day, segment_id=segment), "size")


def _points(server: Server, path: str, day: date, **parameters: object) -> list[dict[str, Any]]:
    found = _asked(server, path, day, **parameters)
    points: list[dict[str, Any]] = found["data"] if found else []
    return points


def _asked(server: Server, path: str, day: date, **parameters: object) -> dict[str, Any] | None:
    """The answer; None if there is no such campaign or event yet."""
    status, body = server.get(path, length=1, ending_at=day, **parameters)
    if status == 400:
        return None
    check(f"status of {path}", status, 200)
    answer: dict[str, Any] = json.loads(body)
    return answer


def _sum(points: Iterable[dict[str, Any]], name: str) -> float:
    return sum((point.get(name, 0) for point in points), 0.0)
