"""From the facts of canvases to the points that are served: writes facts, shapes, points and list rows."""

from functools import partial

from quotidian.catalogue import canvas_entries
from quotidian.control.dirty_parts import Scopes, parts_of, subjects_of
from quotidian.domain.chunks import chunks
from quotidian.domain.kinds import CANVAS
from quotidian.series.canvases.render import CanvasRenderer
from quotidian.series.listing.compute import list_subjects
from quotidian.series.messages.gather import WHOLE_SUBJECT, SubjectFacts
from quotidian.series.messages.shape import decode_shape
from quotidian.series.messages.writer import SeriesWriter
from quotidian.series.publishing import Publication

_PUBLISHED_TOGETHER = 20
"""Canvases whose series are written together."""


def publish_canvases(publication: Publication, scopes: Scopes, found: dict[str, SubjectFacts]) -> None:
    """Replace the facts and points of what was computed with what was found."""
    connection, workspace = publication.connection, publication.workspace
    writer = SeriesWriter(publication, (CANVAS,))
    kept = writer.kept(scopes)
    for canvases in chunks(found.keys() | kept.keys() | (subjects_of(scopes) or set()), _PUBLISHED_TOGETHER):
        entries = canvas_entries(connection, workspace, canvases)
        rows = writer.whole(canvases)
        shapes = {}
        for canvas_id in canvases:
            facts = found.get(canvas_id, SubjectFacts())
            if canvas_id not in rows and not facts.days:
                # Marked, and not even its first event is here.
                continue
            row = rows.get(canvas_id) or writer.create(CANVAS, canvas_id)
            written = writer.write_facts(
                row,
                parts_of(scopes, canvas_id),
                facts.days.get(WHOLE_SUBJECT, {}),
                kept.get(canvas_id, {}).get(WHOLE_SUBJECT, {}),
            )
            grown = row.grow(partial(facts.add_to, days=written.days.values()))
            shape = grown or decode_shape(row.shape)
            if grown:
                shapes[canvas_id] = grown
            writer.render_changed(row, CanvasRenderer(shape, entries[canvas_id]), written.changed)
        writer.write()
        list_subjects(connection, workspace, CANVAS, shapes)


def render_canvases(publication: Publication, canvases: list[str]) -> None:
    """Render all points of canvases anew, with the shapes that a rebuild has made."""
    connection, workspace = publication.connection, publication.workspace
    writer = SeriesWriter(publication, (CANVAS,))
    entries = canvas_entries(connection, workspace, canvases)
    shapes = {}
    for canvas_id, row in writer.whole(canvases).items():
        shapes[canvas_id] = shape = row.exchange_shape()
        writer.render_all(row, CanvasRenderer(shape, entries[canvas_id]))
    writer.write()
    list_subjects(connection, workspace, CANVAS, shapes)
