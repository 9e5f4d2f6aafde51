"""Takes entries out of the catalogue again: what an import has said of an id, or a rate."""

from typing import Final, Literal

from sqlalchemy import Connection, delete, select

from quotidian.catalogue.entries import LISTED_KINDS, mark_money, money_of, read_entries
from quotidian.control.dirty_days import CANVASES
from quotidian.control.dirty_listings import mark_listings
from quotidian.control.dirty_parts import mark_to_render
from quotidian.control.dirty_segments import forget_segment
from quotidian.control.workspaces import Workspace
from quotidian.domain.errors import UserError
from quotidian.domain.kinds import CANVAS, SEGMENT
from quotidian.domain.nearest import nearest
from quotidian.store.tables import catalogue, rates

Kind = Literal["campaign", "canvas", "segment", "app", "event", "rate"]
RATE: Final = "rate"
_LIKENESS: Final = 0.6


def remove_entry(connection: Connection, workspace: Workspace, kind: Kind, entry_id: str) -> None:
    """Remove an entry, or the rate of a currency. Days and lists that this changes are marked dirty.

    Raises UserError if there is none.
    """
    before = money_of(connection, workspace)
    if kind == RATE:
        removed = delete(rates).where(rates.c.workspace_id == workspace.id, rates.c.currency == entry_id)
    else:
        columns = catalogue.c
        of_kind = (columns.workspace_id == workspace.id) & (columns.kind == kind)
        removed = delete(catalogue).where(of_kind, columns.id == entry_id)
    if not connection.execute(removed).rowcount:
        raise UserError(_none(connection, workspace, kind, entry_id))
    if kind in LISTED_KINDS:
        # Lists follow, and the sizes of a segment go, where marked entries are published.
        mark_listings(connection, workspace.id, kind, [entry_id])
    if kind == SEGMENT:
        forget_segment(connection, workspace.id, entry_id)
    if kind == CANVAS:
        mark_to_render(connection, workspace.id, CANVASES, [entry_id])
    mark_money(connection, workspace, before)


def kept_rates(connection: Connection, workspace: Workspace) -> dict[str, str]:
    """The rates that were imported, US dollars for one unit, by currency."""
    columns = rates.c
    query = select(columns.currency, columns.usd).where(columns.workspace_id == workspace.id)
    return {row.currency: row.usd for row in connection.execute(query.order_by(columns.currency))}


def _none(connection: Connection, workspace: Workspace, kind: Kind, entry_id: str) -> str:
    known = (
        kept_rates(connection, workspace).keys() if kind == RATE else read_entries(connection, workspace, kind).keys()
    )
    near = nearest(entry_id, known, _LIKENESS)
    right = f"the nearest is {near!r}" if near else f"it has {len(known) or 'none'} of that kind"
    return f"The catalogue has no {kind} {entry_id!r}; {right} (see: quotidian catalogue list)"
