"""What came over many days, added up by the database: by day, by type, and by reason of what is dead."""

from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, case, func, select

from quotidian.control.arrivals import DEAD, LATE, STORED, UNKNOWN, USABLE
from quotidian.domain.days import Day, Micros, Slice
from quotidian.store.tables import arrivals


class Came(NamedTuple):
    """As TypeOfDay (control/arrivals.py), added up; `dead` whatever the reason."""

    events: int
    late: int
    duplicates: int
    dead: int
    unknown: int
    last_arrival: Micros | None


NOTHING: Final = Came(0, 0, 0, 0, 0, None)


class Dead(NamedTuple):
    """How many records of a type cannot be used for a reason."""

    reason: str
    event_type: str
    records: int


def came_by_day(connection: Connection, workspace_id: int, days: Slice) -> dict[Day, Came]:
    """What came of each day of a slice of which anything did."""
    return {key: Came(*sums) for key, *sums in connection.execute(_sums("day", workspace_id, days))}


def came_by_type(connection: Connection, workspace_id: int, days: Slice) -> dict[str, Came]:
    """What came of each type of which anything did, in order."""
    return {key: Came(*sums) for key, *sums in connection.execute(_sums("event_type", workspace_id, days))}


def dead_by_reason(connection: Connection, workspace_id: int, days: Slice) -> list[Dead]:
    """What cannot be used, most frequent first."""
    columns = arrivals.c
    records = func.sum(columns.records)
    query = (
        select(columns.reason, columns.event_type, records)
        .where(columns.workspace_id == workspace_id, columns.day.between(*days), columns.fate == DEAD)
        .group_by(columns.reason, columns.event_type)
        .order_by(records.desc(), columns.reason, columns.event_type)
    )
    return [Dead(*row) for row in connection.execute(query)]


def _sums(key: str, workspace_id: int, days: Slice) -> Select[Any]:
    each = _by_day_and_type(workspace_id, days)
    # Duplicates are those of a day and type: elsewhere fewer may be usable than stored (control/arrivals.py).
    duplicates = case((each.c.usable > each.c.stored, each.c.usable - each.c.stored), else_=0)
    sums = (each.c.stored, each.c.late, duplicates, each.c.dead, each.c.unknown)
    by = each.c[key]
    return select(by, *map(func.sum, sums), func.max(each.c.last_arrival)).group_by(by).order_by(by)


def _by_day_and_type(workspace_id: int, days: Slice) -> Any:
    columns = arrivals.c
    fates = (STORED, LATE, USABLE, DEAD, UNKNOWN)
    numbers = (func.sum(case((columns.fate == fate, columns.records), else_=0)).label(fate) for fate in fates)
    came = func.max(case((columns.fate == STORED, columns.last_arrival))).label("last_arrival")
    return (
        select(columns.day, columns.event_type, *numbers, came)
        .where(columns.workspace_id == workspace_id, columns.day.between(*days))
        .group_by(columns.day, columns.event_type)
        .subquery()
    )
