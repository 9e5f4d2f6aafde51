"""What is counted for Prometheus, over all processes of a server: each writes its own files, a scrape adds them up."""

import os
from collections.abc import Iterator, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from quotidian.inbox.backlog import Backlog
from quotidian.ingest.report import LoadReport
from quotidian.server.child import METRICS_VARIABLE

_LATENCIES: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class ApiMetrics:
    """What a worker counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "quotidian_requests", "Requests", ("endpoint", "method", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "quotidian_request_seconds",
            "Time from a request to its answer",
            ("endpoint",),
            buckets=_LATENCIES,
            registry=self.registry,
        )
        self._accepted = Counter(
            "quotidian_events_accepted", "Events that were acknowledged over HTTP", registry=self.registry
        )

    def observe(self, endpoint: str, method: str, status: int, seconds: Sequence[float]) -> None:
        """Count requests that had the same outcome, and how long each took."""
        self._requests.labels(endpoint, method, str(status)).inc(len(seconds))
        histogram = self._seconds.labels(endpoint)
        for each in seconds:
            histogram.observe(each)

    def accept(self, events: int) -> None:
        """Count events that are acknowledged."""
        self._accepted.inc(events)


class EngineMetrics:
    """What the engine counts."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._stored = Counter("quotidian_events_stored", "Events that were new", registry=registry)
        self._deduplicated = Counter(
            "quotidian_events_deduplicated", "Events that were there already", registry=registry
        )
        self._dead = Counter("quotidian_events_dead_lettered", "Events that cannot be used", registry=registry)
        self._skipped = Counter("quotidian_events_skipped", "Events of unknown types", registry=registry)
        self.rollup_seconds = Histogram(
            "quotidian_rollup_seconds",
            "Time to bring the days of live events up to date",
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
            registry=registry,
        )

    def add(self, report: LoadReport) -> None:
        """Count what was taken in."""
        total = report.total
        self._stored.inc(total.new)
        self._deduplicated.inc(total.known)
        self._dead.inc(total.dead)
        self._skipped.inc(total.skipped)


class _BacklogCollector(Collector):
    def __init__(self, backlog: Backlog) -> None:
        self._backlog = backlog

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges."""
        backlog = self._backlog
        told: list[tuple[str, str, float | None]] = [
            ("inbox_deliveries", "Acknowledged requests that are not in the event store yet", backlog.deliveries),
            ("inbox_bytes", "Their size", backlog.inbox_bytes),
            ("inbox_age_seconds", "Age of the oldest of them", backlog.inbox_seconds),
            ("set_aside_deliveries", "Acknowledged requests that the event store refuses", backlog.set_aside),
            ("dirty_days", "Days whose series are out of date", backlog.dirty_days),
            ("freshness_seconds", "Age of the oldest live event that is not in the series", backlog.behind_seconds),
            ("engine_silent_seconds", "Time since the engine's last sign of life", backlog.engine_silent_seconds),
        ]
        if backlog.engine and backlog.engine.rolled_up_at:
            told.append(
                ("newest_point_timestamp_seconds", "When live events last became points", backlog.engine.rolled_up_at)
            )
        for name, text, value in told:
            if value is not None:
                yield GaugeMetricFamily(f"quotidian_{name}", text, value=value)


def exposition(own: CollectorRegistry, backlog: Backlog) -> bytes:
    """Everything in Prometheus's text format; of this process alone (`own`) where no server has set up files."""
    registry = CollectorRegistry()
    if os.environ.get(METRICS_VARIABLE):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        text = generate_latest(registry)
    else:
        text = generate_latest(own)
    gauges = CollectorRegistry()
    gauges.register(_BacklogCollector(backlog))
    return text + generate_latest(gauges)
