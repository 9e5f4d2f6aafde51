"""API keys: made at random, shown once, kept as a hash."""

import hashlib
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Micros, now_micros
from quotidian.domain.errors import UserError
from quotidian.store.tables import keys, workspaces

_PREFIX = "qk_"
_HINT_LENGTH = 8


@dataclass(frozen=True)
class Key:
    """A key as the store knows it; instants in microseconds."""

    id: int
    workspace: Workspace
    name: str
    hint: str
    permissions: frozenset[str]
    created_at: int
    expires_at: int | None
    revoked_at: int | None

    def has_expired(self) -> bool:
        """Whether it is to be refused for its age. Asked for every request, so it makes no objects."""
        return self.expires_at is not None and time.time() * 1_000_000 >= self.expires_at


def create_key(
    connection: Connection,
    workspace: Workspace,
    name: str,
    permissions: Iterable[str],
    expires_at: Micros | None = None,
) -> str:
    """Add a key and return it: the only time that it can be seen. From `expires_at` on it is refused."""
    secret = _PREFIX + secrets.token_urlsafe(32)
    values = {
        "workspace_id": workspace.id,
        "name": name,
        "hash": hash_of(secret),
        "hint": secret[:_HINT_LENGTH],
        "permissions": " ".join(sorted(set(permissions))),
        "created_at": now_micros(),
        "expires_at": expires_at,
    }
    connection.execute(insert(keys), values)
    return secret


def list_keys(connection: Connection, workspace: Workspace) -> list[Key]:
    """The keys of a workspace, oldest first, those that are revoked or have expired too."""
    query = _SELECT.where(keys.c.workspace_id == workspace.id).order_by(keys.c.id)
    return [_key(row) for row in connection.execute(query)]


def revoke_key(connection: Connection, workspace: Workspace, key_id: int) -> None:
    """Make a key useless from now on.

    Raises UserError if the workspace has no such key in use.
    """
    in_use = [key for key in list_keys(connection, workspace) if key.revoked_at is None]
    if key_id not in [key.id for key in in_use]:
        listed = ", ".join(f"{key.id} ({key.name})" for key in in_use) or "none"
        raise UserError(f"There is no key {key_id} to revoke in workspace {workspace.name!r}; in use: {listed}")
    connection.execute(update(keys).where(keys.c.id == key_id), {"revoked_at": now_micros()})


def find_key(connection: Connection, secret: str) -> Key | None:
    """The key in use that this is, if any."""
    # Looked up by hash: how long that takes says nothing of how much of a guessed key was right.
    row = connection.execute(_BY_HASH, {"wanted": hash_of(secret)}).one_or_none()
    key = _key(row) if row else None
    return None if key is None or key.has_expired() else key


def keys_in_use(connection: Connection, key_ids: Iterable[int]) -> list[Key]:
    """Those of some keys that are neither revoked nor expired, oldest first."""
    query = _SELECT.where(keys.c.id.in_(list(key_ids)), keys.c.revoked_at.is_(None)).order_by(keys.c.id)
    found = (_key(row) for row in connection.execute(query))
    return [key for key in found if not key.has_expired()]


def hash_of(secret: str) -> str:
    """The hash under which a secret made at random is kept."""
    # A plain hash is enough for 256 random bits; slow ones are for passwords that people choose.
    return hashlib.sha256(secret.encode()).hexdigest()


_SELECT = select(
    keys.c.id,
    keys.c.name,
    keys.c.hint,
    keys.c.permissions,
    keys.c.created_at,
    keys.c.expires_at,
    keys.c.revoked_at,
    workspaces.c.id.label("workspace_id"),
    workspaces.c.name.label("workspace_name"),
    workspaces.c.timezone,
    workspaces.c.app_group_id,
).join_from(keys, workspaces)
_BY_HASH = _SELECT.where(keys.c.hash == bindparam("wanted"), keys.c.revoked_at.is_(None))


def _key(row: Row[*tuple[Any, ...]]) -> Key:
    workspace = Workspace(row.workspace_id, row.workspace_name, row.timezone, row.app_group_id)
    permissions = frozenset(row.permissions.split())
    moments = row.created_at, row.expires_at, row.revoked_at
    return Key(row.id, workspace, row.name, row.hint, permissions, *moments)
