"""From the facts of segments to rows that are served: sizes, and the tallies of members."""

from sqlalchemy import Connection

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day
from quotidian.series.segments.compute import SegmentFacts
from quotidian.series.tallies.publish import publish_tallies
from quotidian.store.series import replace
from quotidian.store.tables import sizes


def publish_segments(
    connection: Connection, workspace: Workspace, days: list[Day], found: dict[str, SegmentFacts]
) -> None:
    """Replace the sizes and tallies of these days with those found, in the caller's transaction."""
    for segment_id, facts in found.items():
        rows = (
            {"workspace_id": workspace.id, "segment_id": segment_id, "day": day, "size": facts.sizes.get(day, 0)}
            for day in days
        )
        replace(connection, sizes, rows)
        publish_tallies(connection, workspace, days, facts.tallies, segment_id)
