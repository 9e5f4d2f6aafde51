"""Event types that used to come and do not come any more."""

from collections import defaultdict
from typing import Final, NamedTuple

from sqlalchemy import Connection

from quotidian.control.arrivals import read_arrivals
from quotidian.domain.days import Day

USUAL_DAYS: Final = 7
"""Days, up to the last on which a type came, that say whether it used to come."""

FORGOTTEN_DAYS: Final = 30
"""A type that has not come for longer is not missed any more."""


class Missing(NamedTuple):
    """A type that does not come any more: the last day with events, and on how many of USUAL_DAYS it came until then.

    `last_arrival` is when the last of that day's events came, in microseconds.
    """

    event_type: str
    last_day: Day
    days: int
    last_arrival: int


def missing_types(
    connection: Connection, workspace_id: int, today: Day, regular_days: int, silent_days: int
) -> list[Missing]:
    """The types of which there are no events of today and of the last `silent_days` whole days, but of days before.

    A type used to come if it did on at least `regular_days` of the USUAL_DAYS that end with its last day.
    """
    first = today - silent_days - FORGOTTEN_DAYS
    arrivals: dict[str, dict[Day, int]] = defaultdict(dict)
    for each in read_arrivals(connection, workspace_id, Day(first - USUAL_DAYS + 1), today):
        if each.last_arrival is not None:
            arrivals[each.event_type][each.day] = each.last_arrival
    missing = []
    for event_type, days in arrivals.items():
        last = max(days)
        came = sum(last - USUAL_DAYS < day for day in days)
        if first <= last < today - silent_days and came >= regular_days:
            missing.append(Missing(event_type, last, came, days[last]))
    return sorted(missing)
