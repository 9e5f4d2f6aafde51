"""The HTTP server: Granian, with our own loop over its workers."""

import time
from collections import defaultdict
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any, Final

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer
from starlette.types import ASGIApp

from quotidian.server.backoff import Backoff
from quotidian.telemetry.logs import GRANIAN_LOGGERS

_STOP_SECONDS: Final = 4
_MOST_CONNECTIONS: Final = 65_536
_BACKLOG: Final = 4_096


def load_worker() -> ASGIApp:
    """The application of a worker, for Granian: its own loader looks for modules in the current folder first."""
    # In the worker alone: Prometheus's client must not be imported by `serve` before its variable is set.
    from quotidian.server.api_worker import create_app  # noqa: PLC0415

    return create_app()


class Server(MPServer):
    """Workers that are started again, however often they die: Granian's own loop ends the server at the second time.

    What this class overrides is private, so Granian is pinned to 2.8. Its public embedded server would let the watchdog
    own the workers; that way has not been soaked yet.
    """

    def __init__(self, host: str, port: int, workers: int, on_interrupt: Callable[[], None]) -> None:
        self._on_interrupt = on_interrupt
        super().__init__(
            "quotidian",
            address=host,
            port=port,
            interface=Interfaces.ASGI,
            workers=workers,
            websockets=False,
            backlog=_BACKLOG,
            # Granian's word for accepted connections: idle ones must not keep others out.
            backpressure=_MOST_CONNECTIONS,
            workers_kill_timeout=_STOP_SECONDS,
            log_level=LogLevels.warning,
            log_dictconfig=GRANIAN_LOGGERS,
        )

    def run(self) -> None:
        """Serve until a signal ends it."""
        self.serve(target_loader=load_worker, wrap_loader=False)

    def worker_processes(self) -> list[BaseProcess]:
        """The workers that run."""
        return [worker.inner for worker in list(self.wrks) if worker.inner.is_alive()]

    def abandon(self) -> None:
        """End at once, and let no worker say a last word: what they would still write has no place any more."""
        self.interrupt_signal = True
        for worker in list(self.wrks):
            worker.interrupt_by_parent = True
            worker.inner.kill()
        self.main_loop_interrupt.set()

    def _serve_loop(self, spawn_target: Any, target_loader: Any) -> None:
        backoffs: dict[int, Backoff] = defaultdict(Backoff)
        due: dict[int, float] = {}
        while True:
            self.main_loop_interrupt.wait(max(0.0, min(due.values()) - time.monotonic()) if due else None)
            self.main_loop_interrupt.clear()
            if self.interrupt_signal:
                self._on_interrupt()
                return
            while self.interrupt_children:
                worker = self.interrupt_children.pop()
                due[worker] = time.monotonic() + backoffs[worker].after_death()
            for worker in [each for each, moment in due.items() if moment <= time.monotonic()]:
                del due[worker]
                self._respawn_workers([worker], spawn_target, target_loader)
