"""Explanations of numbers, beside the engine's loop.

Each is made in the thread of the connection that asks for it, with a connection to the events of its own. None waits in
the task queue, where a load may take hours.
"""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Condition
from time import monotonic
from typing import Final

import msgspec

from quotidian.domain.errors import UserError
from quotidian.series.explain.explanation import Deadlines, Explanation, explain
from quotidian.series.explain.limits import Overdue
from quotidian.series.explain.question import Question
from quotidian.store.passing import can_pass, is_memory, is_timeout, one_line
from quotidian.store.stores import Stores

_LOG = logging.getLogger(__name__)

LONGEST_SECONDS: Final = 10.0
"""How long an explanation may take, waiting included."""

_WAIT_SECONDS: Final = 5.0
"""How long it waits for events that were just stored to be in the number."""

_TURN_SECONDS: Final = 2.0
"""How long it waits for another of the same workspace."""

_MOST_AT_ONCE: Final = 2

_OVERDUE: Final = f"The explanation takes longer than {LONGEST_SECONDS:.0f} seconds, and was stopped"


class Explain(msgspec.Struct, tag=True, frozen=True):
    """What a number of a workspace, which is given by its name, is made of; with a cursor, from there on."""

    workspace: str
    question: Question
    cursor: str | None = None


class Refused(msgspec.Struct, tag=True, frozen=True):
    """Why there is no explanation: of a question that has none, or for the moment if `may_pass`."""

    message: str
    may_pass: bool


Explained = Explanation | Refused


class Explainer:
    """Explains numbers for any thread: one at a time a workspace, and a few in all."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._changed = Condition()
        self._running: set[str] = set()
        self._is_closed = False

    def answer(self, asked: Explain) -> Explained:
        """The explanation, or why there is none."""
        now = monotonic()
        deadlines = Deadlines(now + _WAIT_SECONDS, now + LONGEST_SECONDS)
        try:
            with self._turn(asked.workspace), self._beside() as stores:
                return explain(stores, asked.workspace, asked.question, asked.cursor, deadlines)
        except _Busy as error:
            return Refused(str(error), may_pass=True)
        except Overdue:
            return Refused(_OVERDUE, may_pass=True)
        except UserError as error:
            return Refused(str(error), may_pass=False)
        except Exception as error:
            return _failed(error)

    def close(self) -> None:
        """Explain nothing more, and wait for what is being explained: its connection must be closed first."""
        with self._changed:
            self._is_closed = True
            self._changed.wait_for(lambda: not self._running, LONGEST_SECONDS)

    @contextmanager
    def _turn(self, workspace: str) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._is_free(workspace), _TURN_SECONDS)
            if self._is_closed:
                raise _Busy("The engine is ending; ask again when it has started")
            if not self._is_free(workspace):
                raise _Busy("Other numbers are being explained; ask again when they are")
            self._running.add(workspace)
        try:
            yield
        finally:
            with self._changed:
                self._running.discard(workspace)
                self._changed.notify_all()

    def _is_free(self, workspace: str) -> bool:
        return workspace not in self._running and len(self._running) < _MOST_AT_ONCE

    @contextmanager
    def _beside(self) -> Iterator[Stores]:
        stores = self._stores.beside()
        with closing(stores.events):
            yield stores


class _Busy(Exception):  # noqa: N818
    """It is not the question's turn."""


def _failed(error: Exception) -> Refused:
    if is_timeout(error):
        return Refused(_OVERDUE, may_pass=True)
    if is_memory(error):
        return Refused("The explanation needs more memory than it may have", may_pass=True)
    _LOG.error("A number cannot be explained: %s", one_line(error), exc_info=None if can_pass(error) else error)
    return Refused("The events cannot be read at the moment; the server's log says why", may_pass=True)
