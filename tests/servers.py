"""Real servers for tests: started, killed, stopped and started again, and ended in any case."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2 as httpx
from commands import QUOTIDIAN, Command, series_url

from quotidian.store.sqlite import driver

Point = dict[str, Any]


class Server:
    """`quotidian serve` of a data folder, and a client with a key of it; it logs to a file near by."""

    process: subprocess.Popen[str]

    def __init__(self, command: Command, key: str, *words: object, **environment: str) -> None:
        self.command = command
        self.key = key
        self.port = free_port()
        # Not beside the data folder: its disk may be full.
        self.log = command.data.parent.with_name(f"{command.data.parent.name}-{self.port}.log")
        self.client = self.client_of(key)
        self._words = words if "--workers" in words else ("--workers", 2, *words)
        self._environment = environment

    def client_of(self, key: str, timeout: float = 10) -> httpx.Client:
        """A client with some key."""
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=timeout)

    def begin(self) -> None:
        """Start the server, and do not wait for it."""
        words = ["--data", self.command.data, "serve", "--port", self.port, *self._words]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [QUOTIDIAN, *map(str, words)],
                cwd=self.command.data.parent,
                env={**os.environ, **series_url(self.command.data), **self._environment},
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        self.begin()
        self.wait_until_it_answers()

    def wait_until_it_answers(self) -> None:
        """Wait until it answers. Raises AssertionError with its log if it ends."""
        wait_until(lambda: self.process.poll() is not None or answers(self.client))
        status = self.process.poll()
        assert status is None, f"it ended with status {status}: {self.log.read_text()}"

    def wait_until_it_leads(self) -> None:
        """Wait until its engine has the event store: before that a command does its work itself."""
        wait_until(lambda: "The engine has the event store" in self.log.read_text())

    def kill(self) -> None:
        """Kill the server with all of its processes, as a loss of power would."""
        kill_group(self.process)

    def stop(self) -> None:
        """Have the server end, within the time that it promises."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=10)

    def end(self) -> None:
        """Stop the server, or else kill it; nothing of it is left."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=12)
        kill_group(self.process)
        self.client.close()

    def dau(self, day: str = "2024-03-30") -> Any:
        """The day's daily users."""
        return self.data("/kpi/dau/data_series", length=1, ending_at=day)[0]["dau"]

    def data(self, path: str, **parameters: Any) -> list[Point]:
        """The points of an answer that must be a success."""
        given = {name: str(value) for name, value in parameters.items() if value is not None}
        response = self.client.get(path, params=given)
        assert response.status_code == 200, response.text
        points: list[Point] = response.json()["data"]
        return points

    def gauges(self) -> dict[str, float]:
        """What /metrics tells, by name and labels."""
        response = self.client.get("/metrics")
        assert response.status_code == 200, response.text
        lines = [line for line in response.text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    def is_drained(self) -> bool:
        """Whether all that was acknowledged is in the series."""
        try:
            told = self.gauges()
        except httpx.TransportError:
            return False
        return not any(told[f"quotidian_{name}"] for name in ("inbox_deliveries", "dirty_days", "freshness_seconds"))

    def wait_until_drained(self, timeout: float = 90) -> None:
        """Wait until all that was acknowledged is in the series."""
        wait_until(self.is_drained, timeout)

    def workers(self) -> list[int]:
        """The ids of the processes that answer."""
        return [child for child in self.children() if b"quotidian.server.api_worker" in command_line(child)]

    def engine(self) -> int:
        """The id of the process that computes; 0 if there is none."""
        return next(
            (child for child in self.children() if b"quotidian.server.engine_process" in command_line(child)), 0
        )

    @contextmanager
    def engine_paused(self) -> Iterator[None]:
        """The engine does nothing meanwhile, and holds no lock of the inbox that would keep the workers waiting."""
        engine = self.engine()
        wait_until(lambda: stopped_without_a_lock(engine, self.command.data / "inbox.sqlite"))
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                os.kill(engine, signal.SIGCONT)

    def children(self) -> list[int]:
        """All processes that the server has started and that are left."""
        try:
            threads = list(Path(f"/proc/{self.process.pid}/task").glob("*/children"))
            return [int(child) for thread in threads for child in thread.read_text().split()]
        except OSError:
            # A thread, or the server, has just ended.
            return []


@contextmanager
def serving(command: Command, key: str, *words: object, **environment: str) -> Iterator[Server]:
    """A server that answers; it is ended whatever becomes of the test."""
    server = Server(command, key, *words, **environment)
    try:
        server.start()
        yield server
    finally:
        server.end()


def stopped_without_a_lock(engine: int, database: Path) -> bool:
    """Stop a process; it goes on if it was stopped amid a transaction."""
    os.kill(engine, signal.SIGSTOP)
    wait_until(lambda: b") T " in Path(f"/proc/{engine}/stat").read_bytes())
    try:
        with closing(driver.connect(database, timeout=0.2, isolation_level=None)) as connection:
            connection.execute("begin immediate")
    except driver.OperationalError:
        os.kill(engine, signal.SIGCONT)
        return False
    return True


def command_line(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def is_running(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
        return port


def wait_until(holds: Callable[[], object], timeout: float = 60) -> None:
    """Wait for what other processes do, of which nothing else tells."""
    end = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def kill_group(process: subprocess.Popen[str]) -> None:
    """End a process and those it started, whatever state they are in."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/ready").status_code == 200
    except httpx.TransportError:
        return False
