"""Daily numbers of series, as pages need them."""

import msgspec
from sqlalchemy import Connection

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Slice
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.read import Subject, find_series, read_points
from quotidian.settings import Settings


def daily_numbers(
    connection: Connection, workspace: Workspace, settings: Settings, subject: Subject, days: Slice
) -> list[float]:
    """The number of a KPI, one a day of a slice, ascending; its key in the points is the kind of the series.

    Raises UnknownSubject for an app that no event has named.
    """
    found = find_series(connection, workspace, subject, SendRules.of(settings))
    return [msgspec.json.decode(point)[subject.kind] for point in read_points(connection, found, days)]
