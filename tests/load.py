"""Load on a server as it comes in earnest: connectors that post events, and commands that load files."""

import gzip
import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import httpx2 as httpx
from commands import Command, session
from servers import Server, kill_group

Json = dict[str, Any]

DAY = "2024-03-30"


def body_of(events: Sequence[Any]) -> bytes:
    """The body that Currents' connector posts."""
    return json.dumps({"events": list(events)}, ensure_ascii=False).encode()


def batches_of(events: Sequence[Any], random: Random, most: int = 40) -> list[list[Any]]:
    """Events in their order, in batches of any size up to the most."""
    batches, start = [], 0
    while start < len(events):
        size = random.randint(1, most)
        batches.append(list(events[start : start + size]))
        start += size
    return batches


class Connector(Thread):
    """Posts batches as Currents' connector does: each is kept until it gets 2xx, and is sent again as a whole.

    It goes through all batches once; from then on, until told to stop, it sends some of them again, as connectors do
    that did not hear an answer. `acknowledged` are the events that got 2xx.
    """

    def __init__(self, server: Server, key: str, batches: Sequence[Sequence[Any]], random: Random) -> None:
        super().__init__(name="connector")
        self.acknowledged: list[Any] = []
        self.statuses: dict[int, int] = {}
        self.retry_after: set[str | None] = set()
        self.lost = 0
        self._server = server
        self._key = key
        self._batches = batches
        self._random = random
        self._stopping = Event()

    def stop(self) -> None:
        """Have it finish what it has not posted yet, and wait for that."""
        self._stopping.set()
        self.join(timeout=120)
        assert not self.is_alive(), f"not all batches were acknowledged: {self.statuses}, {self.lost} lost"

    def abandon(self) -> None:
        """Have it end, whatever it has posted."""
        self._batches = ()
        self._stopping.set()
        self.join(timeout=30)

    def run(self) -> None:
        with self._server.client_of(self._key) as client:
            sent = 0
            while sent < len(self._batches):
                self._deliver(client, self._batches[sent])
                sent += 1
                # About thirty batches a second: the load lasts while things happen to the server.
                time.sleep(self._random.random() * 0.06)
            while not self._stopping.is_set() and self._batches:
                self._deliver(client, self._random.choice(self._batches))
                time.sleep(self._random.random() * 0.06)

    def _deliver(self, client: httpx.Client, batch: Sequence[Any]) -> None:
        while self._batches and not self._is_accepted(client, batch):
            time.sleep(0.05)
        if self._batches:
            self.acknowledged += batch

    def _is_accepted(self, client: httpx.Client, batch: Sequence[Any]) -> bool:
        body, headers = body_of(batch), {"Content-Type": "application/json"}
        if self._random.random() < 0.3:
            body, headers = gzip.compress(body, 1), {**headers, "Content-Encoding": "gzip"}
        try:
            response = client.post("/events", content=body, headers=headers)
        except httpx.TransportError:
            self.lost += 1
            return False
        self.statuses[response.status_code] = self.statuses.get(response.status_code, 0) + 1
        if response.status_code == 503:
            self.retry_after.add(response.headers.get("Retry-After"))
        return response.is_success


class Loader(Thread):
    """Loads a folder of files by `quotidian ingest`, again and again; `loads` counts those that came to their end.

    None may take longer than `seconds`.
    """

    seconds = 180

    def __init__(self, command: Command, folder: Path, *words: object, **environment: str) -> None:
        super().__init__(name="loader")
        self.loads = 0
        self.failures: list[str] = []
        self._command = command
        self._words = (*words, "ingest", folder)
        self._environment = environment
        self._stopping = Event()
        self._abandoned = Event()

    def stop(self) -> None:
        """Have it come to the end of a load, and wait for that."""
        self._stopping.set()
        # One that has begun, and another.
        self.join(timeout=2 * self.seconds)
        assert not self.is_alive()
        assert self.loads, self.failures[-1:]

    def abandon(self) -> None:
        """Have it end after this attempt."""
        self._abandoned.set()
        self._stopping.set()
        self.join(timeout=1.5 * self.seconds)

    def run(self) -> None:
        while not self._abandoned.is_set() and not (self.loads and self._stopping.is_set()):
            process = self._command.start(*self._words, **self._environment)
            try:
                out, err = process.communicate(timeout=self.seconds)
            finally:
                kill_group(process)
            if process.returncode == 0:
                self.loads += 1
            else:
                self.failures.append(f"{process.returncode}: {out}{err}")


def numbered_batches(count: int, size: int = 20) -> list[list[Json]]:
    """Batches of sessions, each of its own app, so that the app's users are the batch's events."""
    return [[session(f"{n} of {batch}", DAY, app_id=f"app {batch}") for n in range(size)] for batch in range(count)]


def users_of(server: Server, app: object) -> int:
    """Users of an app on the day; none while it is not known."""
    asked = {"length": "1", "ending_at": DAY, "app_id": str(app)}
    response = server.client.get("/kpi/dau/data_series", params=asked)
    assert response.status_code in (200, 400), response.text
    users: int = response.json()["data"][0]["dau"] if response.is_success else 0
    return users


def post(server: Server, *events: object) -> None:
    response = server.client.post("/events", content=body_of(events))
    assert response.status_code == 200, response.text


def assert_all_counted(server: Server, *connectors: Connector) -> None:
    """Every batch of `numbered_batches` that was acknowledged is in the series, whole and once."""
    acknowledged = Counter(event["properties"]["app_id"] for each in connectors for event in each.acknowledged)
    assert {app: users_of(server, app) for app in acknowledged} == acknowledged
