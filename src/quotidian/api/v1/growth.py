"""`/v1/growth` and `/v1/retention`: who is new, who stays and who is lost (semantics.md §9 and §11)."""

from typing import Annotated

import msgspec

from quotidian.api.queries import AppId
from quotidian.api.request import Request
from quotidian.api.v1.days import RangeQuery, range_of
from quotidian.api.v1.table import BATCH, DAY, METRIC, VALUE, Table, table_of_days
from quotidian.api.v1.texts import number_up_to
from quotidian.control.dirty_days import AGE_CAP, GAP_CAP
from quotidian.domain.chunks import chunks
from quotidian.series.activity.cohorts import FOLLOWED_DAYS, GROWTH_DAYS
from quotidian.series.activity.read import read_growth, read_retention
from quotidian.series.points import point
from quotidian.series.read import require_app
from quotidian.series.state import activity_state_of


class GrowthDays(RangeQuery):
    """Days, and the window that ends with each."""

    window: Annotated[
        int,
        number_up_to(
            GAP_CAP // 2,
            f"Days of the window that ends with the day, from 1 to {GAP_CAP // 2}; it is compared with as many before",
            GROWTH_DAYS,
        ),
    ] = GROWTH_DAYS
    app_id: AppId = ""


class Cohorts(RangeQuery):
    """The days of cohorts, and how long each is followed."""

    days: Annotated[
        int,
        number_up_to(
            AGE_CAP,
            f"For how many days after its first session a cohort is followed, from 1 to {AGE_CAP}",
            FOLLOWED_DAYS,
        ),
    ] = FOLLOWED_DAYS
    app_id: AppId = ""


def growth(request: Request[GrowthDays]) -> Table:
    """Every day of the range with its growth, zeros included."""
    asked, days = request.parameters, range_of(request.workspace, request.parameters)
    require_app(request.connection, request.workspace, asked.app_id)
    rows = read_growth(request.connection, request.workspace, asked.app_id, days, asked.window)
    state = activity_state_of(request.connection, request.workspace)
    return table_of_days(((day, row._asdict()) for day, row in rows), state)


def retention(request: Request[Cohorts]) -> Table:
    """Every day of the range with the cohort that began on it, empty ones included.

    A row of the long formats is one number: the metric `retained_3` is those who had a session three days later."""
    asked, days = request.parameters, range_of(request.workspace, request.parameters)
    require_app(request.connection, request.workspace, asked.app_id)
    cohorts = read_retention(request.connection, request.workspace, asked.app_id, days, asked.days)
    points = (point(day, msgspec.json.encode({"retained": retained})[1:]) for day, retained in cohorts)
    rows = ((day, f"retained_{age}", users) for day, retained in cohorts for age, users in enumerate(retained))
    state = activity_state_of(request.connection, request.workspace)
    return Table((DAY, METRIC, VALUE), lambda: chunks(points, BATCH), lambda: chunks(rows, BATCH), state=state)
