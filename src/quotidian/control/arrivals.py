"""What arrived: how many records of which day and type came, when, and what became of them.

It is noted as events are stored, and cannot be made again from them. The rules:

- A record is of the day of its time. One without a usable time, or of an unknown type, is of the day on which it came.
- STORED are events, each once. LATE are those of them that came more than LATE_MICROS after their time.
- USABLE are all records that are events, copies too: those that are not STORED are duplicates. They are noted when all
  of their batch is stored. So of a batch that is interrupted and comes again, nothing is a duplicate of itself.
- DEAD are records that cannot be used, by reason; UNKNOWN those of types that are not known.

What is delivered again, such as a file that is loaded twice, counts again, but for STORED and LATE.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final, Literal, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, delete, func, select, update

from quotidian.domain.chunks import chunks
from quotidian.domain.days import Day, Micros
from quotidian.domain.vocabulary import SCHEMAS
from quotidian.store.series import merge, replace
from quotidian.store.tables import arrivals, arriving, workspaces

Fate = Literal["stored", "late", "usable", "dead", "unknown"]
STORED: Final = "stored"
LATE: Final = "late"
USABLE: Final = "usable"
DEAD: Final = "dead"
UNKNOWN: Final = "unknown"

LATE_MICROS: Final = 86_400 * 1_000_000
"""An event is late if it came longer than this after its time."""

_ASKED_AT_ONCE: Final = 500
_READ_ROWS: Final = 1_000

NO_TYPE: Final = "(none)"
OTHER_TYPES: Final = "(others)"
"""The type by which dead records count whose type is not known: clients choose its name."""


class Arrival(NamedTuple):
    """Records of a day, type and fate; `first` and `last` are when the first and the last of them came."""

    day: Day
    event_type: str
    fate: Fate
    reason: str
    records: int
    first: Micros
    last: Micros


class Arriving(NamedTuple):
    """What a batch brings that is being stored: it may not be stored, or only in part."""

    workspace_id: int
    batch: int
    arrivals: list[Arrival]


@dataclass(frozen=True)
class TypeOfDay:
    """What came of a type and day. `events` are distinct; arrivals in microseconds, None if no event came.

    `dead` is the number of records that cannot be used, by reason.
    """

    day: Day
    event_type: str
    events: int = 0
    first_arrival: Micros | None = None
    last_arrival: Micros | None = None
    duplicates: int = 0
    late: int = 0
    dead: dict[str, int] = field(default_factory=dict)
    unknown: int = 0


def type_of_dead(event_type: str) -> str:
    """The type by which a dead record counts."""
    return event_type if event_type in SCHEMAS or event_type == NO_TYPE else OTHER_TYPES


@dataclass
class ArrivalTally:
    """Arrivals by workspace id, added up until they are taken.

    A dataclass, because the report of a load has one, and the engine sends reports to commands.
    """

    _found: dict[int, list[Arrival]] = field(default_factory=dict)

    def add(self, workspace_id: int, found: Iterable[Arrival]) -> None:
        """Count some more of a workspace."""
        self._found.setdefault(workspace_id, []).extend(found)

    def take(self) -> Mapping[int, list[Arrival]]:
        """Those since the last call."""
        found, self._found = self._found, {}
        return found


def note_arrivals(connection: Connection, workspace_id: int, found: Iterable[Arrival]) -> None:
    """Count arrivals of a workspace, in the caller's transaction, which writes."""
    rows = (
        {
            "workspace_id": workspace_id,
            "day": each.day,
            "event_type": each.event_type,
            "fate": each.fate,
            "reason": each.reason,
            "records": each.records,
            "first_arrival": each.first,
            "last_arrival": each.last,
        }
        for each in found
    )
    merge(connection, arrivals, rows)


def note_arriving(connection: Connection, coming: Arriving) -> None:
    """Note what a batch brings, before it is stored: what was noted of another one is settled by then."""
    told = {"workspace_id": coming.workspace_id, "batch": coming.batch}
    replace(connection, arriving, [{**told, "arrivals": msgspec.json.encode(coming.arrivals)}])


def what_is_arriving(connection: Connection) -> list[Arriving]:
    """What was being stored when it was interrupted, if anything."""
    return [
        Arriving(row.workspace_id, row.batch, msgspec.json.decode(row.arrivals, type=list[Arrival]))
        for row in connection.execute(select(arriving))
    ]


def note_arrived(connection: Connection, coming: Arriving) -> None:
    """Count what a batch has brought, now that it is stored: by day and type, and all events of the workspace."""
    note_arrivals(connection, coming.workspace_id, coming.arrivals)
    stored = sum(each.records for each in coming.arrivals if each.fate == STORED)
    more = update(workspaces).where(workspaces.c.id == coming.workspace_id)
    connection.execute(more.values(events=workspaces.c.events + stored))
    connection.execute(delete(arriving).where(arriving.c.workspace_id == coming.workspace_id))


