"""For how long a process has given no sign of life, whatever becomes of the machine and of its clocks meanwhile."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

LOOK_SECONDS: Final = 0.2
"""From one look to the next."""

_MOST_SECONDS: Final = 2 * LOOK_SECONDS


class AwakeClock:
    """Seconds for which who looks at this clock was awake.

    A clock of the machine goes on, or jumps, while all its processes are stopped or it sleeps, and everybody would
    seem to have been silent: so a look counts for little, however long ago the last one was.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.now = 0.0
        self._clock = clock
        self._looked_at = clock()

    def look(self) -> None:
        """Go on. To be called every LOOK_SECONDS."""
        moment = self._clock()
        self.now += min(moment - self._looked_at, _MOST_SECONDS)
        self._looked_at = moment


class Silence:
    """The silence of one process. It says that it is alive by changing a file, at whatever time it believes it is."""

    def __init__(self, file: Path, clock: AwakeClock) -> None:
        self._file = file
        self._clock = clock
        self._sign = self._read()
        self._since = clock.now

    def seconds(self) -> float:
        """How long it lasts, from the beginning of the watch or the last sign that differed from the one before."""
        if (sign := self._read()) != self._sign:
            self._sign, self._since = sign, self._clock.now
        return self._clock.now - self._since

    def _read(self) -> int | None:
        try:
            return self._file.stat().st_mtime_ns
        except OSError:
            return None
