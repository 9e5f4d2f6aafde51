"""From activity to what is served: gap histograms and the points of the KPI series, in the caller's transaction."""

from collections import defaultdict

from sqlalchemy import Connection, delete, insert, select

from quotidian.days import Day
from quotidian.rollups.activity import MAU_DAYS, AppActivity, active_series
from quotidian.series.points import kpi_body, point
from quotidian.series.store import replace
from quotidian.series.tables import gaps, points, series
from quotidian.workspaces import Workspace


def publish_activity(
    connection: Connection, workspace: Workspace, days: list[Day], found: dict[str, AppActivity]
) -> None:
    """Replace what is known of the activity of some days (ascending) by what was found."""
    connection.execute(delete(gaps).where(gaps.c.workspace_id == workspace.id, gaps.c.day.in_(days)))
    for app_id, activity in found.items():
        replace(
            connection,
            gaps,
            (
                {"workspace_id": workspace.id, "app_id": app_id, "day": day, "gap": gap, "users": users}
                for day, histogram in activity.gaps.items()
                for gap, users in histogram.items()
            ),
        )
        rolling = read_gaps(connection, workspace, app_id, days[0] - MAU_DAYS + 1, days[-1] + MAU_DAYS - 1)
        mau_days = range(days[0], days[-1] + MAU_DAYS)
        _publish_kpi(connection, workspace, "dau", app_id, activity.dau)
        _publish_kpi(connection, workspace, "new_users", app_id, activity.new_users)
        _publish_kpi(connection, workspace, "uninstalls", app_id, activity.uninstalls)
        _publish_kpi(connection, workspace, "mau", app_id, active_series(rolling, mau_days, MAU_DAYS))


def read_gaps(
    connection: Connection, workspace: Workspace, app_id: str, first_day: int, last_day: int
) -> dict[Day, dict[int, int]]:
    """Gap histograms of a range of days: day → gap → users."""
    histograms: dict[Day, dict[int, int]] = defaultdict(dict)
    columns = gaps.c
    for day, gap, users in connection.execute(
        select(columns.day, columns.gap, columns.users).where(
            columns.workspace_id == workspace.id, columns.app_id == app_id, columns.day.between(first_day, last_day)
        )
    ):
        histograms[day][gap] = users
    return histograms


def _publish_kpi(connection: Connection, workspace: Workspace, kind: str, app_id: str, values: dict[Day, int]) -> None:
    numbers = {day: number for day, number in values.items() if number}
    if not numbers:
        return
    series_id = _kpi_series(connection, workspace, kind, app_id)
    rows = (
        {"series_id": series_id, "day": day, "point": point(day, kpi_body(kind, number))}
        for day, number in numbers.items()
    )
    replace(connection, points, rows)


def _kpi_series(connection: Connection, workspace: Workspace, kind: str, app_id: str) -> int:
    key = {"workspace_id": workspace.id, "kind": kind, "subject": app_id, "send_id": ""}
    found = connection.execute(select(series.c.id).filter_by(**key)).scalar_one_or_none()
    if found is not None:
        return int(found)
    values = {**key, "shape": b"", "zero": kpi_body(kind, 0)}
    created = connection.execute(insert(series).returning(series.c.id), values)
    return int(created.scalar_one())
