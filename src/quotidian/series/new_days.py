"""Publishes what is known of a day when it begins: monthly users, and the sizes of segments.

Changes are told up to today. So whoever follows them would not hear of what was computed before, if nothing else
happened on the day.
"""

from quotidian.control.workspaces import all_workspaces
from quotidian.domain.days import day_of
from quotidian.series.publishing import Publication, has_begun
from quotidian.series.segments.publish import carry_sizes, sizes_to_carry
from quotidian.store.series import writing
from quotidian.store.stores import Stores


def begin_days(stores: Stores) -> bool:
    """Publish the points of days that have begun since it was last done; returns whether there were any."""
    with stores.series.connect() as connection:
        begun = [
            workspace
            for workspace in all_workspaces(connection)
            for today in [day_of(workspace.today)]
            if has_begun(connection, workspace, today) or sizes_to_carry(connection, workspace, today)
        ]
    for workspace in begun:
        with writing(stores.series) as connection:
            publication = Publication(connection, workspace)
            publication.begin_days()
            carry_sizes(publication)
    return bool(begun)
