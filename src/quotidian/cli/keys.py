"""`quotidian keys`: create, list, link, revoke."""

import re
import shutil
import textwrap
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

import msgspec
from cyclopts import App, Parameter
from sqlalchemy import Engine

from quotidian.api.endpoints import PERMISSIONS
from quotidian.cli.context import Context, Given
from quotidian.cli.links import make_link
from quotidian.cli.ranges import between
from quotidian.cli.terminal import drawn
from quotidian.control.keys import Key, create_key, list_keys, revoke_key
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Micros, iso_of, micros_of, now_micros
from quotidian.domain.errors import UserError
from quotidian.inbox.inboxes import open_inboxes
from quotidian.server.address import url
from quotidian.store.series import writing
from quotidian.telemetry.visible import visible, visible_json

_MOST_DAYS = 36_500
_LEAST_WIDTH = 40
_MOST_KEY = (1 << 63) - 1
_MOST_HOURS = 8_784  # a year

keys = App(
    name="keys", help="Create, list and revoke API keys of the workspace, and make links that sign in with them."
)


@keys.command
def create(
    *,
    name: str,
    permission: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    all_: Annotated[bool, Parameter(name="--all", negative=())] = False,
    expires: str | None = None,
    context: Given,
) -> None:
    """Create a key, and show it: once, for only its hash is kept.

    Parameters
    ----------
    name
        What the key is for.
    permission
        What it may ask for: the endpoint's path with dots, such as kpi.dau.data_series; `dashboard` is to sign in to
        the dashboard, which shows what the others allow. Several may follow.
    all_
        Every permission there is.
    expires
        The first day, in the workspace's time zone, on which the key is refused, such as 2027-01-01; or in how many
        days from now, such as 90d. By default never.
    """
    known = ", ".join(PERMISSIONS)
    if bool(permission) == all_:
        raise UserError(f"Give --all, or --permission with some of: {known}")
    unknown = sorted(set(permission or ()) - set(PERMISSIONS))
    if unknown:
        raise UserError(f"{', '.join(map(repr, unknown))} is no permission; there are: {known}")
    engine = context.series()
    workspace = context.workspace(engine)
    expires_at = None if expires is None else _read_expiry(expires, workspace)
    with writing(engine) as connection:
        key = create_key(connection, workspace, name, PERMISSIONS if all_ else permission or (), expires_at)
    print(key)


def _read_expiry(text: str, workspace: Workspace) -> Micros:
    """From when on a key is refused. Raises UserError, with the value and what would be right."""
    try:
        if days := re.fullmatch(r"([0-9]{1,9})d", text):
            number = int(days[1])
            if not 1 <= number <= _MOST_DAYS:
                raise UserError(f"--expires must be from 1d to {_MOST_DAYS}d, not {text!r}")
            return micros_of(datetime.now(UTC) + timedelta(days=number))
        expiry = micros_of(datetime.combine(date.fromisoformat(text), time(), workspace.zone))
    except (ValueError, OverflowError) as error:
        raise UserError(f"--expires must be a date such as 2027-01-01, or days such as 90d, not {text!r}") from error
    if expiry <= now_micros():
        raise UserError(f"--expires must be a day after today ({workspace.today} in {workspace.timezone}), not {text}")
    return expiry


@keys.command(name="list")
def list_all(*, format: Literal["text", "json"] = "text", context: Given) -> None:
    """List the keys of the workspace, also those that are revoked or have expired. Not the keys themselves.

    When a key was last used is known to the minute. Times are in the workspace's time zone; in json they have offsets.

    Parameters
    ----------
    format
        text, or json: one object a line.
    """
    engine = context.series()
    workspace = context.workspace(engine)
    with engine.connect() as connection:
        found = list_keys(connection, workspace)
    uses = _last_uses(context, engine)
    for key in found:
        # The id was another key's, if it was used before this key was made: of a series store that was lost.
        used_at = uses.get(key.id) if uses.get(key.id, 0) >= key.created_at else None
        if format == "json":
            print(visible_json(msgspec.json.encode(_fields(key, used_at)).decode()))
        else:
            _show(key, used_at)


def _last_uses(context: Context, engine: Engine) -> Mapping[int, int]:
    with closing(open_inboxes(context.folder, context.settings, engine)) as inboxes:
        return inboxes.shared.last_uses()


def _state(key: Key) -> Literal["in use", "expired", "revoked"]:
    return "revoked" if key.revoked_at is not None else "expired" if key.has_expired() else "in use"


def _fields(key: Key, used_at: int | None) -> dict[str, Any]:
    moments = {
        "created_at": key.created_at,
        "last_used_at": used_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }
    return {
        "id": key.id,
        "name": key.name,
        "hint": key.hint,
        "state": _state(key),
        **{name: None if at is None else iso_of(at) for name, at in moments.items()},
        "permissions": sorted(key.permissions),
    }


def _show(key: Key, used_at: int | None) -> None:
    """What a key is, when it was made and used, and what it may: each as wide as the terminal, and no wider."""
    zone = key.workspace.zone

    def at(instant: int) -> str:
        return f"{datetime.fromtimestamp(instant / 1_000_000, zone):%Y-%m-%d %H:%M}"

    told = [f"made {at(key.created_at)}", f"last used {at(used_at)}" if used_at is not None else "never used"]
    if key.revoked_at is not None:
        told.append(f"revoked {at(key.revoked_at)}")
    elif key.expires_at is not None:
        told.append(f"{'expired' if key.has_expired() else 'expires'} {at(key.expires_at)}")
    else:
        told.append("never expires")
    print(f"{key.id:>4}  {visible(key.name)}  {drawn(key.hint + '…')}  {_state(key)}")
    _print_below(", ".join(told))
    _print_below(_permitted(key))


def _permitted(key: Key) -> str:
    if key.permissions >= set(PERMISSIONS):
        return f"all {len(PERMISSIONS)} permissions"
    return f"{len(key.permissions)} of {len(PERMISSIONS)} permissions: {', '.join(sorted(key.permissions))}"


def _print_below(text: str) -> None:
    width = max(_LEAST_WIDTH, shutil.get_terminal_size().columns)
    wrapped = textwrap.wrap(text, width, initial_indent=" " * 6, subsequent_indent=" " * 8, break_on_hyphens=False)
    print("\n".join(wrapped))


@keys.command
def link(
    key_id: Annotated[int, between(1, _MOST_KEY)],
    /,
    *,
    at: str | None = None,
    hours: Annotated[int, between(1, _MOST_HOURS)] = 24,
    context: Given,
) -> None:
    """Print a link that signs in to the dashboard with a key, once. Who opens it first is in.

    Parameters
    ----------
    key_id
        Its id in `quotidian keys list`. The key must have the permission `dashboard`.
    at
        Where the dashboard is for who gets the link, such as https://numbers.example.com/analytics. By default the
        address of the settings `host` and `port`.
    hours
        For how long the link works if nobody opens it.
    """
    settings, engine = context.settings, context.series()
    path = make_link(engine, context.workspace(engine), key_id, hours * 3_600)
    print(visible(f"{(at or url(settings.host, settings.port)).rstrip('/')}{path}"))


@keys.command
def revoke(key_id: Annotated[int, between(1, _MOST_KEY)], /, *, context: Given) -> None:
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
