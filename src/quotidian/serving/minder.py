"""Keeps the engine running, and ends what is stuck: a thread of the server's first process."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Event, Thread
from typing import Final

from quotidian.engine.state import read_state
from quotidian.folder import DataFolder
from quotidian.serving.backoff import Backoff
from quotidian.settings import Settings

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 0.2
_STOP_SECONDS: Final = 4


class Minder:
    """Starts the engine, starts it again when it dies, and kills it, or a worker, when it gives no sign of life."""

    def __init__(self, folder: DataFolder, settings: Settings) -> None:
        self._folder = folder
        self._settings = settings
        self._workers: Callable[[], Iterable[int]] = list
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="minder", daemon=True)
        self._born: dict[int, float] = {}

    def start(self, workers: Callable[[], Iterable[int]]) -> None:
        """Begin. `workers` says the process ids of the workers that run."""
        self._workers = workers
        self._thread.start()

    def end(self) -> None:
        """Tell the engine to end; it is killed if it does not in time, and does again later what it was at."""
        self._stopping.set()

    def join(self) -> None:
        """Wait until the engine has ended."""
        self._thread.join()

    def _run(self) -> None:
        backoff = Backoff()
        while not self._stopping.is_set():
            # The kernel ends the engine with the thread that started it, so it is started here and nowhere else.
            engine = subprocess.Popen([sys.executable, "-P", "-m", "quotidian.engine.process"])
            status = self._mind(engine)
            if status is not None and not self._stopping.is_set():
                seconds = backoff.after_death()
                _LOG.error("The engine ended with status %d; it is started again in %.1f s", status, seconds)
                self._stopping.wait(seconds)

    def _mind(self, engine: subprocess.Popen[bytes]) -> int | None:
        """Watch over the engine until it ends, and return its status; or until all ends."""
        began = time.time()
        while not self._stopping.wait(_LOOK_SECONDS):
            if (status := engine.poll()) is not None:
                return status
            state = read_state(self._folder.engine_state)
            beat_at = state.beat_at if state and state.pid == engine.pid else began
            if time.time() - beat_at > self._settings.engine_stuck_seconds:
                _LOG.error("The engine has given no sign of life for %d s, and is killed", time.time() - beat_at)
                engine.kill()
            self._mind_workers()
        engine.terminate()
        try:
            engine.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            # It is in the middle of a long step.
            engine.kill()
            engine.wait()
        return None

    def _mind_workers(self) -> None:
        now = time.time()
        for worker in self._workers():
            born = self._born.setdefault(worker, now)
            try:
                beat_at = self._folder.worker_beat(worker).stat().st_mtime
            except OSError:
                beat_at = born
            if now - max(beat_at, born) > self._settings.worker_stuck_seconds:
                _LOG.error("Worker %d has given no sign of life for %d s, and is killed", worker, now - beat_at)
                del self._born[worker]
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
