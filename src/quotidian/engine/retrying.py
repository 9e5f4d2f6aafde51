"""What the engine does about failures: it says each once, goes on with the rest, and tries again after longer rests."""

import logging
import re
from collections.abc import Callable
from time import monotonic
from typing import Final

from quotidian.domain.errors import QuotidianError
from quotidian.store.passing import can_pass, one_line

_LOG = logging.getLogger(__name__)
_FIRST_REST: Final = 1.0
_LONGEST_REST: Final = 10.0
_FORGET_SECONDS: Final = 3_600.0
_MOST_TOLD: Final = 1_000
_NUMBERS: Final = re.compile("[0-9][0-9.,]*")


class Rest:
    """How long something that failed rests: twice as long after each failure, until it works."""

    def __init__(self, longest: float) -> None:
        self.seconds = 0.0
        self._longest = longest
        self._due = 0.0

    @property
    def is_due(self) -> bool:
        """Whether it is time to try."""
        return monotonic() >= self._due

    def failed(self) -> None:
        """It failed: rest for longer than before."""
        self.seconds = min(max(2 * self.seconds, _FIRST_REST), self._longest)
        self._due = monotonic() + self.seconds

    def worked(self) -> None:
        """It worked: the next failure is a first one."""
        self.seconds = self._due = 0.0


class Failures:
    """Puts failures into the log: the same once an hour, with a traceback where nobody foresaw it."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], float] = {}

    def tell(self, what: str, error: Exception) -> None:
        """Say that `what`, a sentence without its end, is so because of an error."""
        said = one_line(error)
        # Numbers differ where the failure is the same: sizes, addresses, times.
        key = (_NUMBERS.sub("", what), _NUMBERS.sub("", said))
        now = monotonic()
        if now - self._told.get(key, -_FORGET_SECONDS) < _FORGET_SECONDS:
            return
        if len(self._told) >= _MOST_TOLD:
            self._told.clear()
        self._told[key] = now
        is_foreseen = can_pass(error) or isinstance(error, QuotidianError)
        _LOG.error("%s: %s", what, said, exc_info=None if is_foreseen else error)

    def worked(self, what: str) -> None:
        """What was told of this is over: told again if it comes back."""
        key = _NUMBERS.sub("", what)
        for each in [each for each in self._told if each[0] == key]:
            del self._told[each]


class Step:
    """A step of the engine's, which may fail without hindering the others.

    `do` returns whether there was anything to do; `after` is called when it has failed.
    """

    def __init__(self, name: str, do: Callable[[], bool], failures: Failures, after: Callable[[], None]) -> None:
        self._name = name
        self._what = f"A step failed ({name}), and is tried again"
        self._do = do
        self._failures = failures
        self._after = after
        self._rest = Rest(_LONGEST_REST)

    def take(self) -> bool:
        """Take the step unless it rests; returns whether there was anything to do."""
        if not self._rest.is_due:
            return False
        try:
            found = self._do()
        except Exception as error:
            self._rest.failed()
            self._failures.tell(self._what, error)
            self._after()
            return False
        # Nothing to do is no success: what failed may only not be due.
        if found and self._rest.seconds:
            self._rest.worked()
            self._failures.worked(self._what)
            _LOG.info("A step that had failed works again: %s", self._name)
        return found
