"""What a data folder holds, for `quotidian status`: told without opening the events, so at once however many."""

from typing import NamedTuple

import msgspec
from rich.filesize import decimal
from sqlalchemy import Connection, func, select

from quotidian.control.arrivals import count_stored
from quotidian.control.loaded import Load, last_load
from quotidian.control.workspaces import Workspace, all_workspaces
from quotidian.domain.counts import counted
from quotidian.domain.days import date_of, iso_of
from quotidian.store.disk import DiskUse, disk_use
from quotidian.store.folder import DataFolder
from quotidian.store.identity import read_identity
from quotidian.store.tables import event_days


class ToldLoad(msgspec.Struct, frozen=True):
    """A load of files: as Load, with the workspace and with its time as text."""

    workspace: str
    at: str
    place: str
    files: int
    failed: int
    new: int

    def lines(self) -> list[str]:
        """As a person reads it."""
        failed = f", {self.failed:,} not loaded" if self.failed else ""
        return [
            f"{self.at}, workspace {self.workspace}",
            f"{counted(self.files, 'file')}{failed}; new events: {self.new:,}",
            self.place,
        ]


class ToldWorkspace(msgspec.Struct, frozen=True):
    """A workspace; `newest_day` is the newest with events."""

    name: str
    id: int
    timezone: str
    app_group_id: str
    newest_day: str | None
    last_load: ToldLoad | None

    def lines(self) -> list[str]:
        """As a person reads it."""
        group = f", app_group_id {self.app_group_id}" if self.app_group_id != self.name else ""
        newest = f", newest day {self.newest_day}" if self.newest_day else ", no events"
        return [f"{self.name} (id {self.id}{group}): days in {self.timezone}{newest}"]


class ToldDisk(DiskUse, frozen=True):
    """As DiskUse."""

    def lines(self) -> list[str]:
        """As a person reads it."""
        *stores, other, free = (f"{name} {decimal(size)}" for name, size in msgspec.structs.asdict(self).items())
        return [", ".join(stores), f"{other}, {free}"]


class Stored(NamedTuple):
    """What a data folder holds. The number of events is that of the last batch that was stored.

    Events that are elsewhere are those that the series store has counted, and when some came last is not told.
    """

    workspaces: list[ToldWorkspace]
    newest_day: str | None
    last_load: ToldLoad | None
    events: int
    events_stored_at: str | None
    disk: ToldDisk


def what_is_stored(folder: DataFolder, connection: Connection) -> Stored:
    """What a data folder holds, by its series store and the names and sizes of its files."""
    days = event_days.c
    newest = dict(connection.execute(select(days.workspace_id, func.max(days.day)).group_by(days.workspace_id)).all())
    told = [_workspace(connection, each, newest.get(each.id)) for each in all_workspaces(connection)]
    identity = read_identity(folder.events)
    return Stored(
        workspaces=told,
        newest_day=max((each.newest_day for each in told if each.newest_day), default=None),
        last_load=max((each.last_load for each in told if each.last_load), key=lambda load: load.at, default=None),
        events=identity.events if identity else count_stored(connection),
        events_stored_at=iso_of(identity.stored_at) if identity and identity.stored_at else None,
        disk=ToldDisk(**msgspec.structs.asdict(disk_use(folder))),
    )


def _workspace(connection: Connection, workspace: Workspace, newest: int | None) -> ToldWorkspace:
    return ToldWorkspace(
        name=workspace.name,
        id=workspace.id,
        timezone=workspace.timezone,
        app_group_id=workspace.app_group_id,
        newest_day=None if newest is None else date_of(newest).isoformat(),
        last_load=_load(workspace, last_load(connection, workspace)),
    )


def _load(workspace: Workspace, load: Load | None) -> ToldLoad | None:
    if load is None:
        return None
    return ToldLoad(workspace.name, **{**load._asdict(), "at": iso_of(load.at)})
