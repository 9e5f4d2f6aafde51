"""Dead letters: records that could not be used, with the reason and where they came from, until someone looks."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import now_micros
from quotidian.store.series import add_missing
from quotidian.store.tables import dead_letters


class DeadLetter(NamedTuple):
    """A record that could not be used. `record` is its JSON, or what could be read of an Avro record."""

    workspace_id: int
    origin: str
    event_type: str
    event_id: str
    reason: str
    record: str


def bury(connection: Connection, letters: Sequence[DeadLetter]) -> None:
    """Keep dead letters; one that is there already, from an earlier load of the same file, is kept once."""
    now = now_micros()
    add_missing(connection, dead_letters, ({"key": _key(letter), "at": now, **letter._asdict()} for letter in letters))


def _key(letter: DeadLetter) -> str:
    return hashlib.sha256("\0".join(map(str, letter)).encode()).hexdigest()


def exhume(connection: Connection, workspace: Workspace, limit: int) -> Iterator[DeadLetter]:
    """The newest dead letters of a workspace, newest first."""
    columns = dead_letters.c
    query = (
        select(
            columns.workspace_id, columns.origin, columns.event_type, columns.event_id, columns.reason, columns.record
        )
        .where(columns.workspace_id == workspace.id)
        .order_by(columns.at.desc(), columns.key)
        .limit(limit)
    )
    for row in connection.execute(query):
        yield DeadLetter(*row)
