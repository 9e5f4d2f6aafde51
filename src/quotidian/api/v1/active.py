"""`/v1/active_users`: distinct users of any window of days (semantics.md §9)."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from sqlalchemy import Connection

from quotidian.api.parameters import Text
from quotidian.api.queries import AppId
from quotidian.api.request import Request
from quotidian.api.v1.days import RangeQuery, range_of
from quotidian.api.v1.table import Table, table_of_days
from quotidian.api.v1.texts import read_window
from quotidian.control.dirty_days import GAP_CAP
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day
from quotidian.series.activity.publish import read_gaps
from quotidian.series.activity.windows import MAU_DAYS, active_series
from quotidian.series.read import Slice, require_app

# Days whose histograms are in memory at once.
_CHUNK_DAYS = 366


class ActiveUsers(RangeQuery):
    """Days, and the window that ends with each."""

    window: Annotated[
        int,
        Text(
            read_window(GAP_CAP),
            f"Days of the window that ends with the day, from 1 to {GAP_CAP}",
            {"type": "integer", "minimum": 1, "maximum": GAP_CAP, "default": MAU_DAYS},
        ),
    ] = MAU_DAYS
    app_id: AppId = ""


def active_users(request: Request[ActiveUsers]) -> Table:
    """Every day of the range, zeros included, with `active`."""
    asked, days = request.parameters, range_of(request.workspace, request.parameters)
    require_app(request.connection, request.workspace, asked.app_id)
    return table_of_days(_active(request.connection, request.workspace, asked, days))


def _active(
    connection: Connection, workspace: Workspace, asked: ActiveUsers, days: Slice
) -> Iterator[tuple[Day, Mapping[str, float]]]:
    for first in range(days.first, days.last + 1, _CHUNK_DAYS):
        chunk = range(first, min(first + _CHUNK_DAYS, days.last + 1))
        known = range(chunk.start - asked.window + 1, chunk.stop)
        gaps = read_gaps(connection, workspace, [asked.app_id], known)[asked.app_id]
        for day, active in active_series(gaps, chunk, asked.window).items():
            yield day, {"active": active}
