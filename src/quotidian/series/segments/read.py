"""The sizes of segments.

A size is stored for each day on which it can change: a day with events, or one on which such a day leaves a filter's
window. It holds until the next day that is stored.
"""

from sqlalchemy import Connection, select

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import date_of
from quotidian.series.read import Slice
from quotidian.store.tables import sizes


def read_sizes(connection: Connection, workspace: Workspace, segment_id: str, days: Slice) -> list[bytes]:
    """The points of a slice, one a day, ascending, as they are served."""
    columns = sizes.c
    of_segment = select(columns.day, columns.size).filter_by(workspace_id=workspace.id, segment_id=segment_id)
    before = of_segment.where(columns.day < days.first).order_by(columns.day.desc()).limit(1)
    latest = connection.execute(before).one_or_none()
    size = latest.size if latest else 0
    kept: dict[int, int] = {
        row.day: row.size for row in connection.execute(of_segment.where(columns.day.between(*days)))
    }
    points = []
    for day in range(days.first, days.last + 1):
        size = kept.get(day, size)
        points.append(b'{"time":"%s","size":%d}' % (date_of(day).isoformat().encode(), size))
    return points
