"""Does what needs the event store: in the engine if one runs, else in this process."""

import time
from collections.abc import Callable
from contextlib import closing
from typing import Final, TypeVar

from quotidian.cli.context import Context
from quotidian.cli.errors import print_warning
from quotidian.domain.errors import FolderInUse, TaskFailed, UserError
from quotidian.engine.protocol import MessageSocket, connect
from quotidian.engine.questions import Refused
from quotidian.telemetry.heartbeat import ENGINE_COMMAND

_ATTEMPTS: Final = 5
_ENGINE_STARTS_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.2

T = TypeVar("T")


class _NoEngine(Exception):  # noqa: N818
    """No engine listens."""


def in_engine_or_here(context: Context, in_engine: Callable[[MessageSocket], T], here: Callable[[], T]) -> T:
    """What `in_engine` returns of a conversation with the engine, or `here` where none runs.

    Raises UserError before `quotidian init`, FolderInUse if another command has the event store, TaskFailed if engines
    end while they are at it.
    """
    context.series().dispose()
    give_up = time.monotonic() + _ENGINE_STARTS_SECONDS
    attempts = 0
    while True:
        try:
            return _converse(context, in_engine)
        except _NoEngine:
            pass
        except EOFError as error:
            attempts += 1
            if attempts == _ATTEMPTS:
                raise TaskFailed("the engine ended five times while it was at it; see the server's log") from error
            print_warning("the engine has ended while it was at it; the command begins again")
            give_up = time.monotonic() + _ENGINE_STARTS_SECONDS
            continue
        try:
            return here()
        except FolderInUse as error:
            # An engine has the store before it listens, and for a moment after.
            if error.holder != ENGINE_COMMAND or time.monotonic() > give_up:
                raise
        time.sleep(_LOOK_SECONDS)


def _converse(context: Context, in_engine: Callable[[MessageSocket], T]) -> T:
    try:
        channel = MessageSocket(connect(context.folder.engine_socket))
    except OSError as error:
        raise _NoEngine from error
    with closing(channel):
        try:
            return in_engine(channel)
        except OSError as error:
            raise EOFError from error


def expect(reply: object, wanted: type[T]) -> T:
    """The answer that a question wants. Raises UserError or TaskFailed for another one, with what it says."""
    if isinstance(reply, Refused):
        raise TaskFailed(reply.message) if reply.may_pass else UserError(reply.message)
    if not isinstance(reply, wanted):
        raise TaskFailed(f"the engine answered a question with {type(reply).__name__}")
    return reply
