"""Processes as they run in earnest: several workers, kills at any moment, loading while serving."""

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx2 as httpx
import pytest
from commands import Command, message, session, some_sessions
from conftest import Quotidian, days_between
from currents import write_avro, write_jsonl
from oracle import Oracle
from servers import Server, answers, free_port, is_running, kill_group, serving, wait_until
from test_whole_path import assert_equal_to_oracle
from worlds import make_world

from quotidian.api.endpoints import PERMISSIONS
from quotidian.domain.errors import UserError
from quotidian.server.address import hold_address

DAY = "2024-03-30"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Command, str]:
    """A data folder with a campaign, and its key."""
    command = Command(tmp_path_factory.mktemp("served") / "data")
    key = command.init()
    events = [session("ana", DAY, app_id="tea"), message("email.Send", "ana", DAY, send_id="s")]
    command.here("ingest", write_jsonl(command.data.parent / "e.jsonl", events))
    return command, key


@pytest.fixture(scope="module")
def server(data: tuple[Command, str]) -> Iterator[Server]:
    with serving(*data) as running:
        yield running


# Serving


PATHS = (
    "/kpi/dau/data_series?length=3",
    "/kpi/mau/data_series?length=100&app_id=tea",
    "/kpi/new_users/data_series?length=1",
    "/kpi/uninstalls/data_series?length=1",
    "/campaigns/data_series?campaign_id=c&length=1",
    "/campagnes/séries_de_données?campaign_id=c&length=1",
    "/campagnes/s%C3%A9ries_de_donn%C3%A9es?campaign_id=c&length=1",
    "/sends/data_series?campaign_id=c&send_id=s&length=1",
    "/campaigns/list",
    "/campaigns/details?campaign_id=c",
)


@pytest.mark.parametrize("path", PATHS)
def test_a_server_answers(server: Server, path: str) -> None:
    response = server.client.get(path)
    assert response.status_code == 200, response.text
    assert response.json()["message"] == "success"


@pytest.mark.parametrize("path", ["/health", "/ready", "/openapi.json", "/docs"])
def test_a_server_answers_without_a_key(server: Server, path: str) -> None:
    assert server.client.get(path, headers={"Authorization": ""}).status_code == 200


def test_the_french_path_answers_like_the_english_one(server: Server) -> None:
    query = {"campaign_id": "c", "length": "2", "ending_at": DAY}
    english, french = (
        server.client.get(path, params=query) for path in ("/campaigns/data_series", "/campagnes/séries_de_données")
    )
    assert english.json() == french.json()
    assert english.json()["data"][1]["messages"]["email"][0]["sent"] == 1


def test_a_server_has_as_many_workers_as_it_was_told(server: Server) -> None:
    assert len(server.workers()) == 2


def test_limits_are_counted_for_all_workers_together(server: Server) -> None:
    left = [int(server.client.get(PATHS[0]).headers["X-RateLimit-Remaining"]) for _ in range(20)]
    assert left == list(range(left[0], left[0] - 20, -1))


def test_a_load_beside_a_server_changes_its_answers(server: Server, data: tuple[Command, str], tmp_path: Path) -> None:
    before = server.dau()
    data[0].run("ingest", some_sessions(tmp_path / "e.jsonl", [f"late {n}" for n in range(50)]))
    assert server.dau() == before + 50


def test_a_key_revoked_beside_a_server_is_refused(server: Server, data: tuple[Command, str]) -> None:
    command = data[0]
    key = command.here("keys", "create", "--name", "brief", "--all").stdout.strip()
    with_key = {"Authorization": f"Bearer {key}"}
    assert server.client.get(PATHS[0], headers=with_key).status_code == 200
    number = json.loads(command.here("keys", "list", "--format", "json").stdout.splitlines()[-1])["id"]
    command.here("keys", "revoke", number)
    assert server.client.get(PATHS[0], headers=with_key).status_code == 401


def test_many_requests_at_once_beside_a_load_are_all_answered(
    server: Server, data: tuple[Command, str], tmp_path: Path
) -> None:
    file = some_sessions(tmp_path / "e.jsonl", [f"meanwhile {n}" for n in range(20_000)])
    process = data[0].start("ingest", file)
    asked = 0
    while process.poll() is None or asked < 50:
        server.dau()
        asked += 1
    process.communicate()
    assert process.returncode == 0
    assert server.dau() >= 20_000


def test_a_second_server_of_a_folder_is_told_who_serves_it(server: Server, data: tuple[Command, str]) -> None:
    err = data[0].run("serve", "--port", free_port(), status=2).stderr
    assert f"process {server.process.pid}" in err


def test_a_worker_that_is_killed_is_replaced(server: Server) -> None:
    before = server.workers()
    os.kill(before[0], signal.SIGKILL)
    wait_until(lambda: len(server.workers()) == 2 and before[0] not in server.workers())
    wait_until(lambda: answers(server.client))
    for _ in range(20):
        with httpx.Client(base_url=server.client.base_url, headers=server.client.headers) as anew:
            assert anew.get(PATHS[0]).status_code == 200


