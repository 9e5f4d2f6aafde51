"""Lists and details of campaigns, canvases and segments; the sizes of segments (semantics.md §7)."""

from collections.abc import Callable

from quotidian.api.request import UNKNOWN, Answer, Request, body_of, body_of_list, days_of
from quotidian.domain.errors import BadRequest
from quotidian.domain.kinds import CAMPAIGN, CANVAS, SEGMENT
from quotidian.series.listing.read import item_details, list_items
from quotidian.series.segments.read import read_sizes


def listing(kind: str, key: str) -> Callable[[Request], Answer]:
    """What answers a list, under its key."""

    def answer(request: Request) -> Answer:
        values = request.values
        items = list_items(
            request.connection,
            request.workspace,
            kind,
            values["page"],
            include_archived=values.get("include_archived", False),
            descending=values["sort_direction"],
            edited_after=values.get("last_edit.time[gt]"),
        )
        return body_of_list(key, items)

    return answer


def campaign_details(request: Request) -> Answer:
    """`/campaigns/details`."""
    return _details(CAMPAIGN, request, request.values["campaign_id"])


def canvas_details(request: Request) -> Answer:
    """`/canvas/details`."""
    return _details(CANVAS, request, request.values["canvas_id"])


def segment_details(request: Request) -> Answer:
    """`/segments/details`."""
    return _details(SEGMENT, request, request.values["segment_id"])


def segment_sizes(request: Request) -> Answer:
    """`/segments/data_series`."""
    segment_id = request.values["segment_id"]
    _details(SEGMENT, request, segment_id)
    days = days_of(request, request.values["ending_at"])
    return body_of_list("data", read_sizes(request.connection, request.workspace, segment_id, days))


def _details(kind: str, request: Request, item_id: str) -> bytes:
    found = item_details(request.connection, request.workspace, kind, item_id)
    if found is None:
        raise BadRequest(UNKNOWN[kind])
    return body_of(found[1:])
