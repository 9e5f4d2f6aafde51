"""Who is taken for stuck, and who is not, whatever becomes of clocks, ids and the whole machine."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from commands import Command, session
from conftest import Quotidian
from servers import serving, wait_until

from quotidian.engine import draining, loop
from quotidian.server.backoff import Backoff
from quotidian.server.children import Child
from quotidian.server.silence import AwakeClock, Silence
from quotidian.store.folder import DataFolder
from quotidian.telemetry.heartbeat import EngineState, Heartbeat, read_state
from quotidian.telemetry.metrics import EngineMetrics

DAY = "2024-03-30"


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Worker:
    """Stands for a worker process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.is_killed = False
        self.status: int | None = None

    def poll(self) -> int | None:
        return self.status

    def wait(self, timeout: float | None = None) -> int:
        raise AssertionError("not asked for")

    def terminate(self) -> None:
        raise AssertionError("not asked for")

    def kill(self) -> None:
        self.is_killed = True


class Watched:
    """A child that is looked at when a test says so. Its processes are those in `workers`, in this order."""

    def __init__(self, path: Path, stuck_seconds: float = 30) -> None:
        self.folder = DataFolder(path)
        self.folder.create()
        self.folder.run.mkdir()
        self.clock = Clock()
        self.awake = AwakeClock(self.clock)
        self.workers: list[Worker] = []
        self.child = Child("A worker", lambda: self.workers.pop(0), self.folder.worker_beat, stuck_seconds, self.awake)

    def look(self, seconds: float) -> None:
        """Let time pass, and look all the while."""
        for _ in range(round(seconds / 0.2)):
            self.clock.now += 0.2
            self.awake.look()
            self.child.look()

    def beat(self, worker: Worker, moment: float) -> None:
        """Say that a worker is alive, which believes that it is some moment."""
        file = self.folder.worker_beat(worker.pid)
        file.touch()
        os.utime(file, (moment, moment))


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "data")


def test_a_worker_that_is_silent_is_killed_after_the_time_of_the_setting_and_not_before(watched: Watched) -> None:
    worker = Worker(7)
    watched.workers = [worker]
    watched.look(29)
    watched.beat(worker, 500)
    watched.look(29)
    assert not worker.is_killed
    watched.look(2)
    assert worker.is_killed


def test_a_worker_that_begins_has_thirty_seconds_however_short_the_setting(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "data", stuck_seconds=2)
    worker = Worker(7)
    watched.workers = [worker]
    watched.look(29)
    watched.beat(worker, 500)
    watched.look(1)
    assert not worker.is_killed
    watched.look(2)
    assert worker.is_killed


def test_a_worker_that_never_gives_a_sign_is_killed_after_thirty_seconds(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "data", stuck_seconds=2)
    worker = Worker(7)
    watched.workers = [worker]
    watched.look(31)
    assert worker.is_killed


def test_a_worker_with_the_id_of_one_that_ended_has_its_own_time(watched: Watched) -> None:
    first, second = Worker(7), Worker(7)
    watched.workers = [first, second]
    watched.beat(first, 500)
    watched.look(25)
    first.status = 1
    watched.look(25)
    assert not second.is_killed
    watched.look(6)
    assert second.is_killed


def test_a_worker_that_comes_long_after_another_of_its_id_is_not_killed_at_the_first_look(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backoff, "after_death", lambda _: 100)
    first, second = Worker(7), Worker(7)
    watched.workers = [first, second]
    watched.beat(first, 500)
    watched.look(5)
    first.status = 1
    watched.look(100)
    assert watched.workers == [second]
    watched.look(5)
    assert watched.workers == []
    assert not second.is_killed


@pytest.mark.parametrize("moments", [(500, 499, 498, 497), (5e9, 1, 2, 3), (1, 5e9, 6e9, 7e9)])
def test_a_worker_whose_date_is_changed_is_alive(watched: Watched, moments: tuple[float, ...]) -> None:
    worker = Worker(7)
    watched.workers = [worker]
    for moment in moments:
        watched.beat(worker, moment)
        watched.look(20)
    assert not worker.is_killed


