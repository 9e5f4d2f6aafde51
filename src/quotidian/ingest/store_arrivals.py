"""Storing a batch: what it brings, as arrivals. What these are says control/arrivals.py."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from quotidian.control.arrivals import (
    DEAD,
    LATE,
    NO_TYPE,
    OTHER_TYPES,
    STORED,
    USABLE,
    Arrival,
)
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day, Micros, day_of
from quotidian.domain.vocabulary import SCHEMAS
from quotidian.ingest.read import Batch
from quotidian.store.events import Statements
from quotidian.store.sql import statement


class NewEvents(NamedTuple):
    """How many new events have a day, a type and a doubt, and whether any names a campaign, or a canvas.

    `late` of them came more than a day after their time. They came from `first` to `last`.
    """

    day: Day
    type: str
    doubt: str
    number: int
    of_campaign: int
    of_canvas: int
    late: int
    first: Micros
    last: Micros


class UsableRecords(NamedTuple):
    """How many usable records of a batch have a day and a type."""

    day: Day
    type: str
    number: int


def of_new(found: Iterable[NewEvents]) -> list[Arrival]:
    """The events that are stored, and how many of them are late: one of each a day and type."""
    together: dict[tuple[Day, str], list[NewEvents]] = defaultdict(list)
    for each in found:
        together[each.day, each.type].append(each)
    arrivals = []
    for (day, event_type), those in together.items():
        first, last = min(each.first for each in those), max(each.last for each in those)
        arrivals.append(Arrival(day, event_type, STORED, "", sum(each.number for each in those), first, last))
        if late := sum(each.late for each in those):
            arrivals.append(Arrival(day, event_type, LATE, "", late, first, last))
    return arrivals


def of_usable(found: Iterable[UsableRecords], at: Micros) -> list[Arrival]:
    """The records that are events, copies too, of a batch that was taken over at an instant."""
    return [Arrival(each.day, each.type, USABLE, "", each.number, at, at) for each in found]


def of_dead(events: Statements, workspace: Workspace, at: Micros) -> list[Arrival]:
    """The records of the batch table that cannot be used."""
    values = {
        "workspace": workspace.name,
        "timezone": workspace.timezone,
        "today": day_of(workspace.date_of(at)),
        "known_types": tuple(SCHEMAS),
        "no_type": NO_TYPE,
        "other_types": OTHER_TYPES,
    }
    rows = events.rows(statement(__package__, "count_dead"), values, tuple[Day, str, str, int])
    return [Arrival(day, event_type, DEAD, reason, number, at, at) for day, event_type, reason, number in rows]


def when_arrived(batch: Batch, at: Micros) -> dict[str, object]:
    """The values by which select_new.sql says when each event came: with its file, or at `at`."""
    # A list that is bound may not be empty.
    arrived = {"": at, **batch.arrived}
    return {"files": list(arrived), "arrived": list(arrived.values()), "now": at}
