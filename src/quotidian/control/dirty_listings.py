"""Which catalogue entries wait to be listed again: `catalogue import` marks them, and the engine lists them."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, select

from quotidian.store.series import add_missing
from quotidian.store.tables import dirty_listings


def mark_listings(connection: Connection, workspace_id: int, kind: str, ids: Iterable[str]) -> None:
    """Mark entries of a kind as changed."""
    add_missing(connection, dirty_listings, ({"workspace_id": workspace_id, "kind": kind, "id": each} for each in ids))


def changed_listings(connection: Connection, workspace_id: int, kind: str) -> list[str]:
    """The ids that are marked, ascending."""
    query = select(dirty_listings.c.id).filter_by(workspace_id=workspace_id, kind=kind)
    return list(connection.execute(query.order_by(dirty_listings.c.id)).scalars())


def has_changed_listings(connection: Connection) -> bool:
    """Whether any entry is marked."""
    return connection.execute(select(dirty_listings.c.id).limit(1)).first() is not None


def clean_listings(connection: Connection, workspace_id: int) -> None:
    """Unmark all entries, in the transaction that lists them."""
    connection.execute(delete(dirty_listings).where(dirty_listings.c.workspace_id == workspace_id))
