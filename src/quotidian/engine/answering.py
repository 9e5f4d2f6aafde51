"""Answers to questions, beside the engine's loop: explanations of numbers, reports of experiments.

Each is made in the thread of the connection that asks for it, with a connection to the events of its own. None waits in
the task queue, where a load may take hours.
"""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Condition
from time import monotonic
from typing import Final, Protocol

from quotidian.domain.errors import UserError
from quotidian.engine.questions import LONGEST_SECONDS, Answered, Asked, Refused
from quotidian.series.experiments.answer import answer_experiment
from quotidian.series.experiments.kept import KeptFacts
from quotidian.series.experiments.question import Experiment
from quotidian.series.explain.explaining import Deadlines, explain
from quotidian.series.explain.limits import Overdue
from quotidian.store.changes import Changes
from quotidian.store.passing import can_pass, is_memory, is_timeout, one_line
from quotidian.store.stores import Stores

_LOG = logging.getLogger(__name__)

_WAIT_SECONDS: Final = 5.0
"""How long an explanation waits for events that were just stored to be in the number."""

_TURN_SECONDS: Final = 2.0
"""How long a question waits for another of the same workspace."""

_MOST_AT_ONCE: Final = 2

_OVERDUE: Final = f"The answer takes longer than {LONGEST_SECONDS:.0f} seconds, and was stopped"


class Opens(Protocol):
    """Opens the stores for a question; `changes` is what changes them."""

    @property
    def changes(self) -> Changes:
        """What tells whether what was counted still holds."""

    def beside(self) -> Stores:
        """The stores, with a connection to the events that is closed by whoever asks."""


class Answerer:
    """Answers questions for any thread: one at a time a workspace, and a few in all."""

    def __init__(self, stores: Opens) -> None:
        self._stores = stores
        self._kept = KeptFacts(stores.changes)
        self._changed = Condition()
        self._running: set[str] = set()
        self._is_closed = False

    def answer(self, asked: Asked) -> Answered:
        """The answer, or why there is none."""
        now = monotonic()
        deadlines = Deadlines(now + _WAIT_SECONDS, now + LONGEST_SECONDS)
        try:
            with self._turn(asked.workspace), self._beside() as stores:
                if isinstance(asked, Experiment):
                    return answer_experiment(stores, self._kept, asked, deadlines.end)
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
        """Answer nothing more, and wait for what is being answered: its connection must be closed first."""
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
                raise _Busy("Other questions are being answered; ask again when they are")
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
        return Refused("The answer needs more memory than it may have", may_pass=True)
    _LOG.error("A question cannot be answered: %s", one_line(error), exc_info=None if can_pass(error) else error)
    return Refused("The events cannot be read at the moment; the server's log says why", may_pass=True)
