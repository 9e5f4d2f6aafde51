"""A server for the time of a test: started, stopped, killed, paused and started again on the same port and data."""

import os
import signal
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar
from weakref import WeakSet

import pytest

from databases.ports import HOST

START_SECONDS = 60
STOP_SECONDS = 10
LOG_BYTES = 1_500

running: "WeakSet[Daemon]" = WeakSet()
"""All that have been started, for what a failed test shows."""

used: set[str] = set()
"""Which servers this process has started, with their versions: "PostgreSQL 15.18"."""


class Daemon(ABC):
    """A server that runs in a folder of its own; `log` is the file that it writes to."""

    stop_signal = signal.SIGTERM
    user: str | None = None

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self.log = folder / "out"
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> Sequence[str | Path]:
        """What is run."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it answers. May raise OSError if it does not."""

    @abstractmethod
    def version(self) -> str:
        """What it is: "PostgreSQL 15.18"."""

    def begin(self) -> None:
        """Start it if it does not run, have it go on if it is paused, and do not wait for it."""
        if self.is_running:
            self.resume()
            return
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                list(map(str, self.command())),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,
                user=self.user,
                group=self.user,
                start_new_session=True,
            )
        running.add(self)

    def wait_until_ready(self) -> None:
        """Wait until it answers; fails with its log if it does not."""
        wait_until(lambda: self._answers() or not self.is_running)
        if not self.is_running:
            pytest.fail(f"{self.name} has ended: {self.last_words()}")
        used.add(self.version())

    def _answers(self) -> bool:
        try:
            return self.is_ready()
        except OSError:
            return False

    def start(self) -> None:
        """Start it, or have it go on, and wait until it answers."""
        self.begin()
        self.wait_until_ready()

    def stop(self) -> None:
        """Have it end as its own commands do; it is killed if it takes long."""
        if self._process is not None:
            self.resume()
            self._process.send_signal(self.stop_signal)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """Kill it with all of its processes, as a loss of power would."""
        if self._process is None:
            return
        # A stopped parent starts no more children while they are killed.
        self.pause()
        self._signal(signal.SIGKILL)
        self._process.wait()
        self._process = None

    def restart(self) -> None:
        """Stop it and start it again."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Stop all of its processes: connections stay open, and nobody answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Have it go on after a pause."""
        self._signal(signal.SIGCONT)

    @property
    def is_running(self) -> bool:
        """Whether it runs, or is paused."""
        return self._process is not None and self._process.poll() is None

    def processes(self) -> list[int]:
        """The ids of its processes, the first of them first."""
        return list(_family(self._process.pid)) if self._process is not None else []

    def last_words(self) -> str:
        """The end of its log."""
        with suppress(OSError):
            return self.log.read_bytes()[-LOG_BYTES:].decode(errors="replace")
        return ""

    def _signal(self, number: signal.Signals) -> None:
        for process in self.processes():
            with suppress(ProcessLookupError):
                os.kill(process, number)


def _family(process: int) -> Iterator[int]:
    """A process and all that it has started; PostgreSQL's do not stay in its process group."""
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            for child in children.read_text().split():
                yield from _family(int(child))


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for what servers do, of which nothing else tells; not for ever."""
    give_up = monotonic() + START_SECONDS
    while not holds():
        assert monotonic() < give_up, "waited in vain"
        sleep(0.03)


AnyDaemon = TypeVar("AnyDaemon", bound=Daemon)


def start_all(daemons: Iterable[Daemon]) -> None:
    """Start several at the same time, those that do not run or are paused, and wait until all answer."""
    some = list(daemons)
    for each in some:
        each.begin()
    for each in some:
        each.wait_until_ready()


@contextmanager
def started(daemon: AnyDaemon) -> Iterator[AnyDaemon]:
    """A server in the block, killed at its end."""
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.kill()


def asked(port: int, question: bytes, lines: int = 1) -> list[bytes]:
    """The first lines of what a server says to a few bytes. Raises OSError."""
    with socket.create_connection((HOST, port), timeout=2) as connection, connection.makefile("rb") as answer:
        connection.sendall(question)
        return [answer.readline() for _ in range(lines)]
