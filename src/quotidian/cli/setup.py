"""`quotidian init`: the data folder, a workspace, its first key."""

from quotidian.api.endpoints import PERMISSIONS
from quotidian.cli.context import Given
from quotidian.control.keys import create_key
from quotidian.control.workspaces import create_workspace
from quotidian.store.series import creating
from quotidian.telemetry.visible import visible


def init(*, timezone: str = "UTC", app_group_id: str | None = None, context: Given) -> None:
    """Make the data folder with a workspace and its first key, or add a workspace to a folder.

    The workspace's name is that of --workspace, by default `default`. The key has every permission and is shown once.

    Parameters
    ----------
    timezone
        IANA time zone, such as Europe/Paris: it decides on which day an event falls, for good.
    app_group_id
        Value of app_group_id by which events name this workspace; by default the workspace's name.
    """
    folder = context.folder
    folder.create()
    with folder.hold("init", "init"), creating(folder) as connection:
        name = context.workspace_name
        workspace = create_workspace(connection, name, timezone, app_group_id or name)
        key = create_key(connection, workspace, "first key", PERMISSIONS)
    print(f"Data folder: {visible(str(folder.path))}")
    print(f"Workspace:   {visible(workspace.name)} (days in {workspace.timezone})")
    print(f"API key:     {key}")
    print("Keep the key: it is not shown again. `quotidian keys create` makes others.")
    print("To look at the numbers, give `quotidian serve`, open its address in a browser, and sign in with the key.")
