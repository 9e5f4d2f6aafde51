"""What the engine says of itself, in a file that others read: that it is alive, and how far behind it is."""

import os
import time
from pathlib import Path
from typing import Final

import msgspec

ENGINE_COMMAND: Final = "serve (engine)"
"""By this name the engine holds the event store."""

_WRITE_SECONDS: Final = 0.5


class EngineState(msgspec.Struct):
    """Instants in seconds since the epoch.

    `unpublished_since` is when the oldest event came that is stored and not yet in the series; None if all are.
    `trouble` is why it cannot open the event store until somebody does something; '' if it can, or a command has it.
    """

    pid: int
    started_at: float
    beat_at: float
    unpublished_since: float | None = None
    rolled_up_at: float | None = None
    busy_with: str = ""
    trouble: str = ""


class Heart:
    """Writes the state of this process, at most twice a second."""

    def __init__(self, path: Path) -> None:
        now = time.time()
        self.state = EngineState(os.getpid(), now, 0)
        self._path = path

    def beat(self) -> None:
        """Say that the engine is alive."""
        now = time.time()
        if now - self.state.beat_at < _WRITE_SECONDS:
            return
        self.state.beat_at = now
        written = self._path.with_suffix(".new")
        try:
            written.write_bytes(msgspec.json.encode(self.state))
            written.rename(self._path)
        except OSError:
            # A full disk is told by those who have something to store.
            return


def read_state(path: Path) -> EngineState | None:
    """What the engine said last; None if it never did."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=EngineState)
    except (OSError, msgspec.DecodeError):
        return None
