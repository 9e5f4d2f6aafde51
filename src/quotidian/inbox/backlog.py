"""How far behind the series are."""

import time
from collections.abc import Iterator
from typing import Final

from sqlalchemy import Engine

from quotidian.control.dirty_days import count_out_of_date
from quotidian.control.leader import read_leader
from quotidian.control.nodes import all_nodes
from quotidian.inbox.inboxes import Inboxes
from quotidian.store.folder import DataFolder
from quotidian.telemetry.gauges import Gauge
from quotidian.telemetry.heartbeat import EngineState, read_state

_MICROS: Final = 1_000_000


class Backlog:
    """How far behind the series are, read from the stores, so that it is right even if no engine runs.

    Of several nodes it is what waits in the inboxes of all, which each of them tells. `engine` is that of this one.
    """

    def __init__(self, folder: DataFolder, series: Engine, inboxes: Inboxes) -> None:
        now = time.time()
        with series.connect() as connection:
            self.dirty_days = count_out_of_date(connection)
            self.nodes = all_nodes(connection)
            self.leader = read_leader(connection)
        others = [each.state for each in self.nodes if each.identity != inboxes.own.identity]
        depth = inboxes.depth()
        waited = 0.0 if depth.oldest is None else max(0.0, now - depth.oldest / _MICROS)
        self.set_aside = inboxes.number_set_aside()
        self.deliveries = depth.deliveries + sum(each.waiting for each in others)
        self.inbox_bytes = depth.bytes + sum(each.waiting_bytes for each in others)
        self.inbox_seconds = max(waited, *(each.waiting_seconds for each in others), 0.0)
        self.engine = read_state(folder.engine_state)
        self.engine_silent_seconds = None if self.engine is None else self.engine.silent_seconds()
        leading = self._leading()
        self.rolled_up_at = leading.rolled_up_at if leading else None
        stored_since = leading.unpublished_since if leading else None
        self.behind_seconds = max(self.inbox_seconds, 0.0 if stored_since is None else now - stored_since)

    def _leading(self) -> EngineState | None:
        """The engine that leads; if no other node's does, that of this one."""
        return next((each.state.engine for each in self.nodes if each.leads(self.leader)), self.engine)

    def gauges(self) -> Iterator[Gauge]:
        """The same as gauges of /metrics."""
        yield Gauge("inbox_deliveries", "Acknowledged requests that are not in the event store yet", self.deliveries)
        yield Gauge("inbox_bytes", "Their size", self.inbox_bytes)
        yield Gauge("inbox_age_seconds", "Age of the oldest of them", self.inbox_seconds)
        yield Gauge("set_aside_deliveries", "Acknowledged requests that the event store refuses", self.set_aside)
        yield Gauge("dirty_days", "Days whose series are out of date", self.dirty_days)
        yield Gauge("freshness_seconds", "Age of the oldest live event that is not in the series", self.behind_seconds)
        yield Gauge("engine_silent_seconds", "Time since the engine's last sign of life", self.engine_silent_seconds)
        yield Gauge("newest_point_timestamp_seconds", "When live events last became points", self.rolled_up_at or None)
        leads = self.engine.leads if self.engine else None
        yield Gauge("leads", "Whether the engine of this node changes events and series", leads)
        if self.nodes:
            live = sum(each.is_live for each in self.nodes)
            yield Gauge("live_nodes", "Nodes of the database that have said lately how they are", live)
