"""Dead letters: records that could not be used, with the reason and where they came from, until somebody looks."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, select

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Micros, now_micros
from quotidian.store.series import add_missing
from quotidian.store.tables import dead_letters


class DeadLetter(NamedTuple):
    """A record that cannot be used. `record` is its JSON, or what could be read of an Avro record.

    What follows is counted, and not stored: `events` is how many records it stands for, `kinds` the reasons of these
    without what a client wrote, and `time` the record's time in microseconds, if it has a usable one.
    """

    origin: str
    event_type: str
    event_id: str
    reason: str
    record: str
    events: int = 1
    kinds: Mapping[str, int] | None = None
    time: Micros | None = None

    def stored(self) -> dict[str, str]:
        """The fields that are stored, by the names of their columns."""
        fields = self._asdict()
        for counted in ("events", "kinds", "time"):
            del fields[counted]
        return fields


def add_dead_letters(connection: Connection, workspace_id: int, added: Iterable[DeadLetter]) -> None:
    """Store dead letters of a workspace. One that an earlier load of the same file has stored is stored once."""
    now = now_micros()
    rows = ({"workspace_id": workspace_id, **each.stored()} for each in added)
    add_missing(connection, dead_letters, ({"key": _key(row), "at": now, **row} for row in rows))


def _key(row: Mapping[str, object]) -> str:
    return hashlib.sha256("\0".join(map(str, row.values())).encode()).hexdigest()


def list_dead_letters(connection: Connection, workspace: Workspace, limit: int) -> Iterator[DeadLetter]:
    """The newest dead letters of a workspace, newest first."""
    columns = dead_letters.c
    query = (
        select(columns.origin, columns.event_type, columns.event_id, columns.reason, columns.record)
        .where(columns.workspace_id == workspace.id)
        .order_by(columns.at.desc(), columns.key)
        .limit(limit)
    )
    for row in connection.execute(query):
        yield DeadLetter(*row)
