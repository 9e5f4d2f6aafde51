"""When keys were last used: noted by a worker in memory, and written to the inbox's file now and then.

Not to the series store: whatever is written there ends all known answers (api/answers.py), so that a busy key would
end them over and over. The inbox's file is open in every worker and made for small writes of several processes.
"""

import logging
import time
from threading import Event, Thread
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from quotidian.control.keys import Key
from quotidian.domain.errors import UserError
from quotidian.inbox.store import Inbox

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 5.0
_EXACT_MICROS: Final = 60_000_000
"""How far what is written may be behind: a key that is always in use is written once in this time."""


class KeyUses:
    """When the keys that a worker has seen were last used, in microseconds; a thread writes it."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._used: dict[int, int] = {}
        self._written: dict[int, int] = {}
        self._is_failing = False
        self._ended = Event()
        self._thread = Thread(target=self._run, name="key uses", daemon=True)
        self._thread.start()

    def note(self, key: Key) -> None:
        """Note that a key is used now. Every request does."""
        self._used[key.id] = time.time_ns() // 1_000

    def write(self, exact_micros: int = _EXACT_MICROS) -> None:
        """Write the uses that are so much later than what is written of their keys; of a new key the first use."""
        used = self._used.copy()
        # Not the difference alone: a clock may be set back.
        due = {key: at for key, at in used.items() if abs(at - self._written.get(key, 0)) >= exact_micros}
        if due:
            self._inbox.note_uses(due)
            self._written |= due

    def close(self) -> None:
        """Write the last uses exactly."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            self._try(_EXACT_MICROS)
        self._try(1)

    def _try(self, exact_micros: int) -> None:
        try:
            self.write(exact_micros)
            self._is_failing = False
        except (SQLAlchemyError, UserError) as error:
            # What is not written stays noted, and is tried again.
            if not self._is_failing:
                _LOG.error("When keys were last used cannot be written: %s", getattr(error, "orig", error))
            self._is_failing = True
