"""How far behind the series are."""

import time
from collections.abc import Iterator
from typing import Final

from sqlalchemy import Engine

from quotidian.control.dirty_days import count_out_of_date
from quotidian.inbox.inboxes import Inboxes
from quotidian.store.folder import DataFolder
from quotidian.telemetry.heartbeat import read_state
from quotidian.telemetry.metrics import Gauge

_MICROS: Final = 1_000_000


class Backlog:
    """How far behind the series are, read from the stores, so that it is right even if no engine runs."""

    def __init__(self, folder: DataFolder, series: Engine, inboxes: Inboxes) -> None:
        now = time.time()
        depth = inboxes.depth()
        state = read_state(folder.engine_state)
        with series.connect() as connection:
            self.dirty_days = count_out_of_date(connection)
        self.set_aside = inboxes.number_set_aside()
        self.deliveries = depth.deliveries
        self.inbox_bytes = depth.bytes
        self.inbox_seconds = 0.0 if depth.oldest is None else max(0.0, now - depth.oldest / _MICROS)
        self.engine = state
        self.engine_silent_seconds = None if state is None else state.silent_seconds()
        stored_since = state.unpublished_since if state else None
        self.behind_seconds = max(self.inbox_seconds, 0.0 if stored_since is None else now - stored_since)

    def gauges(self) -> Iterator[Gauge]:
        """The same as gauges of /metrics."""
        yield Gauge("inbox_deliveries", "Acknowledged requests that are not in the event store yet", self.deliveries)
        yield Gauge("inbox_bytes", "Their size", self.inbox_bytes)
        yield Gauge("inbox_age_seconds", "Age of the oldest of them", self.inbox_seconds)
        yield Gauge("set_aside_deliveries", "Acknowledged requests that the event store refuses", self.set_aside)
        yield Gauge("dirty_days", "Days whose series are out of date", self.dirty_days)
        yield Gauge("freshness_seconds", "Age of the oldest live event that is not in the series", self.behind_seconds)
        yield Gauge("engine_silent_seconds", "Time since the engine's last sign of life", self.engine_silent_seconds)
        rolled_up_at = (self.engine.rolled_up_at or None) if self.engine else None
        yield Gauge("newest_point_timestamp_seconds", "When live events last became points", rolled_up_at)
