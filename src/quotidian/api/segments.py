"""Segments: their list, details and sizes (semantics.md §7)."""

from msgspec import field

from quotidian.api.lists import details
from quotidian.api.parameters import Query
from quotidian.api.queries import Days, Descending, Page, SegmentId, days_of
from quotidian.api.request import Answer, Request, success_list
from quotidian.domain.kinds import SEGMENT
from quotidian.series.listing.read import list_items
from quotidian.series.segments.read import read_sizes


class SegmentPage(Page):
    """A page of segments."""

    descending: Descending = field(name="sort_direction", default=False)


class OneSegment(Query):
    """A segment."""

    segment_id: SegmentId


class SegmentDays(Days):
    """Days of a segment."""

    segment_id: SegmentId


def segments(request: Request[SegmentPage]) -> Answer:
    """`/segments/list`."""
    asked = request.parameters
    return success_list(
        "segments",
        list_items(request.connection, request.workspace, SEGMENT, asked.page, descending=asked.descending),
    )


def segment(request: Request[OneSegment]) -> Answer:
    """`/segments/details`."""
    return details(request, SEGMENT, request.parameters.segment_id)


def sizes(request: Request[SegmentDays]) -> Answer:
    """`/segments/data_series`."""
    asked = request.parameters
    details(request, SEGMENT, asked.segment_id)  # raises UnknownSubject
    days = days_of(request.workspace, asked.length, asked.ending_at)
    return success_list("data", read_sizes(request.connection, request.workspace, asked.segment_id, days))
