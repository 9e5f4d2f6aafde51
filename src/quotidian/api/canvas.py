"""The series and the summary of a canvas (semantics.md §7)."""

import msgspec
from msgspec import field

from quotidian.api.lists import OneCanvas
from quotidian.api.queries import CanvasLength, DeletedSteps, EndingDay, StartingDay, Steps, Variants, days_of
from quotidian.api.request import Answer, Request, success
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Slice, day_of
from quotidian.domain.errors import BadRequest
from quotidian.series.canvases.read import FoundCanvas, canvas_points, canvas_summary, find_canvas
from quotidian.series.points import joined

LONGEST_DAYS = 14


class CanvasDays(OneCanvas):
    """Days of a canvas, and what of each is answered."""

    length: CanvasLength = None
    starting_at: StartingDay = None
    ending_at: EndingDay = None
    variants: Variants = field(name="include_variant_breakdown", default=False)
    steps: Steps = field(name="include_step_breakdown", default=False)
    deleted_steps: DeletedSteps = field(name="include_deleted_step_data", default=False)


def series(request: Request[CanvasDays]) -> Answer:
    """`/canvas/data_series`."""
    found, days = _asked(request)
    points = [_chosen(request.parameters, point) for point in canvas_points(request.connection, found, days)]
    return success(b'"data":{"name":%s,"stats":[%s]}}' % (msgspec.json.encode(found.name), b",".join(points)))


def summary(request: Request[CanvasDays]) -> Answer:
    """`/canvas/data_summary`."""
    found, days = _asked(request)
    chosen = _chosen(request.parameters, canvas_summary(request.connection, found, days))
    return success(b'"data":{"name":%s,%s}' % (msgspec.json.encode(found.name), chosen))


def _asked(request: Request[CanvasDays]) -> tuple[FoundCanvas, Slice]:
    days = _days(request.workspace, request.parameters)
    return find_canvas(request.connection, request.workspace, request.parameters.canvas_id), days


def _days(workspace: Workspace, asked: CanvasDays) -> Slice:
    """The days from starting_at, or as many as length says, to ending_at.

    Raises BadRequest for both, neither, or more than 14.
    """
    if asked.length is not None and asked.starting_at is None:
        return days_of(workspace, asked.length, asked.ending_at)
    if asked.length is not None or asked.starting_at is None:
        given = "missing" if asked.length is None else "both given"
        raise BadRequest(
            f"length and starting_at are {given}: give the number of days, up to {LONGEST_DAYS}, or the first of them"
        )
    ending = asked.ending_at or workspace.today
    if not 0 <= (ending - asked.starting_at).days < LONGEST_DAYS:
        raise BadRequest(
            f"starting_at must be one of the {LONGEST_DAYS} days that end with ending_at ({ending}), "
            f"not {asked.starting_at}"
        )
    return Slice(day_of(asked.starting_at), day_of(min(ending, workspace.today)))


def _chosen(asked: CanvasDays, point: bytes) -> bytes:
    return joined(point, variants=asked.variants, steps=asked.steps, deleted_steps=asked.deleted_steps)
