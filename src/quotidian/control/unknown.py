"""Event types and fields that came and are not known: by name, how many events had them and when the last one came.

Clients choose the names, so that only a bounded number of them is kept of a workspace; the rest is counted together.
"""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import now_micros
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


def note_unknown(connection: Connection, workspace_id: int, found: Iterable[Unknown]) -> None:
    """Add to what is known to be unknown in a workspace."""
    columns = unknown_names.c
    query = select(columns.kind, columns.name).where(columns.workspace_id == workspace_id, columns.name != OTHERS)
    kept = {(kind, name) for kind, name in connection.execute(query)}
    rows: dict[tuple[str, str], dict[str, object]] = {}
    events: dict[tuple[str, str], int] = {}
    for each in found:
        name = each.name
        if (each.kind, name) not in kept:
            if name == OTHERS or sum(kind == each.kind for kind, _ in kept) >= MOST_NAMES:
                name = OTHERS
            else:
                kept.add((each.kind, name))
        key = (each.kind, name)
        events[key] = events.get(key, 0) + each.events
        rows[key] = {"kind": each.kind, "name": name, "nearest": "" if name == OTHERS else each.nearest}
    more = {"workspace_id": workspace_id, "last_seen": now_micros()}
    _add(connection, [{**row, **more, "events": events[key]} for key, row in rows.items()])


def _add(connection: Connection, rows: list[dict[str, object]]) -> None:
    if not rows:
        return
    statement = insert(unknown_names)
    new, columns = statement.excluded, unknown_names.c
    changed = {"events": columns.events + new.events, "last_seen": new.last_seen, "nearest": new.nearest}
    key = [column.name for column in unknown_names.primary_key]
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changed), rows)


def all_unknown(connection: Connection, workspace: Workspace) -> list[SeenUnknown]:
    """What came into a workspace and is not known: types before fields, most frequent ones first."""
    columns = unknown_names.c
    query = (
        select(columns.kind, columns.name, columns.nearest, columns.events, columns.last_seen)
        .where(columns.workspace_id == workspace.id)
        .order_by(columns.kind.desc(), columns.events.desc(), columns.name)
    )
    return [SeenUnknown(*row) for row in connection.execute(query)]
