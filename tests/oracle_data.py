"""What `/v1/data` says, in slow plain Python: from what was delivered, in order, and nothing that the program stores.

Written from semantics.md §1, §8 and §9 and docs/loading.md. Times of records are numbers here, or nothing usable.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from currents import VOCABULARY

Json = dict[str, Any]
Key = tuple[str, str]
"""A date and an event type."""

DAY = 86_400
END_OF_TIME = 1 << 32


@dataclass
class Came:
    """What came of a date and type; `arrivals` of its events, in seconds: between when and when each came."""

    arrivals: list[tuple[float, float]] = field(default_factory=list)
    duplicates: int = 0
    late: int = 0
    dead: dict[str, int] = field(default_factory=dict)
    unknown: int = 0


class DataOracle:
    """Is told of everything that is delivered to a workspace, and when."""

    def __init__(self, timezone: str) -> None:
        self.rows: dict[Key, Came] = {}
        self._zone = ZoneInfo(timezone)
        self._seen: set[object] = set()

    def deliver(self, records: Iterable[Json], begin: float, end: float) -> None:
        """Records came between two instants, so close to each other that it does not matter when."""
        for record in records:
            self._deliver(record, begin, end)

    def _deliver(self, record: Json, begin: float, end: float) -> None:
        event_type, time = record.get("event_type"), record.get("time")
        is_time = isinstance(time, (int, float)) and 0 <= time < END_OF_TIME
        day = self._date(time if is_time and time is not None else begin)
        if event_type and event_type not in VOCABULARY:
            self._row(self._date(begin), event_type).unknown += 1
        elif reason := why_dead(record, is_time=is_time):
            dead = self._row(day, event_type or "(none)").dead
            dead[reason] = dead.get(reason, 0) + 1
        elif event_type and time is not None:
            row = self._row(day, event_type)
            identity = (record["id"], int(time), record["user"].get("user_id"))
            if identity in self._seen:
                row.duplicates += 1
            else:
                self._seen.add(identity)
                row.arrivals.append((begin, end))
                row.late += begin - time > DAY

    def _date(self, instant: float) -> str:
        return datetime.fromtimestamp(instant, self._zone).date().isoformat()

    def _row(self, date: str, event_type: str) -> Came:
        return self.rows.setdefault((date, event_type), Came())


def why_dead(record: Json, *, is_time: bool) -> str:
    """Why a record of a known type, or of none, cannot be used; '' if it can."""
    if not record.get("event_type"):
        return "no event type"
    if not record.get("id"):
        return "no id"
    if not is_time:
        is_too_large = isinstance(record.get("time"), (int, float)) and record["time"] >= END_OF_TIME
        return "time looks like milliseconds" if is_too_large else "no usable time"
    if not record.get("user", {}).get("user_id"):
        return "no user"
    return ""