def test_a_watchdog_that_was_away_gives_everybody_time(watched: Watched) -> None:
    worker = Worker(7)
    watched.workers = [worker]
    watched.look(20)
    watched.clock.now += 86_400
    watched.look(5)
    assert not worker.is_killed
    watched.look(10)
    assert worker.is_killed


def test_a_process_that_cannot_be_started_is_tried_again(watched: Watched) -> None:
    tried: list[str] = []

    def fail() -> Worker:
        tried.append("")
        raise OSError(11, "Resource temporarily unavailable")

    child = Child("A worker", fail, watched.folder.worker_beat, 30, watched.awake)
    for _ in range(20):
        child.look()
        watched.clock.now += 0.2
        watched.awake.look()
    assert 3 <= len(tried) <= 6


def test_a_file_that_cannot_be_read_is_no_sign_of_life(tmp_path: Path) -> None:
    clock = Clock()
    awake = AwakeClock(clock)
    silence = Silence(tmp_path / "none", awake)
    clock.now += 0.2
    awake.look()
    assert silence.seconds() == pytest.approx(0.2)


# Real processes


@pytest.mark.slow
def test_a_server_that_is_stopped_with_all_its_processes_goes_on_with_the_same(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    patience = {"QUOTIDIAN_WORKER_STUCK_SECONDS": "6", "QUOTIDIAN_ENGINE_STUCK_SECONDS": "6"}
    with serving(command, command.init(), **patience) as server:
        server.client.post("/events", json={"events": [session("ana", DAY)]}).raise_for_status()
        wait_until(lambda: server.dau() == 1)
        before = {server.engine(), *server.workers()}
        os.killpg(server.process.pid, signal.SIGSTOP)
        time.sleep(9)
        os.killpg(server.process.pid, signal.SIGCONT)
        time.sleep(2)
        assert {server.engine(), *server.workers()} == before
        assert "killed" not in server.log.read_text()
        server.client.post("/events", json={"events": [session("bo", DAY)]}).raise_for_status()
        wait_until(lambda: server.dau() == 2)


# What the engine says of itself


def test_an_engine_says_that_it_is_alive_when_the_date_is_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heartbeat = Heartbeat(tmp_path / "engine.json")
    heartbeat.beat()
    said = read_state(tmp_path / "engine.json")
    monkeypatch.setattr(time, "time", lambda: 0.0)
    wait_until(lambda: heartbeat.beat() or read_state(tmp_path / "engine.json") != said, timeout=5)  # type: ignore[func-returns-value]


def test_an_engine_on_a_full_disk_is_not_taken_for_stuck(tmp_path: Path) -> None:
    path = tmp_path / "engine.json"
    heartbeat = Heartbeat(path)
    heartbeat.beat()
    os.utime(path, (1, 1))
    path.with_suffix(".new").mkdir()  # as a full disk does, it fails the writing
    wait_until(lambda: heartbeat.beat() or path.stat().st_mtime > 1, timeout=5)  # type: ignore[func-returns-value]


def test_events_are_taken_over_at_once_when_the_date_was_set_back(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    quotidian.post_events(session("ana", DAY))
    monkeypatch.setattr(draining, "now_micros", lambda: 0)
    heartbeat = Heartbeat(quotidian.folder.path / "engine.json")
    engine = loop.Engine(quotidian.stores, quotidian.services.inboxes, Any, heartbeat, EngineMetrics())  # type: ignore[arg-type]
    assert engine._drain()


@pytest.mark.parametrize(("boot", "ahead"), [("another", -5), (None, 1_000_000)])
def test_what_an_engine_said_before_the_machine_was_started_is_no_sign_of_life(
    tmp_path: Path, boot: str | None, ahead: float
) -> None:
    path = tmp_path / "engine.json"
    own = Heartbeat(path).state
    said = EngineState(own.pid, 0, time.monotonic() + ahead, own.boot if boot is None else boot)
    path.write_bytes(msgspec.json.encode(said))
    found = read_state(path)
    assert found is not None
    assert found.silent_seconds() is None
