"""Metrics for Prometheus. Each process of a server counts in files of its own, and a scrape adds them up."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from quotidian.telemetry.gauges import Gauge

METRICS_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder of the counters; Prometheus's client reads this variable when it is imported."""

_LATENCIES: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class ApiMetrics:
    """Counters of an API worker."""

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
        self._uncounted = Counter(
            "quotidian_requests_uncounted",
            "Requests and attempts to sign in that could not be counted against their limit",
            registry=self.registry,
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

    def miss_limit(self) -> None:
        """Count a request whose limit could not be counted."""
        self._uncounted.inc()


class EngineMetrics:
    """Counters of the engine."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._stored = Counter("quotidian_events_stored", "Events that were new", registry=registry)
        self._duplicate = Counter("quotidian_events_duplicate", "Events that were there already", registry=registry)
        self._dead = Counter("quotidian_events_dead_lettered", "Events that cannot be used", registry=registry)
        self._skipped = Counter("quotidian_events_skipped", "Events of unknown types", registry=registry)
        self.rollup_seconds = Histogram(
            "quotidian_rollup_seconds",
            "Time to bring the days of live events up to date",
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
            registry=registry,
        )

    def add(self, *, stored: int, duplicate: int, dead: int, skipped: int) -> None:
        """Count the events that were taken in."""
        self._stored.inc(stored)
        self._duplicate.inc(duplicate)
        self._dead.inc(dead)
        self._skipped.inc(skipped)


class _GaugeCollector(Collector):
    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges that have a value."""
        for name, text, value in self._gauges:
            if value is not None:
                yield GaugeMetricFamily(f"quotidian_{name}", text, value=value)


class _CounterCollector(Collector):
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        """The counters of all processes.

        A file without contents is of a process that begins it at this moment, or was killed when it did.
        """
        files = [str(each) for each in self._folder.glob("*.db") if each.stat().st_size]
        yield from MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]


def exposition(own: CollectorRegistry, gauges: Iterable[Gauge]) -> bytes:
    """Counters and gauges as Prometheus reads them. Without a server the counters are this process's, `own`."""
    if folder := os.environ.get(METRICS_VARIABLE):
        of_all = CollectorRegistry()
        of_all.register(_CounterCollector(Path(folder)))
        text = generate_latest(of_all)
    else:
        text = generate_latest(own)
    of_this_moment = CollectorRegistry()
    of_this_moment.register(_GaugeCollector(gauges))
    return text + generate_latest(of_this_moment)
