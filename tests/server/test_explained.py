"""The engine of a server answers questions beside all else: under load, and while it is killed or hangs."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from commands import Command, message, session, some_sessions
from servers import Server, serving, wait_until

DAY = "2024-03-30"
LOADED_DAY = "2024-03-01"
PARTS = 40
USERS_A_PART = 1_000


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Command:
    return Command(tmp_path_factory.mktemp("explained") / "data")


@pytest.fixture(scope="module")
def server(command: Command) -> Iterator[Server]:
    # Short steps, so that a load takes many.
    with serving(command, command.init(), QUOTIDIAN_LOAD_BYTES="100000") as running:
        assert running.client.post("/events", json={"events": [session("first", DAY)]}).status_code == 200
        wait_until(lambda: running.dau() == 1)
        yield running


def ask(server: Server, day: str = DAY, **parameters: Any) -> Any:
    asked = {"series": "/kpi/dau/data_series", "day": day, "metric": "dau", **parameters}
    with server.client_of(server.key, timeout=40) as client:
        return client.get("/v1/explain", params=asked)


def explained(server: Server, day: str = DAY, **parameters: Any) -> Any:
    response = ask(server, day, **parameters)
    assert response.status_code == 200, response.text
    return response.json()


@contextmanager
def live_events(server: Server) -> Iterator[None]:
    """Sessions of the day, of a new user each, one after the other."""
    ended = Event()

    def post() -> None:
        number = 0
        with server.client_of(server.key) as client:
            while not ended.wait(0.05):
                number += 1
                client.post("/events", json={"events": [session(f"live {number}", DAY)]})

    thread = Thread(target=post)
    thread.start()
    yield
    ended.set()
    thread.join()


def test_what_is_listed_makes_up_the_number_while_events_of_its_day_come(server: Server) -> None:
    with live_events(server):
        answers = [explained(server) for _ in range(5)]
    found = [each for each in answers if each["complete"]]
    assert found
    for each in found:
        assert each["value"] == each["users"] == len(each["events"])
    server.wait_until_drained()
    last = explained(server)
    assert (last["complete"], last["users"]) == (True, last["value"])


@pytest.mark.slow
def test_a_number_is_explained_while_a_load_runs(server: Server, command: Command, tmp_path: Path) -> None:
    for part in range(PARTS):
        some_sessions(tmp_path / f"{part}.jsonl", [f"{part} {n}" for n in range(USERS_A_PART)], LOADED_DAY)
    process = command.start("ingest", tmp_path)
    answers = []
    while process.poll() is None:
        answers.append(explained(server))
    out, err = process.communicate()
    assert process.returncode == 0, (out, err)
    assert answers
    assert all(each["complete"] for each in answers)
    whole = explained(server, LOADED_DAY)
    assert (whole["value"], whole["users"], len(whole["events"])) == (PARTS * USERS_A_PART, PARTS * USERS_A_PART, 1_000)
    following = explained(server, LOADED_DAY, cursor=whole["cursor"])
    assert not {each["id"] for each in following["events"]} & {each["id"] for each in whole["events"]}


def test_an_engine_that_is_killed_is_missed_for_a_while_only(server: Server) -> None:
    os.kill(server.engine(), signal.SIGKILL)
    statuses = []

    def is_back() -> bool:
        response = ask(server)
        statuses.append(response.status_code)
        if response.status_code == 503:
            assert int(response.headers["retry-after"]) > 0
        return bool(response.status_code == 200)

    wait_until(is_back)
    assert set(statuses) <= {200, 503}


def test_an_experiment_is_reported_and_missed_only_while_the_engine_is_killed(server: Server) -> None:
    sent = [message("email.Send", user, DAY) for user in ("ana", "bo")]
    assert server.client.post("/events", json={"events": sent}).status_code == 200
    server.wait_until_drained()
    asked = {"campaign_id": "c", "from": DAY, "to": DAY}
    report = server.client.get("/v1/campaigns/experiment", params=asked)
    assert report.status_code == 200, report.text
    os.kill(server.engine(), signal.SIGKILL)
    answers = []

    def is_back() -> bool:
        answers.append(server.client.get("/v1/campaigns/experiment", params=asked))
        return bool(answers[-1].status_code == 200)

    wait_until(is_back)
    assert [row["recipients"] for row in answers[-1].json()["data"]] == [2]
    assert {each.status_code for each in answers} <= {200, 503}
    assert all("engine" in each.json()["message"] for each in answers[:-1])


@pytest.mark.slow
def test_a_worker_answers_others_while_it_waits_for_an_engine_that_hangs(server: Server) -> None:
    with server.engine_paused(), ThreadPoolExecutor(4) as threads:
        # More than there are workers, so that each waits.
        waiting = [threads.submit(ask, server) for _ in range(4)]
        assert [server.dau() for _ in range(10)] == [server.dau()] * 10
        answers = [each.result() for each in waiting]
    assert {each.status_code for each in answers} == {503}
    assert "does not answer in time" in answers[0].json()["message"]
    wait_until(lambda: ask(server).status_code == 200)


def test_the_command_asks_the_engine_that_runs(server: Server, command: Command) -> None:
    out = command.run("explain", "dau", DAY).stdout
    assert out.splitlines()[0].replace(",", "") == str(server.dau())
    assert "Distinct users with an event" in out
