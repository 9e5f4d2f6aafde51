"""The table of sessions: users by the million, of whom a sixth is active a day, on 60 of 100 days."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from chdb.session import Session
from clickhouse_driver.util.escape import escape_params
from numpy.typing import NDArray

from quotidian.domain.channels import SESSION_START
from quotidian.store.sql import statement

FIRST_DAY = 20_000
SERIES_DAYS = 100
WINDOW = 30
_IDLE_DAYS = 40  # before the first session

_INSERT = """
INSERT INTO quotidian.events (workspace, type, day, user, time)
SELECT 'default', '{type}', {day}, toFixedString(sipHash128(number), 16), {day} * 86400000000
FROM numbers({users}) WHERE cityHash64(number, {day}) % 100 < 5 + cityHash64(number) % 22
"""


class Sessions:
    """Opens the table, or makes it."""

    def __init__(self, folder: str) -> None:
        self._session: Any = Session(folder)  # type: ignore[no-untyped-call]
        self.run("SET max_memory_usage = 8000000000, max_partitions_per_insert_block = 0")

    def make(self, users: int) -> int:
        """Fill an events table of Quotidian's own; returns the number of sessions."""
        self.run("CREATE DATABASE quotidian")
        self.run(statement("quotidian.store", "create_events"))
        for day in range(FIRST_DAY + _IDLE_DAYS, FIRST_DAY + SERIES_DAYS):
            self.run(_INSERT.format(type=SESSION_START, day=day, users=users))
        self._make_active_days()
        return int(self.rows("SELECT count() FROM quotidian.events")[0][0])

    def _make_active_days(self) -> None:
        """What Quotidian keeps beside the events when it stores them: not a part of what is measured."""
        days = tuple(range(FIRST_DAY, FIRST_DAY + SERIES_DAYS))
        values = {"session_start": SESSION_START, "days": days}
        for kept in ("active_days", "first_days"):
            self.run(statement("quotidian.store", f"create_{kept}"))
            put = statement("quotidian.series.activity", f"put_{kept}").replace("{sessions}", "quotidian.events")
            self.run(put.replace("{active_days}", "quotidian.active_days") % escape_params(values, None))

    def run(self, sql: str) -> None:
        """Run a statement."""
        self._session.query(sql)

    def rows(self, sql: str) -> list[Any]:
        """The rows of a query."""
        lines = self._session.query(sql, "JSONCompactEachRow").bytes()
        return [json.loads(line) for line in bytes(lines).splitlines()]

    def users_of(self, day: int) -> NDArray[np.uint64]:
        """The users of a day, each once, as 64 bits of their hash."""
        sql = f"SELECT DISTINCT reinterpretAsUInt64(user) FROM quotidian.events WHERE day = {FIRST_DAY + day}"
        return np.frombuffer(bytes(self._session.query(sql, "RowBinary").bytes()), np.uint64)


def windows() -> list[range]:
    """The days of each window, of those that have sessions."""
    return [range(max(_IDLE_DAYS, day - WINDOW + 1), day + 1) for day in range(SERIES_DAYS)]


def report(series: Sequence[float], seconds: float, serve_seconds: float) -> None:
    """Print what a way found, and how long it took."""
    print(json.dumps({"series": list(series), "seconds": seconds, "serve_seconds": serve_seconds}))


if __name__ == "__main__":
    print(Sessions(sys.argv[1]).make(int(sys.argv[2])))
