"""Who has signed in to the dashboard: sessions, and links that open one.

A session has one key or several, each of another workspace. It is known by a secret that only the browser has; the
store has its hash. Each key is in it for some hours after it was given, and not longer than it is in use: one that is
revoked or has expired is no longer in it.
"""

import secrets
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from quotidian.control.keys import Key, hash_of, keys_in_use
from quotidian.domain.days import now_micros
from quotidian.store.tables import keys, sessions, sign_in_links

_MICROS = 1_000_000


class Session(NamedTuple):
    """A session as the store knows it: the secret that was given for it, and its keys that are in use, oldest first."""

    secret: str
    keys: tuple[Key, ...]


def open_session(connection: Connection, key: Key, seconds: int, before: str | None = None) -> str:
    """Open a session in which a key is for `seconds`; returns its secret. Sessions that are over are removed.

    It takes over the keys of other workspaces from the session with the secret `before`, which ends; they stay for as
    long as they would have.
    """
    now, secret, columns = now_micros(), secrets.token_urlsafe(32), sessions.c
    connection.execute(delete(sessions).where(columns.expires_at <= now))
    if before is not None:
        of_workspace = select(keys.c.id).where(keys.c.workspace_id == key.workspace.id)
        is_before = columns.hash == hash_of(before)
        connection.execute(delete(sessions).where(is_before, columns.key_id.in_(of_workspace)))
        connection.execute(update(sessions).where(is_before).values(hash=hash_of(secret)))
    row = {"hash": hash_of(secret), "key_id": key.id, "expires_at": now + seconds * _MICROS}
    connection.execute(insert(sessions), row)
    return secret


def find_session(connection: Connection, secret: str) -> Session | None:
    """The session of that secret, if it lasts and has a key in use."""
    columns = sessions.c
    query = select(columns.key_id).where(columns.hash == hash_of(secret), columns.expires_at > now_micros())
    key_ids = connection.execute(query).scalars().all()
    found = keys_in_use(connection, key_ids) if key_ids else []
    return Session(secret, tuple(found)) if found else None


def end_session(connection: Connection, secret: str) -> None:
    """End a session: its secret opens nothing from now on."""
    connection.execute(delete(sessions).where(sessions.c.hash == hash_of(secret)))


def create_link(connection: Connection, key_id: int, seconds: int) -> str:
    """Make the secret of a link that signs in with a key, once and within `seconds`. Links that are too old go."""
    now = now_micros()
    connection.execute(delete(sign_in_links).where(sign_in_links.c.expires_at <= now))
    secret = secrets.token_urlsafe(32)
    row = {"hash": hash_of(secret), "key_id": key_id, "expires_at": now + seconds * _MICROS}
    connection.execute(insert(sign_in_links), row)
    return secret


def is_link(connection: Connection, secret: str) -> bool:
    """Whether a link can be used now. Tells it without writing: whoever makes links up must hold up nobody."""
    columns = sign_in_links.c
    query = select(columns.key_id).where(columns.hash == hash_of(secret), columns.expires_at > now_micros())
    return connection.execute(query).first() is not None


def use_link(connection: Connection, secret: str) -> Key | None:
    """The key of a link, if it is in use; the link is used up."""
    columns = sign_in_links.c
    used = delete(sign_in_links).where(columns.hash == hash_of(secret), columns.expires_at > now_micros())
    key_ids = connection.execute(used.returning(columns.key_id)).scalars().all()
    return next(iter(keys_in_use(connection, key_ids)), None)
