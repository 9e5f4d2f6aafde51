"""How often to roll up: often where it is cheap, and at most about four fifths of the time."""

from time import monotonic
from typing import Final

_LEAST_SECONDS: Final = 0.5
_MOST_SECONDS: Final = 15.0

_SHARE: Final = 0.25
"""Seconds of rest for a second of work. An event waits for the rollup before, the rest, and its own rollup."""


class Pace:
    """Says when it is time again for something whose cost varies."""

    def __init__(self) -> None:
        self._due = 0.0

    @property
    def is_due(self) -> bool:
        """Whether it is time."""
        return monotonic() >= self._due

    def spent(self, seconds: float) -> None:
        """It was done in so many seconds: rest for a share of them, within bounds."""
        self._due = monotonic() + min(max(_SHARE * seconds, _LEAST_SECONDS), _MOST_SECONDS)
