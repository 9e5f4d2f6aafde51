"""Work in the background: what the engine does again and again, and how often. The table is BACKGROUND in loop.py."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Final, Generic, TypeVar

from quotidian.engine.retrying import Failures, Rest

_LOG = logging.getLogger(__name__)
_LONGEST_REST: Final = 10.0

ALWAYS: Final = timedelta(0)
ONCE: Final = timedelta.max

Owner = TypeVar("Owner")


@dataclass(frozen=True)
class Background(Generic[Owner]):
    """A row of the table: what is done, in words, the function that does it, and how often it is called at most.

    `do` returns whether there was anything to do. It does a bounded amount of work, because the other rows wait for it.
    With `waits_first` the first period passes before the first call.
    """

    name: str
    do: Callable[[Owner], bool]
    every: timedelta = ALWAYS
    waits_first: bool = False


class Repeated(Generic[Owner]):
    """Calls a row's function when it is due. After a failure `after` is called, and the row rests for a while."""

    def __init__(self, row: Background[Owner], owner: Owner, failures: Failures, after: Callable[[], None]) -> None:
        self._row = row
        self._owner = owner
        self._what = f"Background work failed ({row.name}), and is tried again"
        self._failures = failures
        self._after = after
        self._seconds = row.every.total_seconds()
        self._due = monotonic() + self._seconds if row.waits_first else 0.0
        self._rest = Rest(_LONGEST_REST)

    def run(self) -> bool:
        """Do the work if it is due and does not rest; returns whether there was anything to do."""
        if monotonic() < self._due or not self._rest.is_due:
            return False
        try:
            found = self._row.do(self._owner)
        except Exception as error:
            self._rest.failed()
            self._failures.tell(self._what, error)
            self._after()
            return False
        self._due = monotonic() + self._seconds
        # Nothing to do is no success: the cause of a failure may only not have been met.
        if found and self._rest.seconds:
            self._rest.worked()
            self._failures.worked(self._what)
            _LOG.info("Background work that had failed works again: %s", self._row.name)
        return found
