"""From activity to what is served: stores histograms of gaps and ages, and the points of the KPI series."""

from collections import defaultdict
from collections.abc import Mapping
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Column, Connection, Select, delete, insert, select

from quotidian.control.dirty_days import AGE_CAP
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day
from quotidian.domain.kinds import KPIS
from quotidian.series.activity.cohorts import Ages
from quotidian.series.activity.compute import AppActivity
from quotidian.series.activity.windows import MAU_DAYS, Gaps, Histograms, active_series
from quotidian.series.points import kpi_body
from quotidian.series.publishing import NewPoint, Publication
from quotidian.store.series import replace
from quotidian.store.tables import ages, gaps, series

_KEPT: Final = (
    (gaps, "gap", attrgetter("gaps")),
    (ages, "age", attrgetter("ages")),
)
"""Tables of histograms, with the column that tells their users apart, and where their numbers are."""


def publish_activity(publication: Publication, days: list[Day], found: dict[str, AppActivity]) -> None:
    """Replace the activity of some days (ascending), of every app, with what was found.

    Monthly users are replaced on all days whose window includes one of these days.
    """
    connection, workspace = publication.connection, publication.workspace
    kept = _kpi_series(connection, workspace)
    apps = sorted({app_id for _, app_id in kept} | found.keys())
    _replace_histograms(connection, workspace, apps, days, found)
    mau_days = range(days[0], days[-1] + MAU_DAYS)
    rolling = read_gaps(connection, workspace, apps, range(days[0] - MAU_DAYS + 1, mau_days.stop))
    numbers: dict[tuple[str, str], Mapping[Day, int]] = {}
    for app_id in apps:
        activity = found.get(app_id, AppActivity())
        numbers["dau", app_id] = activity.dau
        numbers["new_users", app_id] = activity.new_users
        numbers["uninstalls", app_id] = activity.uninstalls
        numbers["mau", app_id] = active_series(rolling[app_id], mau_days, MAU_DAYS)
    series_ids = {
        key: kept.get(key) or _create_series(connection, workspace, *key)
        for key, of_days in numbers.items()
        if key in kept or any(of_days.values())
    }
    publication.put(
        NewPoint(series_id, kind, kpi_body(kind, 0), day, kpi_body(kind, numbers[kind, app_id].get(day, 0)))
        for (kind, app_id), series_id in series_ids.items()
        for day in (map(Day, mau_days) if kind == "mau" else days)
    )


def _replace_histograms(
    connection: Connection, workspace: Workspace, apps: list[str], days: list[Day], found: Mapping[str, AppActivity]
) -> None:
    for table, distance, of in _KEPT:
        # The apps are named because the key of the table begins with them: without, every stored day would be scanned.
        connection.execute(
            delete(table).where(table.c.workspace_id == workspace.id, table.c.app_id.in_(apps), table.c.day.in_(days))
        )
        replace(
            connection,
            table,
            (
                {"workspace_id": workspace.id, "app_id": app_id, "day": day, distance: number, "users": users}
                for app_id, activity in found.items()
                for day, histogram in of(activity).items()
                for number, users in histogram.items()
            ),
        )


def read_gaps(connection: Connection, workspace: Workspace, apps: list[str], days: range) -> Mapping[str, Gaps]:
    """Gap histograms of consecutive days, by app."""
    return _read(connection, _stored(gaps.c.gap, workspace, apps, days))


def read_ages(
    connection: Connection, workspace: Workspace, apps: list[str], days: range, oldest: int = AGE_CAP
) -> Mapping[str, Ages]:
    """Age histograms of consecutive days, by app, up to an age."""
    return _read(connection, _stored(ages.c.age, workspace, apps, days).where(ages.c.age <= oldest))


def _stored(distance: Column[int], workspace: Workspace, apps: list[str], days: range) -> Select[Any]:
    columns = distance.table.c
    return select(columns.app_id, columns.day, distance, columns.users).where(
        columns.workspace_id == workspace.id,
        columns.app_id.in_(apps),
        columns.day.between(days.start, days.stop - 1),
    )


def _read(connection: Connection, stored: Select[Any]) -> Mapping[str, Histograms]:
    histograms: dict[str, dict[Day, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    for app_id, day, number, users in connection.execute(stored):
        histograms[app_id][day][number] = users
    return histograms


def _kpi_series(connection: Connection, workspace: Workspace) -> dict[tuple[str, str], int]:
    """The ids of the existing KPI series, by kind and app."""
    columns = series.c
    query = select(columns.kind, columns.subject, columns.id).where(
        columns.workspace_id == workspace.id, columns.kind.in_(KPIS)
    )
    return {(kind, app_id): number for kind, app_id, number in connection.execute(query)}


def _create_series(connection: Connection, workspace: Workspace, kind: str, app_id: str) -> int:
    key = {"workspace_id": workspace.id, "kind": kind, "subject": app_id}
    values = {**key, "shape": b"", "zero": kpi_body(kind, 0)}
    created = connection.execute(insert(series).returning(series.c.id), values)
    return int(created.scalar_one())
