"""From the facts of segments to rows that are served: sizes, and the tallies of members."""

from sqlalchemy import Connection

from quotidian.control.dirty_segments import DirtySegment
from quotidian.control.workspaces import Workspace
from quotidian.series.segments.compute import SegmentFacts
from quotidian.series.tallies.publish import publish_tallies
from quotidian.store.series import replace
from quotidian.store.tables import sizes


def publish_segment(
    connection: Connection, workspace: Workspace, segment_id: str, days: DirtySegment, facts: SegmentFacts
) -> None:
    """Replace sizes and tallies of a segment, each on its days, with those found, in the caller's transaction."""
    rows = (
        {"workspace_id": workspace.id, "segment_id": segment_id, "day": day, "size": facts.sizes.get(day, 0)}
        for day in days.size
    )
    replace(connection, sizes, rows)
    if days.tallies:
        publish_tallies(connection, workspace, days.tallies, facts.tallies, segment_id)
