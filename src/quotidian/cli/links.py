"""Links that sign in to the dashboard once, with a key that there is."""

from sqlalchemy import Engine

from quotidian.api.endpoints import DASHBOARD_PERMISSION
from quotidian.control.keys import Key, list_keys
from quotidian.control.sessions import create_link
from quotidian.control.workspaces import Workspace
from quotidian.domain.errors import UserError
from quotidian.store.series import writing

DAY_SECONDS = 86_400


def make_link(engine: Engine, workspace: Workspace, key_id: int, seconds: int = DAY_SECONDS) -> str:
    """The path, from the root of the dashboard, that signs in with a key of a workspace: once, and within `seconds`.

    Raises UserError if there is no such key in use, or if it may not see the dashboard.
    """
    with writing(engine) as connection:
        key = _usable(list_keys(connection, workspace), workspace, key_id)
        return f"/sign-in?link={create_link(connection, key.id, seconds)}"


def _usable(known: list[Key], workspace: Workspace, key_id: int) -> Key:
    usable = [key for key in known if key.revoked_at is None and not key.has_expired()]
    for key in usable:
        if key.id == key_id:
            if DASHBOARD_PERMISSION not in key.permissions:
                raise UserError(
                    f"Key {key_id} ({key.name}) lacks the permission {DASHBOARD_PERMISSION!r}; make one that has it "
                    f"with `quotidian keys create --permission {DASHBOARD_PERMISSION} …` or `--all`"
                )
            return key
    listed = ", ".join(f"{key.id} ({key.name})" for key in usable) or "none"
    raise UserError(f"There is no key {key_id} in use in workspace {workspace.name!r}; in use: {listed}")
