"""Workspaces: a time zone, and the app_group_id by which events name it."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select

from quotidian.domain.days import Micros, micros_of, zone_named
from quotidian.domain.errors import UserError
from quotidian.store.tables import workspaces


@dataclass(frozen=True)
class Workspace:
    """A workspace as the stores know it."""

    id: int
    name: str
    timezone: str
    app_group_id: str

    @property
    def zone(self) -> ZoneInfo:
        """Its time zone: what decides on which day an event falls."""
        return zone_named(self.timezone)

    @property
    def today(self) -> date:
        """Today's date there."""
        return datetime.now(self.zone).date()

    def midnight(self, day: date) -> Micros:
        """The instant with which a day begins there."""
        return micros_of(datetime(day.year, day.month, day.day, tzinfo=self.zone))

    def date_of(self, instant: int) -> date:
        """The date there of an instant in microseconds."""
        return datetime.fromtimestamp(instant // 1_000_000, self.zone).date()


def all_workspaces(connection: Connection) -> list[Workspace]:
    """Every workspace, oldest first."""
    columns = workspaces.c
    query = select(columns.id, columns.name, columns.timezone, columns.app_group_id).order_by(columns.id)
    return [Workspace(*row) for row in connection.execute(query)]


def find_workspace(connection: Connection, name: str) -> Workspace:
    """The workspace of that name.

    Raises UserError, naming those that exist.
    """
    found = all_workspaces(connection)
    for workspace in found:
        if workspace.name == name:
            return workspace
    raise UserError(f"There is no workspace {name!r}; there is {', '.join(workspace.name for workspace in found)}")


def create_workspace(connection: Connection, name: str, timezone: str, app_group_id: str) -> Workspace:
    """Add a workspace.

    Raises UserError for a name or app_group_id that is taken, or a time zone that does not exist.
    """
    zone_named(timezone)
    for other in all_workspaces(connection):
        if other.name == name:
            raise UserError(
                f"Workspace {name!r} exists already (time zone {other.timezone}); "
                "`quotidian keys create` makes another key of it"
            )
        if other.app_group_id == app_group_id:
            raise UserError(f"app_group_id {app_group_id!r} belongs to workspace {other.name!r} already")
    values = {"name": name, "timezone": timezone, "app_group_id": app_group_id}
    created = connection.execute(insert(workspaces).returning(workspaces.c.id), values).scalar_one()
    return Workspace(created, name, timezone, app_group_id)
