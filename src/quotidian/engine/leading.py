"""Who leads: the one process that may change events and series, until another takes over."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

from sqlalchemy import Engine

from quotidian.control.leader import note_leader, read_leader
from quotidian.domain.errors import LedElsewhere, UserError, shown
from quotidian.settings import Settings
from quotidian.store.lease import Lease
from quotidian.store.series import writing
from quotidian.store.turn import take_over
from quotidian.telemetry.logs import finish_logs

_LOG = logging.getLogger(__name__)

PURPOSE: Final = "engine"
"""What the connections are called of who leads, or could: those of others are ended by who begins to lead."""

_LOST_STATUS: Final = 1
_LONGEST_NAME: Final = 100


def node_name(settings: Settings) -> str:
    """The name of this node among those of one series store. Raises UserError for one that cannot be shown."""
    name = settings.node or socket.gethostname()
    if not name.isprintable() or len(name) > _LONGEST_NAME:
        raise UserError(f"node must be a name of at most {_LONGEST_NAME} printable characters, not {shown(name)}")
    return name


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
        note_leader(connection, epoch, node_name(settings), command)
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
