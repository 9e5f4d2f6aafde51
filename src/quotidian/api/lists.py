"""Lists and details of campaigns and canvases (semantics.md §7)."""

from msgspec import field

from quotidian.api.parameters import Query
from quotidian.api.queries import CampaignId, CanvasId, Descending, EditedAfter, IncludeArchived, Page
from quotidian.api.request import Answer, Request, success, success_list
from quotidian.domain.kinds import CAMPAIGN, CANVAS
from quotidian.series.listing.read import item_details, list_items
from quotidian.series.read import UnknownSubject


class ItemPage(Page):
    """A page of campaigns or canvases."""

    include_archived: IncludeArchived = False
    descending: Descending = field(name="sort_direction", default=False)
    edited_after: EditedAfter = field(name="last_edit.time[gt]", default=None)


class OneCampaign(Query):
    """A campaign."""

    campaign_id: CampaignId


class OneCanvas(Query):
    """A canvas."""

    canvas_id: CanvasId


def campaigns(request: Request[ItemPage]) -> Answer:
    """`/campaigns/list`."""
    return success_list("campaigns", _items(request, CAMPAIGN))


def canvases(request: Request[ItemPage]) -> Answer:
    """`/canvas/list`."""
    return success_list("canvases", _items(request, CANVAS))


def _items(request: Request[ItemPage], kind: str) -> list[bytes]:
    asked = request.parameters
    return list_items(
        request.connection,
        request.workspace,
        kind,
        asked.page,
        include_archived=asked.include_archived,
        descending=asked.descending,
        edited_after=asked.edited_after,
    )


def campaign(request: Request[OneCampaign]) -> Answer:
    """`/campaigns/details`."""
    return details(request, CAMPAIGN, request.parameters.campaign_id)


def canvas(request: Request[OneCanvas]) -> Answer:
    """`/canvas/details`."""
    return details(request, CANVAS, request.parameters.canvas_id)


def details(request: Request[Query], kind: str, item_id: str) -> Answer:
    """The details of a campaign, canvas or segment. Raises UnknownSubject."""
    found = item_details(request.connection, request.workspace, kind, item_id)
    if found is None:
        raise UnknownSubject(request.workspace, kind, item_id)
    return success(found[1:])
