"""The server as a whole: what is posted gets into the series, commands hand it their work, and it says how it is."""

import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from commands import Command, key_in, message, session, some_sessions
from currents import write_jsonl
from servers import Server, answers, serving, wait_until

from quotidian.domain.days import now_micros
from quotidian.inbox.delivery import Delivery
from quotidian.inbox.store import DiskInbox
from quotidian.store.folder import DataFolder
from quotidian.store.sqlite import driver
from quotidian.telemetry.metrics import METRICS_VARIABLE

DAY = "2024-03-30"
SPREAD = 40_000


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Command:
    return Command(tmp_path_factory.mktemp("serving") / "data")


@pytest.fixture(scope="module")
def server(command: Command) -> Iterator[Server]:
    # Short steps, so that a load takes many.
    with serving(command, command.init(), QUOTIDIAN_LOAD_BYTES="100000") as running:
        yield running


def post(server: Server, *events: object, **headers: str) -> Any:
    response = server.client.post("/events", json={"events": events}, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


def engine_is_there(server: Server) -> bool:
    return bool(server.engine()) and status_of(server)["engine"] == "running"


def status_of(server: Server) -> dict[str, Any]:
    # While an engine starts, or something is set aside, it ends with 1.
    found: dict[str, Any] = json.loads(server.command.here("status", "--format", "json", status=None).stdout)
    return found


# Live events


def test_an_event_that_is_posted_is_soon_in_the_series(server: Server) -> None:
    before = server.dau()
    post(server, session("live", DAY), session("live too", DAY))
    wait_until(lambda: server.dau() == before + 2)


def test_events_that_change_no_series_do_not_disturb_the_engine(server: Server) -> None:
    wait_until(lambda: engine_is_there(server))
    engine, before = server.engine(), server.dau()
    custom = {**session("ana", DAY), "event_type": "users.behaviors.CustomEvent", "id": "custom"}
    post(server, {**custom, "properties": {"name": "brewed tea"}})
    post(server, session("after the custom event", DAY))
    wait_until(lambda: server.dau() == before + 1)
    assert server.engine() == engine


def test_metrics_are_those_of_all_workers_and_of_the_engine(server: Server) -> None:
    for _ in range(20):
        with httpx.Client(base_url=server.client.base_url, headers=server.client.headers) as anew:
            anew.get("/kpi/uninstalls/data_series", params={"length": "1"}).raise_for_status()
    name = 'quotidian_requests_total{endpoint="/kpi/uninstalls/data_series",method="GET",status="200"}'
    wait_until(lambda: server.gauges().get(name) == 20)
    stored, before = server.gauges()["quotidian_events_stored_total"], server.dau()
    post(server, session("counted", DAY), session("counted", DAY), {"no": "event"})
    wait_until(lambda: server.gauges()["quotidian_events_stored_total"] == stored + 1)
    assert server.gauges()["quotidian_events_duplicate_total"] >= 1
    assert server.gauges()["quotidian_events_dead_lettered_total"] >= 1
    wait_until(lambda: server.gauges()["quotidian_freshness_seconds"] == 0)
    wait_until(lambda: server.gauges()["quotidian_rollup_seconds_count"] >= 1)
    # The engine's own state may be a moment older than what it counts.
    wait_until(lambda: server.dau() == before + 1)


def test_a_process_that_was_killed_as_it_began_its_counters_hinders_no_metrics(server: Server) -> None:
    wait_until(server.workers)
    environment = Path(f"/proc/{server.workers()[0]}/environ").read_bytes().decode().split("\0")
    (folder,) = (value for name, _, value in (each.partition("=") for each in environment) if name == METRICS_VARIABLE)
    (Path(folder) / "counter_1.db").touch()
    assert server.gauges()["quotidian_set_aside_deliveries"] == 0


def test_an_unknown_key_is_refused_before_its_body_is_read(server: Server) -> None:
    response = server.client.post("/events", content=b" " * 5_000_000, headers={"Authorization": "Bearer nobody's"})
    assert response.status_code == 401


# Commands beside a server


@pytest.mark.slow
def test_a_load_is_handed_to_the_engine_and_shows_the_same_summary(
    server: Server, command: Command, tmp_path: Path
) -> None:
    wait_until(lambda: engine_is_there(server))
    (tmp_path / "broken.avro").write_bytes(b"Obj\x01")
    events = [session("handed over", DAY), session("handed over", DAY), {**session("bad", DAY), "id": None}]
    write_jsonl(tmp_path / "events.jsonl", events)
    before = server.dau()
    done = command.run("ingest", tmp_path, status=1)
    assert server.dau() == before + 1
    other = Command(tmp_path / "alone")
    other.init()
    alone = other.run("ingest", tmp_path / "events.jsonl", tmp_path / "broken.avro", status=1)
    assert done.stdout == alone.stdout
    assert "Loading events" in done.stderr
    assert "Computing series" in done.stderr


def test_a_workspace_is_added_beside_a_server_and_takes_events_at_once(server: Server, command: Command) -> None:
    key = key_in(command.run("--workspace", "second", "init", "--timezone", "UTC").stdout)
    own = {"Authorization": f"Bearer {key}"}
    before = server.dau()
    post(server, session("ana", DAY), **own)

    def theirs() -> int:
        points = server.client.get("/kpi/dau/data_series", params={"length": 1, "ending_at": DAY}, headers=own).json()
        number: int = points["data"][0]["dau"]
        return number

    wait_until(lambda: theirs() == 1)
    assert server.dau() == before


def test_a_catalogue_is_imported_beside_a_server(server: Server, command: Command, tmp_path: Path) -> None:
    bought = {"price": 10.0, "currency": "EUR", "product_id": "tea"}
    post(server, message("email.Send", "eve", f"{DAY}T09:00"))
    purchase = {**session("eve", f"{DAY}T10:00", **bought), "event_type": "users.behaviors.Purchase"}
    post(server, {**purchase, "id": "bought tea"})

    def revenue() -> Any:
        query: dict[str, str | int] = {"campaign_id": "c", "length": 1, "ending_at": DAY}
        answer = server.client.get("/campaigns/data_series", params=query).json()
        return answer["data"][0]["revenue"] if "data" in answer else None

    wait_until(lambda: revenue() == 0)
    catalogue = tmp_path / "catalogue.toml"
    catalogue.write_text("[rates]\nEUR = 1.5\n")
    command.run("catalogue", "import", catalogue)
    assert revenue() == 15


def test_series_are_rebuilt_beside_a_server(server: Server, command: Command) -> None:
    before = server.dau()
    assert "Rebuilt" in command.run("rebuild").stdout
    assert server.dau() == before


def test_a_workspace_that_does_not_exist_is_told_as_without_a_server(server: Server, command: Command) -> None:
    assert engine_is_there(server)
    file = some_sessions(command.data.parent / "events.jsonl", ["ana"])
    err = command.run("--workspace", "nobody's", "ingest", file, status=2).stderr
    assert 'There is no workspace "nobody\'s"' in err


def test_a_load_goes_on_when_the_engine_is_killed_under_it(server: Server, command: Command, tmp_path: Path) -> None:
    for part in range(40):
        some_sessions(tmp_path / f"{part}.jsonl", [f"long {part} {n}" for n in range(SPREAD // 40)], "2024-03-01")
    process = command.start("ingest", tmp_path)
    wait_until(lambda: status_of(server)["engine_busy_with"] == "Ingest")
    os.kill(server.engine(), signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "total" in out
    assert server.client.get("/kpi/dau/data_series?length=1&ending_at=2024-03-01").json()["data"][0]["dau"] == SPREAD


def test_a_command_that_is_interrupted_leaves_the_engine_free(server: Server, command: Command, tmp_path: Path) -> None:
    for part in range(40):
        some_sessions(tmp_path / f"{part}.jsonl", [f"left {part} {n}" for n in range(1_000)], "2024-03-02")
    process = command.start("ingest", tmp_path)
    wait_until(lambda: status_of(server)["engine_busy_with"] == "Ingest")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "interrupted" in err
    wait_until(lambda: status_of(server)["engine_busy_with"] == "")
    command.run("ingest", tmp_path)
    assert server.client.get("/kpi/dau/data_series?length=1&ending_at=2024-03-02").json()["data"][0]["dau"] == 40_000


# Before, after and between


def test_a_load_that_began_before_the_server_is_waited_for_while_events_are_taken_in(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    key = command.init()
    file = some_sessions(tmp_path / "many.jsonl", [f"user {n}" for n in range(50_000)])
    loading = command.start("ingest", file)
    wait_until((command.data / "events.lock").exists)
    with serving(command, key) as running:
        post(running, session("live", DAY))
        out, err = loading.communicate(timeout=60)
        assert loading.returncode == 0, err
        assert "50,000" in out
        wait_until(lambda: running.dau() == 50_001)


@pytest.mark.slow
def test_what_the_inbox_has_is_counted_after_the_next_start(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    key = command.init()
    with serving(command, key) as running:
        wait_until(lambda: engine_is_there(running))
        with running.engine_paused():
            for n in range(20):
                post(running, session(f"user {n}", DAY))
            assert running.dau() == 0
            running.kill()
    with serving(command, key) as running:
        wait_until(lambda: running.dau() == 20)


# How it says that it is alive


def test_status_tells_a_server_from_none(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    key = command.init()
    out = command.run("status").stdout
    assert re.search("^server +not running$", out, re.MULTILINE)
    with serving(command, key) as running:
        post(running, session("ana", DAY))
        wait_until(lambda: running.dau() == 1)
        wait_until(lambda: engine_is_there(running))
        running.wait_until_drained()
        told = json.loads(command.run("status", "--format", "json").stdout)
    assert (told["server"], told["engine"]) == ("running", "running")
    assert (told["inbox_deliveries"], told["dirty_days"], told["behind_seconds"]) == (0, 0, 0)
    assert told["newest_day"] == DAY


def test_logs_that_are_no_terminal_are_json_with_the_number_of_the_request(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    key = command.init()
    with serving(command, key) as running:
        log = running.log
        number = running.client.get("/kpi/dau/data_series?length=1&app_id=ana@example.com").headers["X-Request-Id"]
    said = log.read_text()
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    (line,) = [each for each in lines if each.get("request_id") == number]
    assert (line["level"], line["endpoint"], line["status"]) == ("INFO", "/kpi/dau/data_series", 400)
    assert line["milliseconds"] > 0
    assert key not in said
    assert "ana@example.com" not in said


def test_a_log_that_nobody_reads_does_not_stop_the_server(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    key = command.init()
    server = Server(command, key)
    server.process = command.start("serve", "--port", server.port)
    try:
        wait_until(lambda: answers(server.client))
        for _ in range(1_000):
            server.client.get("/kpi/dau/data_series?length=1").raise_for_status()
    finally:
        server.end()


# A large inbox


@pytest.mark.parametrize("mebibytes", [80, 300])
@pytest.mark.slow
def test_an_inbox_that_has_been_large_drains_and_becomes_small_under_the_same_engine(
    tmp_path: Path, mebibytes: int
) -> None:
    command = Command(tmp_path / "data")
    key = command.init()
    folder = DataFolder(command.data)
    line = json.dumps({**session("ana", DAY), "event_type": "of no known type", "properties": {"": "x" * (1 << 19)}})
    with serving(command, key) as running:
        wait_until(lambda: engine_is_there(running))
        engine = running.engine()
        with running.engine_paused():
            inbox = DiskInbox(folder)
            for _ in range(mebibytes // 4):
                assert inbox.put([Delivery(1, now_micros(), b"\n".join([line.encode()] * 8))], 1 << 40) == [True]
            inbox.close()
            post(running, session("bo", DAY))
            assert folder.inbox.stat().st_size > (mebibytes - 32) << 20  # the rest is in the log beside it
        running.wait_until_drained()
        wait_until(lambda: folder.inbox.stat().st_size < 1 << 20)
        post(running, session("cy", DAY))
        wait_until(lambda: running.dau() == 2)
        assert running.engine() == engine
        assert "ERROR" not in running.log.read_text()


@pytest.mark.slow
def test_a_delivery_that_cannot_be_read_is_set_aside_and_told_and_tried_again_at_the_next_start(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    key = command.init()
    DiskInbox(DataFolder(command.data)).close()
    with closing(driver.connect(command.data / "inbox.sqlite", isolation_level=None)) as connection:
        values = "1, 1, 10, x'7b7d', x'6e6f6e73656e7365', x'5b5d'"
        connection.execute(
            f"INSERT INTO deliveries (workspace_id, received_at, bytes, events, dead_letters, unknown)"
            f" VALUES ({values})"
        )
    with serving(command, key) as running:
        for number in range(5):
            post(running, session(f"user {number}", DAY))
        wait_until(lambda: running.dau() == 5)
        wait_until(lambda: running.gauges()["quotidian_set_aside_deliveries"] == 1)
        said = command.run("status", status=1).stdout
        assert re.search(r"set aside deliveries +1$", said, re.MULTILINE)
        assert re.search(r"^problems +The event store refuses requests that were accepted, .*: 1;", said, re.MULTILINE)
        assert running.gauges()["quotidian_inbox_deliveries"] == 0
        assert "is set aside until the engine starts again: DecodeError: " in running.log.read_text()
        running.stop()
        running.start()
        wait_until(lambda: running.gauges()["quotidian_inbox_deliveries"] == 1)
        wait_until(lambda: "Deliveries that were set aside are tried again: 1" in running.log.read_text())
