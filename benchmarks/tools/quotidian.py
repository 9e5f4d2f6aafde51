"""Quotidian as its users have it: a data folder, the command, the server."""

import http.client
import json
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, sleep
from typing import Any
from urllib.parse import urlencode

from benchmarks.tools.processes import Finished, background, child_running, peak_bytes, run

COMMAND = Path(sys.executable).with_name("quotidian")
HOST = "127.0.0.1"

# Counted as ever, but out of reach: a 429 is no answer to measure.
LIMITS = {"QUOTIDIAN_HOURLY_LIMIT": "1000000000000", "QUOTIDIAN_CAMPAIGNS_MINUTE_LIMIT": "1000000000000"}


@dataclass(frozen=True)
class Server:
    """A server that answers. `ready_seconds` is how long it took until it did, `process` is the watchdog's number."""

    port: int
    key: str
    ready_seconds: float
    process: int

    def url(self, path: str, **parameters: object) -> str:
        """Where to ask for something."""
        return f"http://{HOST}:{self.port}{path}?{urlencode(parameters)}"

    def get(self, path: str, **parameters: object) -> tuple[int, bytes]:
        """Status and body of an answer."""
        return fetch(self.port, "GET", f"{path}?{urlencode(parameters)}", headers=self.headers)

    @property
    def engine(self) -> int:
        """The number of the engine's process, which is another after the engine was started again."""
        return child_running(self.process, "quotidian.server.engine_process")

    @property
    def peak_bytes(self) -> int:
        """The largest resident set that the engine has had."""
        return peak_bytes(self.engine)

    @property
    def headers(self) -> dict[str, str]:
        """What a client sends with each request."""
        return {"Authorization": f"Bearer {self.key}"}


@dataclass(frozen=True)
class Quotidian:
    """A data folder with a workspace `default` in UTC."""

    folder: Path
    key: str
    settings: dict[str, str] = field(default_factory=dict)

    @classmethod
    def create(cls, folder: Path, **settings: str) -> "Quotidian":
        """Make the data folder."""
        out = run(COMMAND, "--data", folder, "init", **settings).out
        return cls(folder, next(word for word in out.split() if word.startswith("qk_")), settings)

    def run(self, *words: object) -> Finished:
        """Run a command on the folder."""
        return run(COMMAND, "--data", self.folder, *words, **self.settings)

    def ingest(self, *paths: Path) -> Finished:
        """Load files until their series are published."""
        return self.run("ingest", *paths)

    def series(self, *words: object, ending: object, days: int) -> list[dict[str, Any]]:
        """The points of a series."""
        asked = ("series", *words, "--days", days, "--ending-at", ending, "--format", "json")
        points: list[dict[str, Any]] = json.loads(self.run(*asked).out)
        return points

    @property
    def bytes(self) -> int:
        """What the folder takes on disk."""
        return sum(path.stat().st_blocks * 512 for path in self.folder.rglob("*") if path.is_file())

    @contextmanager
    def serve(self) -> Iterator[Server]:
        """Serve with one worker until the block ends."""
        port = free_port()
        words = (COMMAND, "--data", self.folder, "serve", "--port", port, "--workers", 1)
        log = self.folder.with_suffix(".log")
        started = perf_counter()
        with background(*words, log=log, **LIMITS, **self.settings) as process:
            wait_until_answers(port, "/ready", log)
            yield Server(port, self.key, perf_counter() - started, process.pid)


def new_events(loaded: Finished) -> int:
    """How many new events a load reported: the second number of its total."""
    total = next(line for line in loaded.out.splitlines() if line.startswith("total "))
    return int(total.split()[2].replace(",", ""))


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server((HOST, 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def fetch(
    port: int, method: str, target: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    """Ask once; status and body."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    try:
        connection.request(method, target, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def wait_until_answers(port: int, path: str, log: Path, seconds: float = 60) -> None:
    """Wait until a server answers with 200. Raises RuntimeError if it does not in time."""
    until = perf_counter() + seconds
    while perf_counter() < until:
        try:
            if fetch(port, "GET", path)[0] == 200:
                return
        except OSError:
            pass
        sleep(0.01)
    raise RuntimeError(f"Nothing answered at port {port} within {seconds} seconds: {log.read_text()[-2000:]}")
