"""From tallies to rows that are served: points and hours of days, and the names of events and products."""

from sqlalchemy import Connection, delete

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day
from quotidian.domain.kinds import COUNT, EVENT, PRODUCT, QUANTITY
from quotidian.series.listing.names import learn
from quotidian.series.tallies.compute import NO_SEGMENT, Tallies
from quotidian.series.tallies.read import day_point, hour_numbers
from quotidian.store.series import replace
from quotidian.store.tables import tallies

_NAMES = {COUNT: EVENT, QUANTITY: PRODUCT}


def publish_tallies(
    connection: Connection, workspace: Workspace, days: list[Day], found: Tallies, segment: str = NO_SEGMENT
) -> None:
    """Replace the tallies of these days, of everyone or of a segment, with those found, in the caller's transaction."""
    columns = tallies.c
    connection.execute(
        delete(tallies).where(
            columns.workspace_id == workspace.id, columns.segment_id == segment, columns.day.in_(days)
        )
    )
    replace(
        connection,
        tallies,
        (
            {
                "workspace_id": workspace.id,
                **tally._asdict(),
                "day": day,
                "point": day_point(tally.kind, day, numbers),
                "hours": hour_numbers(day, workspace.zone, numbers),
            }
            for tally, by_day in found.items()
            for day, numbers in by_day.items()
        ),
    )
    named = {(tally.kind, tally.subject) for tally in found if tally.kind in _NAMES and tally.subject}
    learn(connection, workspace, ((_NAMES[kind], name) for kind, name in named))
