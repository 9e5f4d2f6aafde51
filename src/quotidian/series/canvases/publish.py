"""From the facts of canvases to the points that are served: writes facts, shapes, points and list rows."""

from sqlalchemy import Connection

from quotidian.catalogue import canvas_entries
from quotidian.control.workspaces import Workspace
from quotidian.domain.chunks import chunks
from quotidian.domain.days import Day
from quotidian.domain.kinds import CANVAS
from quotidian.series.canvases.compute import CanvasFacts
from quotidian.series.canvases.render import CanvasRenderer
from quotidian.series.listing.compute import list_subjects
from quotidian.series.messages.shape import decode_shape, encode_shape
from quotidian.series.messages.writer import SeriesWriter

_PUBLISHED_TOGETHER = 20
"""Canvases whose series are written together."""


def publish_canvases(
    connection: Connection, workspace: Workspace, days: list[Day], found: dict[str, CanvasFacts]
) -> None:
    """Replace the facts and points of these days (ascending) with those found, in the caller's transaction."""
    writer = SeriesWriter(connection, workspace, (CANVAS,))
    kept = writer.kept(days)
    for canvases in chunks(found.keys() | kept.keys(), _PUBLISHED_TOGETHER):
        entries = canvas_entries(connection, workspace, canvases)
        shapes = {}
        for canvas_id, rows in writer.rows(canvases).items():
            facts = found.get(canvas_id, CanvasFacts())
            row = rows.get("") or writer.create(CANVAS, canvas_id)
            changed = writer.write_facts(row, facts.days, kept.get(canvas_id, {}).get("", {}))
            shape = decode_shape(row.shape)
            shape.grow(facts.days.values(), facts.names, facts.first_event, facts.last_event)
            shape.add_entries(facts.first_entry, facts.last_entry)
            before, row.shape = row.shape, encode_shape(shape)
            if row.shape != before:
                shapes[canvas_id] = shape
            writer.render_changed(row, CanvasRenderer(shape, entries[canvas_id]), changed)
        writer.write()
        list_subjects(connection, workspace, CANVAS, shapes)
