"""The engine's heartbeat: a file that says that it is alive, and how far behind it is."""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

ENGINE_COMMAND: Final = "serve (engine)"
"""By this name the engine holds the event store."""

_WRITE_SECONDS: Final = 0.5
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


class EngineState(msgspec.Struct):
    """Instants in seconds since the epoch, except `beat_clock`.

    `unpublished_since` is when the oldest event came that is stored and not yet in the series; None if all are.
    `beat_clock` is when it was last alive, on the clock that all processes of a `boot` share and that nobody sets.
    While a task is done, `busy_with` is its name, `workspace` the one that it is for ('' if it is for all), and `done`
    of `total` how far its `step` has come. `trouble` is why it cannot open the event store until somebody does
    something; '' if it can, or a command has it. `leads` is whether it changes events and series, as one engine does of
    all nodes.
    """

    pid: int
    started_at: float
    beat_clock: float
    boot: str
    unpublished_since: float | None = None
    rolled_up_at: float | None = None
    busy_with: str = ""
    workspace: str = ""
    step: str = ""
    done: int = 0
    total: int = 0
    trouble: str = ""
    leads: bool = False

    def begin(self, task: str, workspace: str = "") -> None:
        """Note which task is being done; '' when it has ended."""
        self.busy_with, self.workspace = task, workspace
        self.step, self.done, self.total = "", 0, 0

    def silent_seconds(self) -> float | None:
        """For how long it has given no sign of life; None if the machine was started since."""
        silent = time.monotonic() - self.beat_clock
        return silent if self.boot == _boot() and silent >= 0 else None


class Heartbeat:
    """Writes the state of this process, at most twice a second."""

    def __init__(self, path: Path) -> None:
        self.state = EngineState(os.getpid(), time.time(), -_WRITE_SECONDS, _boot())
        self._path = path

    def beat(self) -> None:
        """Say that the engine is alive."""
        now = time.monotonic()
        if now - self.state.beat_clock < _WRITE_SECONDS:
            return
        self.state.beat_clock = now
        written = self._path.with_suffix(".new")
        try:
            written.write_bytes(msgspec.json.encode(self.state))
            written.rename(self._path)
        except OSError:
            # A full disk is told by those who have something to store; it is no reason to be taken for stuck.
            with suppress(OSError):
                os.utime(self._path)


def _boot() -> str:
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""


def read_state(path: Path) -> EngineState | None:
    """The state that was written last; None if there is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=EngineState)
    except (OSError, msgspec.DecodeError):
        return None
