"""Who leads: the one process that changes events and series, as it has noted when it began to (engine/leading.py)."""

from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from quotidian.domain.days import iso_of
from quotidian.store.series import replace
from quotidian.store.series_dialect import dialect_of
from quotidian.store.tables import leader
from quotidian.telemetry.visible import visible

_PLACE: Final = 1
_MOST_SHOWN: Final = 200


class Leader(NamedTuple):
    """Who leads, or led last: the epoch, the name of the node, its command, and since when, in microseconds."""

    epoch: int
    node: str
    command: str
    since: int

    def __str__(self) -> str:
        return f"`quotidian {self.command}` on the node {self.node!r}, since {iso_of(self.since)}"


def note_leader(connection: Connection, epoch: int, node: str, command: str) -> None:
    """Note who begins to lead, in the caller's transaction, which writes."""
    # A command may name any number of files, by any bytes.
    shown = visible(command[:_MOST_SHOWN]).encode(errors="backslashreplace").decode()
    told = Leader(epoch, node, shown, dialect_of(connection.engine).clock(connection))
    replace(connection, leader, [{"place": _PLACE, **told._asdict()}])


def read_leader(connection: Connection) -> Leader | None:
    """Who leads, or led last; None if nobody ever has."""
    row = connection.execute(select(*(leader.c[name] for name in Leader._fields))).one_or_none()
    return None if row is None else Leader(*row)
