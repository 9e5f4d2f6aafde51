"""The processes that the watchdog keeps running: the engine, and the workers that answer."""

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Final, Protocol

from quotidian.process.interrupts import interrupts_blocked
from quotidian.server.backoff import Backoff
from quotidian.server.silence import AwakeClock, Silence
from quotidian.settings import Settings
from quotidian.store.folder import DataFolder

_LOG = logging.getLogger(__name__)


class Process(Protocol):
    """What is used here of a `subprocess.Popen`."""

    pid: int

    def poll(self) -> int | None:
        """The status that it ended with; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises TimeoutExpired after `timeout` seconds."""

    def terminate(self) -> None:
        """Send SIGTERM."""

    def kill(self) -> None:
        """Send SIGKILL."""


BEGIN_SECONDS: Final = 30
"""Seconds a process has for its first sign of life, however short the setting: a busy machine starts it slowly."""


class Child:
    """A process that is started again when it dies, and is killed when it gives no sign of life."""

    _silence: Silence
    """How long the process that runs has been silent."""

    def __init__(
        self,
        name: str,
        start: Callable[[], Process],
        life_file: Callable[[int], Path],
        stuck_seconds: float,
        clock: AwakeClock,
    ) -> None:
        """A process with the id `n` shows that it lives by changing the file `life_file(n)`."""
        self._name = name
        self._start_process = start
        self._life_file = life_file
        self._stuck_seconds = stuck_seconds
        self._clock = clock
        self._backoff = Backoff()
        self._due = 0.0
        self._process: Process | None = None

    def look(self) -> None:
        """Start the process if it does not run and is due; kill it if it has been silent for too long."""
        if self._process and (status := self._process.poll()) is not None:
            self._postpone(f"ended with status {status}")
        if self._process is None and self._clock.now >= self._due:
            self._start()
        if self._process and (silent := self._silence.seconds()) > self._patience:
            _LOG.error("%s has given no sign of life for %d s, and is killed", self._called, silent)
            self._process.kill()
            self._silence = self._begin_silence(self._process)

    def begin_end(self) -> None:
        """Tell the process to end, and do not wait for it."""
        if self._process:
            self._process.terminate()

    def kill(self) -> None:
        """End the process at once."""
        if self._process:
            self._process.kill()

    def end(self, until: float) -> None:
        """Wait until the process has ended; it is killed at the moment `until` of `time.monotonic`."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, until - monotonic()))
        except subprocess.TimeoutExpired:
            _LOG.warning("%s has not ended in time, and is killed", self._called)
            self._process.kill()
            self._process.wait()

    @property
    def _patience(self) -> float:
        return self._stuck_seconds if self._silence.is_broken else max(self._stuck_seconds, BEGIN_SECONDS)

    @property
    def _called(self) -> str:
        return f"{self._name} (process {self._process.pid})" if self._process else self._name

    def _start(self) -> None:
        try:
            self._process = self._start_process()
        except OSError as error:
            # The machine lacks memory or process ids, and may have some again.
            self._postpone(f"could not be started: {error.strerror}")
        else:
            self._silence = self._begin_silence(self._process)

    def _begin_silence(self, process: Process) -> Silence:
        return Silence(self._life_file(process.pid), self._clock)

    def _postpone(self, why: str) -> None:
        seconds = self._backoff.after_death()
        _LOG.error("%s %s; it is started again in %.1f s", self._called, why, seconds)
        self._process, self._due = None, self._clock.now + seconds


def make_children(
    folder: DataFolder, settings: Settings, address: tuple[str, int] | None, workers: int, clock: AwakeClock
) -> list[Child]:
    """The engine and as many workers as `workers` says, which listen at `address`, an IP address and a port.

    Without an address there are no workers.
    """
    engine = Child("The engine", _start_engine, lambda _: folder.engine_state, settings.engine_stuck_seconds, clock)

    if address is None:
        return [engine]

    def start_worker() -> Process:
        return _start("quotidian.server.api_worker", *map(str, address))

    return [
        engine,
        *(
            Child("A worker", start_worker, folder.worker_beat, settings.worker_stuck_seconds, clock)
            for _ in range(workers)
        ),
    ]


def _start_engine() -> Process:
    return _start("quotidian.server.engine_process")


def _start(module: str, *words: str) -> Process:
    # Ctrl-C and the end of a terminal signal all processes of the terminal. These end when the watchdog says so.
    with interrupts_blocked():
        return subprocess.Popen([sys.executable, "-P", "-m", module, *words])  # noqa: S603 - our own modules
