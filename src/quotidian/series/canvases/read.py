"""Reads canvases: the points of days, and the summary of some days."""

from typing import NamedTuple

from sqlalchemy import Connection, select

from quotidian.catalogue import canvas_entries
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Slice
from quotidian.domain.kinds import CANVAS
from quotidian.series.canvases.render import CanvasRenderer
from quotidian.series.listing.read import item_name
from quotidian.series.messages.facts import decode_facts
from quotidian.series.messages.shape import decode_shape
from quotidian.series.messages.writer import ATTRIBUTED_REACH
from quotidian.series.read import FoundSeries, UnknownSubject, read_points
from quotidian.store.tables import facts, series


class FoundCanvas(NamedTuple):
    """A canvas that can be read: its name, what renders it, and its series if any day has a point."""

    name: str
    renderer: CanvasRenderer
    series: FoundSeries


def find_canvas(connection: Connection, workspace: Workspace, canvas_id: str) -> FoundCanvas:
    """A canvas that an event or the catalogue names.

    Raises UnknownSubject.
    """
    name = item_name(connection, workspace, CANVAS, canvas_id)
    if name is None:
        raise UnknownSubject(workspace, CANVAS, canvas_id)
    query = select(series.c.id, series.c.shape).filter_by(workspace_id=workspace.id, kind=CANVAS, subject=canvas_id)
    row = connection.execute(query).one_or_none()
    shape = decode_shape(row.shape if row else b"")
    renderer = CanvasRenderer(shape, canvas_entries(connection, workspace, [canvas_id])[canvas_id])
    return FoundCanvas(name, renderer, FoundSeries(row.id if row else None, renderer.body(None)))


def canvas_points(connection: Connection, found: FoundCanvas, days: Slice) -> list[bytes]:
    """The points of a slice, one a day, ascending, in pieces (series/canvases/render.py)."""
    return read_points(connection, found.series, days)


def canvas_summary(connection: Connection, found: FoundCanvas, days: Slice) -> bytes:
    """All days of a slice as one point, in pieces (series/canvases/render.py).

    It is added up for each request, since no one knows in advance which days a client asks for: from the facts of at
    most STEP_GAP_CAP days, of which it is known how many users there were, and of the days after them whose conversions
    may be attributed to them.
    """
    rows = select(facts.c.day, facts.c.facts).where(
        facts.c.series_id == found.series.id, facts.c.day.between(days.first, days.last + ATTRIBUTED_REACH)
    )
    of_days = {row.day: decode_facts(row.facts) for row in connection.execute(rows)}
    return found.renderer.summary(of_days, days.first, days.last)
