"""Lists and details of campaigns, as served."""

from typing import Final

from sqlalchemy import Connection, select

from quotidian.series.tables import campaigns
from quotidian.workspaces import Workspace

CAMPAIGNS_A_PAGE: Final = 100
_MOST_ROWS = 1 << 62


def list_campaigns(  # noqa: PLR0913 - one for each of the endpoint's parameters
    connection: Connection,
    workspace: Workspace,
    page: int,
    *,
    include_archived: bool,
    descending: bool,
    edited_after: int | None,
) -> list[bytes]:
    """A page of campaigns by creation, each a JSON object; empty past the end. `edited_after` in microseconds."""
    columns = campaigns.c
    query = select(columns.item).where(columns.workspace_id == workspace.id)
    if not include_archived:
        query = query.where(~columns.archived)
    if edited_after is not None:
        query = query.where(columns.last_edited > edited_after)
    order = (columns.created_at, columns.campaign_id)
    query = query.order_by(*(column.desc() for column in order)) if descending else query.order_by(*order)
    offset = min(page * CAMPAIGNS_A_PAGE, _MOST_ROWS)
    return list(connection.execute(query.limit(CAMPAIGNS_A_PAGE).offset(offset)).scalars())


def campaign_details(connection: Connection, workspace: Workspace, campaign_id: str) -> bytes | None:
    """The details of a campaign, a JSON object, or None if there is no such campaign."""
    query = select(campaigns.c.details).filter_by(workspace_id=workspace.id, campaign_id=campaign_id)
    return connection.execute(query).scalar_one_or_none()