def stored_of(connection: Connection, workspace_id: int, days: Collection[Day]) -> dict[tuple[Day, str], int]:
    """How many events of some days are counted as stored, by day and type."""
    columns = arrivals.c
    found = {}
    for chunk in chunks(days, _ASKED_AT_ONCE):
        wanted = (columns.workspace_id == workspace_id) & (columns.fate == STORED) & columns.day.in_(chunk)
        query = select(columns.day, columns.event_type, columns.records).where(wanted)
        found.update({(day, event_type): records for day, event_type, records in connection.execute(query)})
    return found


def correct_stored(
    connection: Connection, workspace_id: int, counted: Mapping[tuple[Day, str], int], at: Micros
) -> None:
    """Say how many events of every day and type are stored, whatever was counted before.

    Those that are more are said to have come at `at`. Duplicates stay as many as they were.
    """
    columns = arrivals.c
    of_workspace = columns.workspace_id == workspace_id
    connection.execute(delete(arriving).where(arriving.c.workspace_id == workspace_id))
    query = select(columns.day, columns.event_type, columns.fate, columns.records).where(
        of_workspace, columns.fate.in_((STORED, LATE))
    )
    before = {(day, event_type, fate): number for day, event_type, fate, number in connection.execute(query)}
    corrections = []
    for day, event_type in {*counted, *((day, event_type) for day, event_type, _ in before)}:
        events = counted.get((day, event_type), 0)
        more = events - before.get((day, event_type, STORED), 0)
        fewer_late = min(0, events - before.get((day, event_type, LATE), 0))
        changes: tuple[tuple[Fate, int], ...] = ((STORED, more), (USABLE, more), (LATE, fewer_late))
        corrections += [
            # What is fewer has come at no time.
            Arrival(day, event_type, fate, "", number, at, at if number > 0 else Micros(0))
            for fate, number in changes
            if number
        ]
    note_arrivals(connection, workspace_id, corrections)
    connection.execute(delete(arrivals).where(of_workspace, columns.fate.in_((STORED, LATE)), columns.records == 0))


def read_arrivals(connection: Connection, workspace_id: int, first: Day, last: Day) -> Iterator[TypeOfDay]:
    """What came of the days from `first` to `last`, by day and type, ascending; no row where nothing came."""
    columns = arrivals.c
    query = (
        select(arrivals)
        .where(columns.workspace_id == workspace_id, columns.day.between(first, last))
        .order_by(columns.day, columns.event_type)
    )
    rows = connection.execute(query.execution_options(yield_per=_READ_ROWS))
    for (day, event_type), found in groupby(rows, lambda row: (row.day, row.event_type)):
        yield _type_of_day(day, event_type, list(found))


def last_arrival(connection: Connection, workspace_id: int, first: Day, last: Day) -> Micros | None:
    """When the newest of the events of the days from `first` to `last` came; None if none did."""
    columns = arrivals.c
    wanted = (columns.workspace_id == workspace_id) & columns.day.between(first, last) & (columns.fate == STORED)
    newest: int | None = connection.execute(select(func.max(columns.last_arrival)).where(wanted)).scalar_one()
    return None if newest is None else Micros(newest)


def types_between(connection: Connection, workspace_id: int, first: Day, last: Day) -> list[str]:
    """The types of which something came of the days from `first` to `last`, in order."""
    columns = arrivals.c
    wanted = (columns.workspace_id == workspace_id) & columns.day.between(first, last)
    query = select(columns.event_type).where(wanted).distinct().order_by(columns.event_type)
    return list(connection.execute(query).scalars())


def _type_of_day(day: Day, event_type: str, rows: list[Row[Any]]) -> TypeOfDay:
    by_fate = {row.fate: row for row in rows}
    number = {fate: row.records for fate, row in by_fate.items()}
    stored = by_fate.get(STORED)
    events = number.get(STORED, 0)
    return TypeOfDay(
        day,
        event_type,
        events,
        stored.first_arrival if stored else None,
        stored.last_arrival if stored else None,
        # Fewer are USABLE than STORED as long as a batch that was interrupted has not come again.
        max(0, number.get(USABLE, 0) - events),
        number.get(LATE, 0),
        {row.reason: row.records for row in rows if row.fate == DEAD},
        number.get(UNKNOWN, 0),
    )


def count_stored(connection: Connection) -> int:
    """How many events have been stored, of all workspaces."""
    return int(connection.execute(select(func.coalesce(func.sum(workspaces.c.events), 0))).scalar_one())
