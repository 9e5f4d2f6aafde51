"""`/v1/active_users`: distinct users of any window of days (semantics.md §9)."""

from typing import Annotated

from quotidian.api.queries import AppId
from quotidian.api.request import Request
from quotidian.api.v1.days import RangeQuery, range_of
from quotidian.api.v1.table import Table, table_of_days
from quotidian.api.v1.texts import number_up_to
from quotidian.control.dirty_days import GAP_CAP
from quotidian.series.activity.read import read_active
from quotidian.series.activity.windows import MAU_DAYS
from quotidian.series.read import require_app
from quotidian.series.state import activity_state_of


class ActiveUsers(RangeQuery):
    """Days, and the window that ends with each."""

    window: Annotated[
        int,
        number_up_to(GAP_CAP, f"Days of the window that ends with the day, from 1 to {GAP_CAP}", MAU_DAYS),
    ] = MAU_DAYS
    app_id: AppId = ""


def active_users(request: Request[ActiveUsers]) -> Table:
    """Every day of the range, zeros included, with `active`."""
    asked, days = request.parameters, range_of(request.workspace, request.parameters)
    require_app(request.connection, request.workspace, asked.app_id)
    found = read_active(request.connection, request.workspace, asked.app_id, days, asked.window)
    state = activity_state_of(request.connection, request.workspace)
    return table_of_days(((day, {"active": active}) for day, active in found), state)
