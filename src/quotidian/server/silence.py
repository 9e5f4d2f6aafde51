"""How long a process has given no sign of life. Sleep of the machine and changes of its date do not count."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

LOOK_SECONDS: Final = 0.2
"""Seconds from one look of the watchdog to the next."""

_MOST_SECONDS: Final = 2 * LOOK_SECONDS


class AwakeClock:
    """Counts the seconds for which the process that looks at this clock was running.

    The machine's clock goes on while the machine sleeps or all processes are stopped: every process would seem to have
    been silent. So at most twice LOOK_SECONDS are counted from one look to the next.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.now = 0.0
        self._clock = clock
        self._looked_at = clock()

    def look(self) -> None:
        """Count the time since the last look. Call it every LOOK_SECONDS."""
        moment = self._clock()
        self.now += min(moment - self._looked_at, _MOST_SECONDS)
        self._looked_at = moment


class Silence:
    """How long one process has been silent. A process that lives changes the time of a file again and again.

    Any change is a sign of life, to an earlier time too: the machine's date may have been set back.
    """

    def __init__(self, file: Path, clock: AwakeClock) -> None:
        self._file = file
        self._clock = clock
        self._sign = self._read()
        self._since = clock.now
        self.is_broken = False
        """Whether the process has given a sign, as far as `seconds` has seen."""

    def seconds(self) -> float:
        """Seconds since the last change of the file was seen, or else since this object was made."""
        if (sign := self._read()) != self._sign:
            self._sign, self._since = sign, self._clock.now
            self.is_broken = True
        return self._clock.now - self._since

    def _read(self) -> int | None:
        try:
            return self._file.stat().st_mtime_ns
        except OSError:
            return None
