"""A reader who follows `/v1/changes` of a real server under load, through kills of the engine and of all."""

import os
import signal
import time
from contextlib import ExitStack
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import httpx2 as httpx
import pytest
from commands import Command, session
from conftest import Quotidian
from following import Follower, Json
from load import Connector, batches_of
from servers import Server, serving, wait_until
from test_whole_path import catalogue_of
from worlds import make_world


class Asking:
    """Asks a server as a `Quotidian` is asked, again and again until it answers."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.client = server.client_of(server.key, timeout=30)

    def get(self, path: str, *, key: str | None = None, **parameters: object) -> Any:
        while True:
            try:
                answer = self.client.get(path, params={name: str(value) for name, value in parameters.items()})
            except httpx.HTTPError:
                time.sleep(0.1)
                continue
            if answer.status_code < 500:
                return answer


class Reader(Thread):
    """Follows until it is told to stop, and then until there is nothing more."""

    def __init__(self, follower: Follower) -> None:
        super().__init__(name="reader", daemon=True)
        self.follower = follower
        self.pages = 0
        self._stopping = Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while self.follower.page() or not self._stopping.is_set():
                self.pages += 1
        except BaseException as error:
            self.failure = error

    def stop(self) -> None:
        self._stopping.set()
        self.join(timeout=60)
        assert self.failure is None, self.failure
        assert not self.is_alive()


@pytest.mark.slow
def test_who_follows_under_load_and_kills_ends_with_what_the_series_say(tmp_path: Path) -> None:
    random = Random(15)
    quotidian = Quotidian(tmp_path / "data")
    world = make_world(15, users=8, days=15, campaigns=3)
    quotidian.import_catalogue(catalogue_of(world))
    quotidian.close()
    command = Command(tmp_path / "data")
    with serving(command, quotidian.key) as server, ExitStack() as stack:
        asking = Asking(server)
        stack.enter_context(asking.client)
        follower = Follower(asking, limit=100, wait=2)  # type: ignore[arg-type]
        reader = Reader(follower)
        connector = Connector(server, server.key, batches_of([*world.events, *world.late], random), random)
        for thread in (reader, connector):
            stack.callback(thread.join, 60)
            thread.start()
        for round_ in range(6):
            time.sleep(1 + random.random())
            if round_ == 3:
                server.kill()
                server.start()
            elif engine := server.engine():
                os.kill(engine, signal.SIGKILL)
        connector.stop()
        server.wait_until_drained()
        reader.stop()
    quotidian.open()
    follower.quotidian = quotidian
    try:
        follower.parameters.pop("wait")
        quotidian.roll_up()
        follower.follow()
        follower.assert_knows_all()
        quotidian.rebuild()
        assert follower.follow() == [], "a rebuild restates nothing"
    finally:
        quotidian.close()
    assert reader.pages > 5


def test_a_request_that_waits_is_answered_as_soon_as_there_is_something(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    with serving(command, command.init()) as server:
        answers: list[Json] = []

        def wait() -> None:
            with server.client_of(server.key, timeout=60) as client:
                answers.append(client.get("/v1/changes", params={"wait": "60"}).json())

        waiting = Thread(target=wait)
        waiting.start()
        waiting.join(timeout=1)
        assert answers == []
        server.client.post("/events", json={"events": [session("ana", "2024-03-30")]})
        waiting.join(timeout=50)
        (answer,) = answers
        assert answer["data"]
        assert answer["version"] == answer["data"][-1]["version"]


def test_a_server_that_ends_answers_who_waits(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    with serving(command, command.init()) as server:
        answers: list[int] = []

        def wait() -> None:
            with server.client_of(server.key, timeout=60) as client:
                answers.append(client.get("/v1/changes", params={"wait": "60"}).status_code)

        waiting = Thread(target=wait)
        waiting.start()
        wait_until(server.workers)
        time.sleep(1)
        server.stop()
        waiting.join(timeout=10)
        assert answers == [200]
