"""The names of custom events and products that clients can ask for (semantics.md §7)."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, delete, select

from quotidian.catalogue.file import CustomEvent
from quotidian.control.workspaces import Workspace
from quotidian.domain.kinds import EVENT
from quotidian.series.listing.search import lines, sought
from quotidian.store.series import add_missing, replace
from quotidian.store.tables import names

_NOTHING_SAID: Final = CustomEvent()


def _item(name: str, event: CustomEvent) -> bytes:
    """A custom event as `/events` lists it, a JSON object."""
    item = {
        "name": name,
        "description": event.description,
        "included_in_analytics_report": True,
        "status": event.status,
        "tag_names": event.tags,
    }
    return msgspec.json.encode(item)


def learn(connection: Connection, workspace: Workspace, found: Iterable[tuple[str, str]]) -> None:
    """Add names, as (kind, name), that are not there yet."""
    add_missing(connection, names, (_row(workspace, kind, name) for kind, name in found))


def describe_event(connection: Connection, workspace: Workspace, name: str, event: CustomEvent) -> None:
    """Add a custom event, or replace what is said of it."""
    replace(connection, names, [_row(workspace, EVENT, name, event)])


def forget_event(connection: Connection, workspace: Workspace, name: str) -> None:
    """Remove a custom event that neither events nor the catalogue name."""
    of_kind = (names.c.workspace_id == workspace.id) & (names.c.kind == EVENT)
    connection.execute(delete(names).where(of_kind, names.c.name == name))


def _row(workspace: Workspace, kind: str, name: str, event: CustomEvent = _NOTHING_SAID) -> dict[str, Any]:
    return {
        "workspace_id": workspace.id,
        "kind": kind,
        "name": name,
        "sought": sought(name),
        "tags": lines(event.tags),
        "item": _item(name, event),
    }


def is_known(connection: Connection, workspace: Workspace, kind: str, name: str) -> bool:
    """Whether there is such an event or product."""
    query = select(names.c.name).filter_by(workspace_id=workspace.id, kind=kind, name=name)
    return connection.execute(query).one_or_none() is not None


def read_event(connection: Connection, workspace: Workspace, name: str) -> bytes | None:
    """A custom event as `/events` lists it, a JSON object; None if there is none of that name."""
    query = select(names.c.item).filter_by(workspace_id=workspace.id, kind=EVENT, name=name)
    return connection.execute(query).scalar_one_or_none()


ALL: Final = 1 << 62
"""A limit for all names."""


def list_names(connection: Connection, workspace: Workspace, kind: str, offset: int, limit: int) -> list[str]:
    """At most `limit` names in order of code points, from an offset."""
    query = select(names.c.name).filter_by(workspace_id=workspace.id, kind=kind).order_by(names.c.name)
    return list(connection.execute(query.limit(limit).offset(offset)).scalars())


def list_events(connection: Connection, workspace: Workspace, after: str, limit: int) -> list[tuple[str, bytes]]:
    """Custom events that come after a name in alphabetical order, as (name, JSON object)."""
    query = select(names.c.name, names.c.item).filter_by(workspace_id=workspace.id, kind=EVENT)
    rows = connection.execute(query.where(names.c.name > after).order_by(names.c.name).limit(limit))
    return [(row.name, row.item) for row in rows]
