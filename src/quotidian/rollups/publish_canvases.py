"""From the facts of canvases to what is served: series, shapes and points, written in the caller's transaction."""

from sqlalchemy import Connection

from quotidian.catalogue import canvas_entry, list_canvas
from quotidian.days import Day
from quotidian.rollups import shape as shape_of
from quotidian.rollups.canvases import CanvasFacts
from quotidian.rollups.render_canvas import CanvasRenderer
from quotidian.rollups.series_writer import SENT_REACH, SeriesWriter
from quotidian.series.kinds import CANVAS
from quotidian.workspaces import Workspace


def publish_canvases(
    connection: Connection, workspace: Workspace, days: list[Day], found: dict[str, CanvasFacts]
) -> None:
    """Replace what is known of these days (ascending) by what was found."""
    writer = SeriesWriter(connection, workspace, (CANVAS,))
    kept = writer.kept(days)
    for canvas_id in found.keys() | kept.keys():
        facts = found.get(canvas_id, CanvasFacts())
        row = writer.rows(canvas_id).get("") or writer.create(CANVAS, canvas_id)
        changed = writer.write_facts(row, facts.days, kept.get(canvas_id, {}).get("", {}))
        shape = shape_of.decode(row.shape)
        shape.grow(facts.days.values(), facts.names, facts.first_event, facts.last_event)
        if shape_of.encode(shape) != row.shape:
            writer.set_shape(row, shape_of.encode(shape))
            list_canvas(connection, workspace, canvas_id, shape)
        renderer = CanvasRenderer(shape, canvas_entry(connection, workspace, canvas_id))
        zero = renderer.body(None)
        if zero != row.zero:
            # Something is new or has another name: it belongs into every point.
            writer.set_zero(row, zero)
            writer.render(row, renderer, writer.facts(row), None)
        elif changed:
            writer.render(row, renderer, writer.facts(row, min(changed), max(changed) + SENT_REACH), changed)
