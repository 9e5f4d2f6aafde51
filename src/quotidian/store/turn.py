"""Whose turn it is to write to the series store, and which engine leads.

Every transaction that writes what is served begins by counting itself in the one row of `turn`. So they are one after
the other on any database, and the count is a version of the data that is cheap to look at.

The row has an epoch, too, which an engine that begins to lead makes one higher. An engine that led before, and does not
know that it no longer does, finds another epoch than its own, and writes nothing.
"""

from typing import Final

from sqlalchemy import Connection, Engine, insert, update

from quotidian.domain.errors import Deposed
from quotidian.store.series_dialect import dialect_of
from quotidian.store.tables import turn
from quotidian.store.transactions import changing

_EPOCH: Final = "quotidian_epoch"


def begin_turns(connection: Connection) -> None:
    """Nobody has written yet, in a store that is being made."""
    connection.execute(insert(turn), {"version": 0, "epoch": 0})


def take_turn(connection: Connection) -> None:
    """Begin to write: others that want to wait until this transaction ends.

    Raises Deposed if this is the connection of an engine that no longer leads.
    """
    statement = update(turn).values(version=turn.c.version + 1).returning(turn.c.epoch)
    epoch = connection.execute(statement).scalar_one()
    own = connection.get_execution_options().get(_EPOCH, epoch)
    if epoch != own:
        raise Deposed(f"Another engine leads now (its epoch is {epoch}, and this one's {own}); nothing was written")


def take_over(engine: Engine) -> int:
    """Lead from now on; returns the epoch. What engines that led before write through theirs raises Deposed.

    Their sessions are ended, so that none of them has the turn for long. Raises UserError if another has it.
    """
    dialect_of(engine).end_sessions(engine)
    with changing(engine) as connection:
        statement = update(turn).values(version=turn.c.version + 1, epoch=turn.c.epoch + 1).returning(turn.c.epoch)
        epoch = int(connection.execute(statement).scalar_one())
    engine.update_execution_options(**{_EPOCH: epoch})
    return epoch


def own_epoch(engine: Engine) -> int | None:
    """The epoch in which an engine leads; None if it does not."""
    epoch = engine.get_execution_options().get(_EPOCH)
    return None if epoch is None else int(epoch)