def test_a_port_that_is_taken_is_said_and_the_status_is_not_0(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    command.init()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = command.start("serve", "--port", port)
        try:
            out, err = process.communicate(timeout=15)
        finally:
            kill_group(process)
    assert process.returncode != 0
    assert str(port) in err
    assert "Traceback" not in err + out


def test_a_port_that_is_taken_at_the_last_moment_is_said_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(socket, "create_server", lambda *_, **__: socket.socket())
        with pytest.raises(UserError, match=f"Cannot listen at 127.0.0.1:{port}: .*; choose another"):
            hold_address("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no.such.host.invalid", "300.1.1.1", "", "a" * 80])
def test_a_host_that_is_none_is_said(host: str) -> None:
    with pytest.raises(UserError, match="Cannot listen at"):
        hold_address(host, 80_000 if not host else free_port())


def test_a_server_listens_at_a_host_that_has_a_name(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    with serving(command, command.init(), "--host", "localhost") as running:
        wait_until(lambda: f"at http://localhost:{running.port} (" in running.log.read_text())


def test_a_server_says_where_it_answers_when_it_does(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    server = Server(command, command.init())
    try:
        server.begin()
        wait_until(lambda: "Serving" in server.log.read_text())
        assert answers(server.client)
        assert "experimental" not in server.log.read_text()
    finally:
        server.end()


def test_a_server_that_cannot_answer_says_why_and_where_it_answers_when_it_can(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    server = Server(command, command.init())
    in_the_way = command.data / "inbox.sqlite"
    in_the_way.unlink(missing_ok=True)
    in_the_way.mkdir()
    try:
        server.begin()
        wait_until(lambda: server.log.read_text().count("A worker cannot run") >= 2)
        assert "unable to open database file" in server.log.read_text()
        assert "Serving" not in server.log.read_text()
        in_the_way.rmdir()
        wait_until(lambda: "Serving" in server.log.read_text())
        assert answers(server.client)
    finally:
        server.end()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_server_and_its_workers_in_time(tmp_path: Path, how: int) -> None:
    command = Command(tmp_path / "data")
    with serving(command, command.init()) as running:
        workers = running.workers()
        running.process.send_signal(how)
        running.process.wait(timeout=10)
        assert len(workers) == 2
        assert not any(map(is_running, workers))


def test_a_server_whose_processes_are_all_stuck_ends_in_time(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    with serving(command, command.init()) as running:
        wait_until(running.engine)
        children = [running.engine(), *running.workers()]
        for each in children:
            os.kill(each, signal.SIGSTOP)
        running.process.send_signal(signal.SIGTERM)
        # Four seconds for all of them together.
        running.process.wait(timeout=7)
        assert not any(map(is_running, children))


def test_ctrl_c_while_the_processes_of_a_server_begin_ends_them_without_a_traceback(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    server = Server(command, command.init())
    try:
        server.begin()
        wait_until(lambda: len(server.children()) == 3)
        os.killpg(server.process.pid, signal.SIGINT)
        assert server.process.wait(timeout=10) == 0
        said = server.log.read_text()
        assert "Traceback" not in said
        assert "KeyboardInterrupt" not in said
    finally:
        server.end()


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    with serving(command, command.init()) as running:
        workers = running.workers()
        running.process.kill()
        wait_until(lambda: not any(map(is_running, workers)), timeout=4)


# Killing a load


@pytest.mark.slow
def test_loads_that_are_killed_at_any_moment_leave_what_a_whole_load_makes_right(folder: Path, tmp_path: Path) -> None:
    """Rounds of kill -9, then one load to the end: every number is the oracle's."""
    world = make_world(41, users=12, days=25, campaigns=4)
    files = write_files(tmp_path / "files", world.events)
    quotidian = Quotidian(folder)
    quotidian.close()
    command, random, killed = Command(folder), Random(41), 0
    for _ in range(6):
        process = command.start("ingest", files, QUOTIDIAN_LOAD_BYTES="20000")
        time.sleep(0.8 + random.random() * 1.5)
        killed += process.poll() is None
        kill_group(process)
    assert killed >= 3
    assert "of 0 files" not in command.run("ingest", files).stdout
    oracle = Oracle(timezone="Europe/Paris")
    oracle.deliver(world.events)
    served = Served(folder)
    try:
        assert_equal_to_oracle(served, oracle, days_between(world.days[0], world.days[-1]))
    finally:
        served.close()


def write_files(folder: Path, events: list[dict[str, Any]]) -> Path:
    half = len(events) // 2
    write_avro(folder / "avro", events[:half], records_per_file=20)
    for number, start in enumerate(range(half, len(events), 100)):
        write_jsonl(folder / "lines" / f"{number}.jsonl.gz", events[start : start + 100], gzip=True)
    return folder


class Served(Quotidian):
    """A data folder that commands have filled, with a new key."""

    def add_workspace(self, name: str, timezone: str = "UTC", app_group_id: str | None = None) -> str:
        return self.new_key(*PERMISSIONS)
