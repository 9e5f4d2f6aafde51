"""Transactions that write, to whatever database."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from quotidian.domain.errors import UserError
from quotidian.store.series_dialect import dialect_of

_TURNS: Final[WeakKeyDictionary[Engine, Lock]] = WeakKeyDictionary()

_MAKING: Final = Lock()


def thread_turn(engine: Engine) -> Lock:
    """Threads of a process write in turn: of those that wait, the database would refuse one after a minute."""
    with _MAKING:
        return _TURNS.setdefault(engine, Lock())


@contextmanager
def changing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes; committed at the end of the block, rolled back if it raises.

    What is served is written by `store.series.writing` instead. Raises UserError if another has been writing for a
    minute.
    """
    with _alone(engine), transaction(engine) as connection:
        yield connection


def _alone(engine: Engine) -> AbstractContextManager[object]:
    return thread_turn(engine) if dialect_of(engine).HAS_ONE_WRITER else nullcontext()


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """The same, for who has the turn of the process's threads, or needs none."""
    try:
        with engine.execution_options(writes=True).begin() as connection:
            yield connection
    except OperationalError as error:
        if dialect_of(engine).is_locked(error):
            raise UserError("Another command is writing to the series store; try again when it has ended") from error
        raise
