"""Who leads: the one process that may change events and series, until another takes over."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple, NoReturn

from sqlalchemy import Connection, Engine, select

from quotidian.domain.days import iso_of
from quotidian.domain.errors import LedElsewhere
from quotidian.settings import Settings
from quotidian.store.lease import Lease
from quotidian.store.series import replace, writing
from quotidian.store.series_dialect import dialect_of
from quotidian.store.tables import leader
from quotidian.store.turn import take_over
from quotidian.telemetry.logs import finish_logs

_LOG = logging.getLogger(__name__)

PURPOSE: Final = "engine"
"""What the connections are called of who leads, or could: those of others are ended by who begins to lead."""

_PLACE: Final = 1
_LOST_STATUS: Final = 1


class Leader(NamedTuple):
    """Who leads, or led last: the epoch, the name of the node, its command, and since when, in microseconds."""

    epoch: int
    node: str
    command: str
    since: int

    def __str__(self) -> str:
        return f"`quotidian {self.command}` on the node {self.node!r}, since {iso_of(self.since)}"


def node_name(settings: Settings) -> str:
    """The name of this node among those of one series store."""
    return settings.node or socket.gethostname()


def read_leader(connection: Connection) -> Leader | None:
    """Who leads, or led last; None if nobody ever has."""
    row = connection.execute(select(*(leader.c[name] for name in Leader._fields))).one_or_none()
    return None if row is None else Leader(*row)


@contextmanager
def taken(lease: Lease, series: Engine) -> Iterator[None]:
    """Have the lease until the block ends. Raises LedElsewhere if another process has it."""
    if not lease.take():
        raise led_elsewhere(series)
    try:
        yield
    finally:
        lease.close()


def lead(series: Engine, settings: Settings, command: str, lease: Lease) -> int:
    """Lead from now on, with a lease that is taken; returns the epoch. If it is lost, this process ends.

    `series` must have been opened for PURPOSE: the sessions of those who led before are ended.
    """
    epoch = take_over(series)
    with writing(series) as connection:
        told = Leader(epoch, node_name(settings), command, dialect_of(series).clock(connection))
        replace(connection, leader, [{"place": _PLACE, **told._asdict()}])
    lease.watch(epoch, _end)
    return epoch


def led_elsewhere(series: Engine) -> LedElsewhere:
    """What to raise where another leads: it says which."""
    with series.connect() as connection:
        found = read_leader(connection)
    return LedElsewhere(f"The events are led by {found or 'another process that has only just begun to'}")


def _end(why: str) -> NoReturn:
    """End this process at once. Its threads may be in statements that take long, and can do no more than harm."""
    _LOG.error("This process no longer leads, and ends: %s", why)
    finish_logs()
    os._exit(_LOST_STATUS)
