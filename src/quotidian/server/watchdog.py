"""Keeps the engine running, and ends what is stuck: a thread of the server's first process."""

import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from multiprocessing.process import BaseProcess
from threading import Event, Thread
from typing import Final

from quotidian.server.backoff import Backoff
from quotidian.server.silence import LOOK_SECONDS, AwakeClock, Silence
from quotidian.settings import Settings
from quotidian.store.folder import DataFolder, Hold

_LOG = logging.getLogger(__name__)
_STOP_SECONDS: Final = 4


class Watchdog:
    """Starts the engine, starts it again when it dies, and kills it, or a worker, when it gives no sign of life.

    If the data folder is removed or replaced, it kills all: nothing can be stored any more. `is_folder_gone` says so.
    """

    def __init__(
        self, folder: DataFolder, hold: Hold, settings: Settings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.is_folder_gone = False
        self._folder = folder
        self._hold = hold
        self._settings = settings
        self._clock = AwakeClock(clock)
        self._workers: Callable[[], Iterable[BaseProcess]] = list
        self._abandon: Callable[[], None] = self.end
        # By process, not by its id: the kernel gives the id of one that has ended to another.
        self._silences: dict[BaseProcess, Silence] = {}
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="watchdog", daemon=True)

    def start(self, workers: Callable[[], Iterable[BaseProcess]], abandon: Callable[[], None]) -> None:
        """Begin. `workers` says which run; `abandon` is called when the folder has gone."""
        self._workers = workers
        self._abandon = abandon
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
            engine = subprocess.Popen([sys.executable, "-P", "-m", "quotidian.server.engine_process"])
            status = self._watch(engine)
            if status is not None and not self._stopping.is_set():
                seconds = backoff.after_death()
                _LOG.error("The engine ended with status %d; it is started again in %.1f s", status, seconds)
                self._rest(seconds)
        if self.is_folder_gone:
            self._abandon()

    def _rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and self._goes_on(min(left, LOOK_SECONDS)):
            pass

    def _watch(self, engine: subprocess.Popen[bytes]) -> int | None:
        """Watch over the engine until it ends, and return its status; or until all ends."""
        silence = Silence(self._folder.engine_state, self._clock)
        while self._goes_on(LOOK_SECONDS):
            if (status := engine.poll()) is not None:
                return status
            if silence.seconds() > self._settings.engine_stuck_seconds:
                _LOG.error("The engine has given no sign of life for %d s, and is killed", silence.seconds())
                engine.kill()
                silence = Silence(self._folder.engine_state, self._clock)
        self._stop(engine)
        return None

    def _stop(self, engine: subprocess.Popen[bytes]) -> None:
        if self.is_folder_gone:
            engine.kill()
        engine.terminate()
        try:
            engine.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            # It is in the middle of a long step.
            engine.kill()
            engine.wait()

    def _goes_on(self, seconds: float) -> bool:
        """Wait, then look at the folder and the workers; returns whether all goes on."""
        if self._stopping.wait(seconds):
            return False
        self._clock.look()
        if self._hold.is_lost():
            self.is_folder_gone = True
            self._stopping.set()
            return False
        self._watch_workers()
        return True

    def _watch_workers(self) -> None:
        known, self._silences = self._silences, {}
        for worker in self._workers():
            silence = known.get(worker) or Silence(self._folder.worker_beat(worker.pid or 0), self._clock)
            if silence.seconds() > self._settings.worker_stuck_seconds:
                _LOG.error("Worker %d has given no sign of life for %d s, and is killed", worker.pid, silence.seconds())
                worker.kill()
            else:
                self._silences[worker] = silence
