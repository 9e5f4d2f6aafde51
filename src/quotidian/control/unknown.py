"""Event types and fields that came and are not known: by name, how many events had them and when the last one came.

Clients choose the names, so that only a bounded number of them is kept of a workspace; the rest is counted together.
"""

from collections.abc import Collection, Iterable
from typing import Final, Literal, NamedTuple

from sqlalchemy import Connection, select

from quotidian.control.arrivals import UNKNOWN, Arrival, note_arrivals
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Micros, day_of
from quotidian.store.series import replace
from quotidian.store.tables import unknown_names

Kind = Literal["type", "field"]

MOST_NAMES: Final = 100
"""Names of a kind that are kept of a workspace."""

OTHERS: Final = "(others)"
"""Stands for all names beyond these."""


class Unknown(NamedTuple):
    """A name that is not known, the known name that is near ('' for none), and how many events had it."""

    kind: Kind
    name: str
    nearest: str
    events: int


class SeenUnknown(NamedTuple):
    """The same over time; `last_seen` in microseconds."""

    kind: Kind
    name: str
    nearest: str
    events: int
    last_seen: int


def note_unknown(connection: Connection, workspace: Workspace, found: Iterable[Unknown], at: Micros) -> None:
    """Add to what is known to be unknown in a workspace, in the caller's transaction, which writes.

    It came at an instant; types are arrivals of the day on which they came.
    """
    columns = unknown_names.c
    query = select(columns.kind, columns.name, columns.events).where(columns.workspace_id == workspace.id)
    events: dict[tuple[Kind, str], int] = {(kind, name): number for kind, name, number in connection.execute(query)}
    nearest: dict[tuple[Kind, str], str] = {}
    day, arrivals = day_of(workspace.date_of(at)), []
    for each in found:
        name = each.name if (each.kind, each.name) in events or _has_room(events, each.kind) else OTHERS
        key = (each.kind, name)
        events[key] = events.get(key, 0) + each.events
        nearest[key] = "" if name == OTHERS else each.nearest
        if each.kind == "type":
            arrivals.append(Arrival(day, name, UNKNOWN, "", each.events, at, at))
    rows = (
        {
            "workspace_id": workspace.id,
            "kind": kind,
            "name": name,
            "nearest": near,
            "events": events[kind, name],
            "last_seen": at,
        }
        for (kind, name), near in nearest.items()
    )
    replace(connection, unknown_names, rows)
    note_arrivals(connection, workspace.id, arrivals)


def _has_room(events: Collection[tuple[Kind, str]], kind: Kind) -> bool:
    return sum(each == kind and name != OTHERS for each, name in events) < MOST_NAMES


def all_unknown(connection: Connection, workspace: Workspace) -> list[SeenUnknown]:
    """What came into a workspace and is not known: types before fields, most frequent ones first."""
    columns = unknown_names.c
    query = (
        select(columns.kind, columns.name, columns.nearest, columns.events, columns.last_seen)
        .where(columns.workspace_id == workspace.id)
        .order_by(columns.kind.desc(), columns.events.desc(), columns.name)
    )
    return [SeenUnknown(*row) for row in connection.execute(query)]
