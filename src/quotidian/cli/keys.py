"""`quotidian keys`: create, list, revoke."""

from typing import Annotated

from cyclopts import App, Parameter

from quotidian.api.endpoints import PERMISSIONS
from quotidian.cli.context import Given
from quotidian.cli.terminal import drawn
from quotidian.control.keys import create_key, list_keys, revoke_key
from quotidian.domain.days import iso_of
from quotidian.domain.errors import UserError
from quotidian.store.series import writing
from quotidian.telemetry.visible import visible

keys = App(name="keys", help="Create, list and revoke API keys of the workspace.")


@keys.command
def create(
    *,
    name: str,
    permission: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    all_: Annotated[bool, Parameter(name="--all", negative=())] = False,
    context: Given,
) -> None:
    """Create a key, and show it: once, for only its hash is kept.

    Parameters
    ----------
    name
        What the key is for.
    permission
        What it may ask for: the endpoint's path with dots, such as kpi.dau.data_series. Several may follow.
    all_
        Every permission there is.
    """
    known = ", ".join(PERMISSIONS)
    if bool(permission) == all_:
        raise UserError(f"Give --all, or --permission with some of: {known}")
    unknown = sorted(set(permission or ()) - set(PERMISSIONS))
    if unknown:
        raise UserError(f"{', '.join(map(repr, unknown))} is no permission; there are: {known}")
    engine = context.series()
    workspace = context.workspace(engine)
    with writing(engine) as connection:
        key = create_key(connection, workspace, name, PERMISSIONS if all_ else permission or ())
    print(key)


@keys.command(name="list")
def list_all(*, context: Given) -> None:
    """List the keys of the workspace: id, name, first characters, when made, permissions. Not the keys themselves."""
    engine = context.series()
    workspace = context.workspace(engine)
    with engine.connect() as connection:
        for key in list_keys(connection, workspace):
            state = f"revoked {iso_of(key.revoked_at)}" if key.revoked_at else ", ".join(sorted(key.permissions))
            print(f"{key.id:>4}  {visible(key.name):24}  {drawn(key.hint + '…')}  {iso_of(key.created_at)}  {state}")


@keys.command
def revoke(key_id: int, /, *, context: Given) -> None:
    """Revoke a key: from now on it is refused.

    Parameters
    ----------
    key_id
        Its id in `quotidian keys list`.
    """
    engine = context.series()
    workspace = context.workspace(engine)
    with writing(engine) as connection:
        revoke_key(connection, workspace, key_id)
    print(f"Key {key_id} is revoked.")
