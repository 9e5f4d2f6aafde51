"""What the engine does about failures: it logs each once, and tries again after longer and longer rests."""

import logging
import re
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from quotidian.domain.errors import Deposed, QuotidianError
from quotidian.store.passing import can_pass, one_line

_LOG = logging.getLogger(__name__)
_FIRST_REST: Final = 1.0
_FORGET_SECONDS: Final = 3_600.0
_MOST_TOLD: Final = 1_000
_GONE_SECONDS: Final = 2.0
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
    """Logs failures: the same one once an hour, with a traceback if it is of no kind that is expected.

    `needed` is a file without which everything fails.
    """

    def __init__(self, needed: Path) -> None:
        self._needed = needed
        self._was = _identity(needed)
        self._told: dict[tuple[str, str], float] = {}

    def tell(self, what: str, error: Exception) -> None:
        """Log `what`, a sentence without its full stop, and the error that is its reason.

        Raises Deposed, if that is the error: an engine that no longer leads must not go on.
        """
        if isinstance(error, Deposed):
            raise error
        if _identity(self._needed) != self._was:
            # The data folder has gone, or another is in its place: the watchdog, which ends this process within that
            # time, says so in one sentence.
            sleep(_GONE_SECONDS)
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
        """The failure is over: it is logged again if it comes back."""
        key = _NUMBERS.sub("", what)
        for each in [each for each in self._told if each[0] == key]:
            del self._told[each]


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another that is later in its place; None if none is there."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_dev, status.st_ino
