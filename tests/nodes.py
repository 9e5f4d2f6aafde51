"""Nodes for tests: servers with data folders of their own that share the databases which the environment names."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx2 as httpx
from commands import Command
from databases.postgres import Postgres
from load import DAY
from servers import Server

LEAD_SECONDS = 90
"""For how long a test waits for another to lead. Ten seconds are promised, of machines that are not as busy."""


@contextmanager
def nodes(folder: Path, key: str, roles: Mapping[str, str], **environment: str) -> Iterator[dict[str, Server]]:
    """A server for each name and role, with a worker each, started; ended whatever becomes of the test."""
    with ExitStack() as opened:
        servers = {}
        for name, role in roles.items():
            command = Command(folder / name / "data")
            command.data.parent.mkdir(exist_ok=True)
            words = ("--workers", 1, "--role", role)
            servers[name] = Server(command, key, *words, QUOTIDIAN_NODE=name, **environment)
            opened.callback(servers[name].end)
        for server in servers.values():
            server.begin()
        for server in servers.values():
            server.wait_until_it_answers()
        yield servers


class Leader(NamedTuple):
    """Who leads, or led last: the node's name, how many have led until then, and whether it is a server's engine."""

    node: str
    epoch: int
    is_engine: bool


def read_leader(postgres: Postgres, url: str) -> Leader:
    """What the database of a series store says; nobody before the first."""
    found = postgres.run("SELECT node, epoch, command LIKE 'serve%' FROM leader", urlsplit(url).path[1:])
    node, epoch, is_engine = found.split("|") if found else ("", 0, "f")
    return Leader(node, int(epoch), is_engine == "t")


class Watcher(Thread):
    """Looks again and again, on all nodes, at batches of `numbered_batches`: nobody may ever see a part of one.

    `seen` are the batches that were seen whole; no node may lose sight of one that it has shown.
    """

    def __init__(self, servers: Sequence[Server], batches: Sequence[Sequence[Any]]) -> None:
        super().__init__(name="watcher")
        self._seen: set[tuple[int, str]] = set()
        self._wrong: list[str] = []
        self._servers = servers
        self._sizes = {each[0]["properties"]["app_id"]: len(each) for each in batches}
        self._stopping = Event()

    def stop(self) -> None:
        """Have it end. Raises AssertionError if anything was wrong."""
        self._stopping.set()
        self.join(timeout=60)
        assert not self._wrong, self._wrong[:5]
        assert self._seen, "no batch was seen"

    def run(self) -> None:
        clients = [each.client_of(each.key, timeout=5) for each in self._servers]
        while not self._stopping.is_set():
            for app, size in self._sizes.items():
                for number, client in enumerate(clients):
                    self._look(number, client, app, size)
                if self._stopping.wait(0.05):
                    break
        for client in clients:
            client.close()

    def _look(self, number: int, client: httpx.Client, app: str, size: int) -> None:
        try:
            response = client.get("/kpi/dau/data_series", params={"length": "1", "ending_at": DAY, "app_id": app})
        except httpx.TransportError:
            return
        if response.status_code == 503:
            return
        # The app is not known before its first batch is.
        users = response.json()["data"][0]["dau"] if response.is_success else 0
        was_seen = (number, app) in self._seen
        if response.status_code not in (200, 400) or users not in ((size,) if was_seen else (0, size)):
            self._wrong.append(f"node {number} says of {app}: {response.status_code}, {response.text}")
        if users == size:
            self._seen.add((number, app))
