"""Lists and details of campaigns, canvases and segments, as served."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, Select, func, select

from quotidian.control.workspaces import Workspace
from quotidian.domain.kinds import EVENT
from quotidian.series.listing.search import texts_of
from quotidian.store.tables import listed, names

ITEMS_A_PAGE: Final = 100
_MOST_ROWS = 1 << 62


def list_items(  # noqa: PLR0913 - one for each of the endpoints' parameters
    connection: Connection,
    workspace: Workspace,
    kind: str,
    page: int,
    *,
    include_archived: bool = False,
    descending: bool,
    edited_after: int | None = None,
) -> list[bytes]:
    """A page of items by creation, JSON objects; empty past the end. `edited_after` is in microseconds."""
    columns = listed.c
    query = _items(workspace, kind, include_archived=include_archived)
    if edited_after is not None:
        query = query.where(columns.last_edited > edited_after)
    order = (columns.created_at, columns.id)
    query = query.order_by(*(column.desc() for column in order)) if descending else query.order_by(*order)
    offset = min(page * ITEMS_A_PAGE, _MOST_ROWS)
    return list(connection.execute(query.limit(ITEMS_A_PAGE).offset(offset)).scalars())


def all_items(connection: Connection, workspace: Workspace, kind: str, *, include_archived: bool) -> Iterator[bytes]:
    """All items by name in upper or lower case, and by id where names are equal, JSON objects."""
    query = _items(workspace, kind, include_archived=include_archived)
    yield from connection.execute(query.order_by(func.lower(listed.c.name), listed.c.id)).scalars()


def _items(workspace: Workspace, kind: str, *, include_archived: bool) -> Select[bytes]:
    query = select(listed.c.item).where(listed.c.workspace_id == workspace.id, listed.c.kind == kind)
    return query if include_archived else query.where(~listed.c.archived)


def item_names(connection: Connection, workspace: Workspace, kind: str) -> list[tuple[str, str]]:
    """The id and name of each item, archived ones too, by name."""
    query = select(listed.c.id, listed.c.name).filter_by(workspace_id=workspace.id, kind=kind)
    return [(row.id, row.name) for row in connection.execute(query.order_by(listed.c.name, listed.c.id))]


def tags_in_use(connection: Connection, workspace: Workspace, kind: str) -> list[str]:
    """The tags that any campaign, canvas, segment or custom event has, in order of code points."""
    table = names if kind == EVENT else listed
    query = select(table.c.tags).distinct().filter_by(workspace_id=workspace.id, kind=kind)
    return sorted({tag for tags in connection.execute(query).scalars() for tag in texts_of(tags)})


def item_details(connection: Connection, workspace: Workspace, kind: str, item_id: str) -> bytes | None:
    """The details of a campaign, canvas or segment, a JSON object, or None if there is none."""
    query = select(listed.c.details).filter_by(workspace_id=workspace.id, kind=kind, id=item_id)
    return connection.execute(query).scalar_one_or_none()


def item_name(connection: Connection, workspace: Workspace, kind: str, item_id: str) -> str | None:
    """The name under which it is listed, or None if there is none."""
    query = select(listed.c.name).filter_by(workspace_id=workspace.id, kind=kind, id=item_id)
    return connection.execute(query).scalar_one_or_none()
