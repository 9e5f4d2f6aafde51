"""How far behind the series are."""

import time
from typing import Final

from sqlalchemy import Engine, func, select

from quotidian.inbox.store import Inbox
from quotidian.store.folder import DataFolder
from quotidian.store.tables import dirty_days
from quotidian.telemetry.heartbeat import read_state

_MICROS: Final = 1_000_000


class Backlog:
    """How far behind the series are, from the stores themselves: it is true even when no engine runs."""

    def __init__(self, folder: DataFolder, series: Engine, inbox: Inbox) -> None:
        now = time.time()
        depth = inbox.depth()
        state = read_state(folder.engine_state)
        with series.connect() as connection:
            self.dirty_days: int = connection.execute(select(func.count()).select_from(dirty_days)).scalar_one()
        self.set_aside = inbox.number_set_aside()
        self.deliveries = depth.deliveries
        self.inbox_bytes = depth.bytes
        self.inbox_seconds = 0.0 if depth.oldest is None else max(0.0, now - depth.oldest / _MICROS)
        self.engine = state
        self.engine_silent_seconds = None if state is None else state.silent_seconds()
        stored_since = state.unpublished_since if state else None
        self.behind_seconds = max(self.inbox_seconds, 0.0 if stored_since is None else now - stored_since)
