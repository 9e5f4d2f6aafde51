"""The series and the summary of a canvas (semantics.md §7)."""

from datetime import date

import msgspec

from quotidian.api.request import UNKNOWN, Answer, Request, body_of, no_room
from quotidian.domain.days import day_of
from quotidian.domain.errors import BadRequest
from quotidian.series.canvases.read import FoundCanvas, canvas_points, canvas_summary, find_canvas
from quotidian.series.canvases.render import joined
from quotidian.series.read import Slice, UnknownSubject, days_ending

LONGEST_DAYS = 14


def canvas_series(request: Request) -> Answer:
    """`/canvas/data_series`."""
    found, days = _asked(request)
    points = [_chosen(request, point) for point in canvas_points(request.connection, found, days)]
    return body_of(b'"data":{"name":%s,"stats":[%s]}}' % (msgspec.json.encode(found.name), b",".join(points)))


def canvas_total(request: Request) -> Answer:
    """`/canvas/data_summary`."""
    found, days = _asked(request)
    summary = _chosen(request, canvas_summary(request.connection, found, days))
    return body_of(b'"data":{"name":%s,%s}' % (msgspec.json.encode(found.name), summary))


def _asked(request: Request) -> tuple[FoundCanvas, Slice]:
    days = _days(request)
    try:
        return find_canvas(request.connection, request.workspace, request.values["canvas_id"]), days
    except UnknownSubject as error:
        raise BadRequest(UNKNOWN[error.kind]) from error


def _days(request: Request) -> Slice:
    """The days from starting_at, or as many as length says, to ending_at.

    Raises BadRequest for both, neither, or more than 14.
    """
    length, starting = request.values["length"], request.values["starting_at"]
    ending: date = request.values["ending_at"] or request.workspace.today
    if (length is None) == (starting is None):
        given = "missing" if length is None else "both given"
        raise BadRequest(
            f"length and starting_at are {given}: give the number of days, up to {LONGEST_DAYS}, or the first of them"
        )
    if length is not None:
        try:
            return days_ending(ending, length, request.workspace)
        except OverflowError as error:
            raise no_room(request, ending) from error
    if not 0 <= (ending - starting).days < LONGEST_DAYS:
        raise BadRequest(
            f"starting_at must be one of the {LONGEST_DAYS} days that end with ending_at ({ending}), not {starting}"
        )
    return Slice(day_of(starting), day_of(min(ending, request.workspace.today)))


def _chosen(request: Request, point: bytes) -> bytes:
    values = request.values
    return joined(
        point,
        variants=values["include_variant_breakdown"],
        steps=values["include_step_breakdown"],
        deleted_steps=values["include_deleted_step_data"],
    )
