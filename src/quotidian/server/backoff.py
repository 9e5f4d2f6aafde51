"""How long the watchdog waits before it starts a dead process again."""

from time import monotonic
from typing import Final

_FORGIVEN_SECONDS: Final = 60.0
_FIRST_SECONDS: Final = 0.25
_MOST_SECONDS: Final = 30.0


class Backoff:
    """No wait after a first death. Each that follows within a minute of a start doubles it, up to half a minute."""

    def __init__(self) -> None:
        self._died_at = -_FORGIVEN_SECONDS
        self._seconds = 0.0

    def after_death(self) -> float:
        """Seconds to wait before the next start. Call it once for each death."""
        now = monotonic()
        forgiven = now - self._died_at >= _FORGIVEN_SECONDS + self._seconds
        self._died_at = now
        self._seconds = 0.0 if forgiven else min(max(2 * self._seconds, _FIRST_SECONDS), _MOST_SECONDS)
        return self._seconds
