"""The engine, step by step in this process: whatever a step raises, it goes on with the rest, and loses nothing."""

import errno
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from conftest import Quotidian
from events import email, session
from sqlalchemy.exc import IntegrityError, OperationalError

from quotidian.domain.errors import Deposed, UserError
from quotidian.domain.progress import Progress
from quotidian.engine import draining, loop, retrying
from quotidian.engine.answering import Answerer
from quotidian.engine.background import Background, Repeated
from quotidian.engine.loop import Engine
from quotidian.engine.task_queue import TaskQueue
from quotidian.engine.tasks import RollUp
from quotidian.inbox.backlog import Backlog
from quotidian.inbox.delivery import Delivery
from quotidian.inbox.drain import take_over
from quotidian.inbox.store import DiskInbox, Inbox
from quotidian.series import rollup
from quotidian.series.ranges import Range
from quotidian.series.rollup import roll_up_range
from quotidian.store import turn
from quotidian.store.events import StatementFailed
from quotidian.store.passing import can_pass
from quotidian.store.series import open_series
from quotidian.store.sqlite import driver
from quotidian.store.stores import Stores
from quotidian.telemetry.heartbeat import Heartbeat
from quotidian.telemetry.metrics import EngineMetrics

DAY = "2024-03-30"
REFUSED = StatementFailed("Code: 117. DB::Exception: Incorrect data. (INCORRECT_DATA)")
NO_MEMORY = StatementFailed("Code: 241. DB::Exception: (total) memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)")
NO_ROOM = OSError(errno.ENOSPC, "No space left on device")


class Stopping:
    """Stops an engine when something holds, or after a while; an engine that waits does not."""

    def __init__(self, holds: Callable[[], object]) -> None:
        self._holds = holds
        self._end = time.monotonic() + 20
        self.waits = 0

    def is_set(self) -> bool:
        assert time.monotonic() < self._end, "waited in vain"
        return bool(self._holds())

    def wait(self, seconds: float) -> None:
        self.waits += 1
        time.sleep(min(seconds, 0.01))


class Running:
    """An engine that begins anew each time, and what it does."""

    def __init__(self, quotidian: Quotidian) -> None:
        self.quotidian = quotidian
        self.inbox = quotidian.services.inboxes.posted
        quotidian.folder.run.mkdir(exist_ok=True)
        self.start()

    def start(self) -> None:
        folder = self.quotidian.folder
        self.explainer = Answerer(self.quotidian.stores)
        task_queue, heartbeat = TaskQueue(folder.engine_socket, self.explainer), Heartbeat(folder.engine_state)
        self.engine = Engine(
            self.quotidian.stores, self.quotidian.services.inboxes, task_queue, heartbeat, EngineMetrics()
        )

    def until(self, holds: Callable[[], object]) -> None:
        self.engine.run(Stopping(holds))  # type: ignore[arg-type]

    def dau(self, day: str = DAY) -> int:
        return self.quotidian.kpi("dau", day)[0]

    @property
    def backlog(self) -> Backlog:
        return Backlog(self.quotidian.folder, self.quotidian.engine, self.quotidian.services.inboxes)


def often(do: Callable[[Engine], bool], seconds: float) -> tuple[Background[Engine], ...]:
    """The table of background work, in which one row is due after so many seconds."""
    hurried = {"every": timedelta(seconds=seconds), "waits_first": False}
    return tuple(replace(each, **hurried) if each.do is do else each for each in loop.BACKGROUND)  # type: ignore[arg-type]


@pytest.fixture
def running(quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch) -> Running:
    monkeypatch.setattr(retrying, "_FIRST_REST", 0.02)
    monkeypatch.setattr(loop, "BACKGROUND", often(Engine._look, 0.05))
    return Running(quotidian)


def poisoned(word: bytes, error: Exception) -> Callable[..., Any]:
    """Taking over, refused for every batch that has this in it."""

    def fail(stores: Any, staging: Any, inbox: Any, deliveries: list[Delivery], report: Any) -> Any:
        if any(word in each.events for each in deliveries):
            raise error
        return take_over(stores, staging, inbox, deliveries, report)

    return fail


# Signs of life


def test_each_statement_of_a_range_is_a_sign_of_life(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[int] = []
    within: list[int] = []

    def compute(stores: Stores, wanted: Range) -> None:
        before = len(beats)
        roll_up_range(stores, wanted)
        within.append(len(beats) - before)

    monkeypatch.setattr(Heartbeat, "beat", lambda _: beats.append(1))
    monkeypatch.setattr(loop, "roll_up_range", compute)
    running.quotidian.post_events(session("ana", DAY))
    running.until(lambda: within)
    assert within[0] > 3


def test_statements_of_another_thread_are_no_signs_of_life(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[int] = []
    monkeypatch.setattr(Heartbeat, "beat", lambda _: beats.append(1))
    running.until(lambda: beats)
    before = len(beats)
    with ThreadPoolExecutor(1) as thread:
        thread.submit(running.quotidian.events.rows, "SELECT 1", {}, tuple[int]).result()
    assert len(beats) == before


def test_days_of_campaigns_which_take_longest_are_computed_first(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[str] = []

    def compute(stores: Stores, wanted: Range) -> None:
        roll_up_range(stores, wanted)
        computed.append(wanted.family)

    monkeypatch.setattr(loop, "roll_up_range", compute)
    running.quotidian.post_events(session("ana", DAY), email("Send", "ana", DAY, "c1"))
    running.until(lambda: len(computed) == 3)
    assert computed == ["campaigns", "activity", "tallies"]


@pytest.fixture
def done(running: Running, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What an engine does that has an endless job, amid which live events come: live days, and days of the job."""
    told: list[str] = []

    def compute(stores: Stores, wanted: Range) -> None:
        told.append("live")
        roll_up_range(stores, wanted)

    def roll_up_all(*_: object) -> Iterator[Progress]:
        for piece in count():
            if piece == 2:
                running.quotidian.post_events(session("ana", DAY))  # of two families: activity and tallies
            told.append("job")
            yield Progress(piece, 0)

    monkeypatch.setattr(draining, "_GATHER_MICROS", 0)
    monkeypatch.setattr(loop, "roll_up_range", compute)
    monkeypatch.setattr(rollup, "roll_up", roll_up_all)
    monkeypatch.setattr(Engine, "_take_left_over", lambda _: RollUp())
    return told


def test_days_of_a_job_do_not_come_between_those_of_a_live_event(running: Running, done: list[str]) -> None:
    running.until(lambda: running.dau() == 1 and done.count("live") == 2)
    first = done.index("live")
    assert done[first : first + 2] == ["live", "live"]
    assert "job" in done[:first]
    assert running.quotidian.stores.changes.is_live


def test_a_job_goes_on_while_live_days_cannot_be_computed(
    running: Running, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        done.append("live")
        raise NO_ROOM

    monkeypatch.setattr(loop, "roll_up_range", fail)
    running.until(lambda: done.count("live") == 3)
    first = done.index("live")
    assert "job" in done[first:]


# Deliveries


@pytest.mark.parametrize(
    ("large", "expected"),
    [
        (draining._GATHER_BYTES, ["taken over", "computed", "computed", "taken over"]),
        (1, ["taken over", "computed", "taken over", "computed"]),
    ],
)
def test_what_comes_while_days_are_computed_gathers_for_longer_unless_it_is_large(
    running: Running, monkeypatch: pytest.MonkeyPatch, large: int, expected: list[str]
) -> None:
    done: list[str] = []

    def take(*given: Any) -> Any:
        done.append("taken over")
        return take_over(*given)

    def compute(stores: Stores, wanted: Range) -> None:
        roll_up_range(stores, wanted)
        done.append("computed")
        running.quotidian.post_events(session("ben", DAY))

    monkeypatch.setattr(draining, "_GATHER_MICROS", 0)
    monkeypatch.setattr(draining, "_LONG_GATHER_MICROS", 60_000_000)
    monkeypatch.setattr(draining, "_GATHER_BYTES", large)
    monkeypatch.setattr(draining, "take_over", take)
    monkeypatch.setattr(loop, "roll_up_range", compute)
    running.quotidian.post_events(session("ana", DAY))  # of two families: activity and tallies
    running.until(lambda: len(done) >= len(expected))
    assert done[: len(expected)] == expected


@pytest.mark.parametrize("error", [REFUSED, ValueError("what nobody foresaw"), IntegrityError("", {}, Exception("no"))])
def test_a_delivery_that_is_refused_is_found_and_set_aside_and_the_others_count(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    monkeypatch.setattr(draining, "take_over", poisoned(b"poison", error))
    for number in range(20):
        running.quotidian.post_events(session("poison" if number == 7 else f"user {number}", DAY))
    running.until(lambda: running.backlog.set_aside)
    running.until(lambda: running.dau() == 19)
    assert (running.backlog.set_aside, running.backlog.deliveries) == (1, 0)
    text = caplog.text
    assert "is set aside until the engine starts again" in text
    assert ("Traceback" in text) == (error is not REFUSED)
    metrics = running.quotidian.client.get("/metrics").text
    assert "quotidian_set_aside_deliveries 1.0" in metrics


def test_what_was_set_aside_counts_when_the_engine_starts_again_and_it_can_be_taken_over(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(draining, "take_over", poisoned(b"poison", REFUSED))
        running.quotidian.post_events(session("ana", DAY))
        running.quotidian.post_events(session("poison", DAY))
        running.until(lambda: running.backlog.set_aside)
        running.start()
        running.until(lambda: running.backlog.deliveries)
        running.quotidian.post_events(session("bo", DAY))
        running.until(lambda: running.backlog.set_aside)
    running.start()
    running.until(lambda: running.dau() == 3)
    assert (running.backlog.set_aside, running.backlog.deliveries) == (0, 0)


@pytest.mark.parametrize(
    "error", [NO_ROOM, OperationalError("", {}, Exception("database is locked")), UserError("held")]
)
def test_what_passes_by_itself_sets_nothing_aside(
    running: Running, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    tries = []

    def fail(*_: object) -> None:
        tries.append(1)
        raise error

    running.quotidian.post_events(session("ana", DAY))
    running.quotidian.post_events(session("bo", DAY))
    with monkeypatch.context() as broken:
        broken.setattr(draining, "take_over", fail)
        running.until(lambda: len(tries) > 4)
    assert (running.backlog.set_aside, running.backlog.deliveries) == (0, 2)
    running.until(lambda: running.dau() == 2)


def test_a_delivery_that_takes_too_much_memory_hinders_no_other_and_is_not_set_aside(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(draining, "take_over", poisoned(b"poison", NO_MEMORY))
        for number in range(9):
            running.quotidian.post_events(session("poison" if number == 2 else f"user {number}", DAY))
        running.until(lambda: running.dau() == 8)
        running.quotidian.post_events(session("later", DAY))
        running.until(lambda: running.dau() == 9)
    assert (running.backlog.set_aside, running.backlog.deliveries) == (0, 1)
    running.until(lambda: running.dau() == 10)


def test_an_engine_that_no_longer_leads_ends_and_does_not_try_again(running: Running) -> None:
    """Whatever it was at: live events, or a command's task."""
    turn.take_over(running.quotidian.engine)
    running.quotidian.post_events(session("ana", DAY))
    other = open_series(running.quotidian.folder)
    turn.take_over(other)
    try:
        with pytest.raises(Deposed, match="Another engine leads"):
            running.until(lambda: False)
        assert running.backlog.deliveries == 1
    finally:
        other.dispose()
    turn.take_over(running.quotidian.engine)
    running.until(lambda: running.dau() == 1)


def test_nothing_is_set_aside_where_nothing_passes(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it may be the store that is at fault."""
    tries = []

    def fail(*_: object) -> None:
        tries.append(1)
        raise REFUSED

    for number in range(4):
        running.quotidian.post_events(session(f"user {number}", DAY))
    with monkeypatch.context() as broken:
        broken.setattr(draining, "take_over", fail)
        running.until(lambda: len(tries) > 10)
    assert (running.backlog.set_aside, running.backlog.deliveries) == (0, 4)
    running.until(lambda: running.dau() == 4)
    assert running.backlog.set_aside == 0


# Days


def failing(days: set[int], error: Exception) -> Callable[..., None]:
    """The rollup, failing for every range with one of these days."""

    def fail(stores: Any, wanted: Range) -> None:
        if days & set(wanted.days):
            raise error
        roll_up_range(stores, wanted)

    return fail


@pytest.mark.parametrize("error", [REFUSED, NO_MEMORY, ZeroDivisionError()])
def test_days_that_cannot_be_computed_stay_dirty_while_others_are_and_are_tried_again(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:

    march_2 = 19_784
    with monkeypatch.context() as broken:
        for module in ("quotidian.engine.loop", "quotidian.series.rollup"):
            broken.setattr(f"{module}.roll_up_range", failing({march_2}, error))
        running.quotidian.post_events(*(session("ana", f"2024-03-0{day}") for day in range(1, 6)))
        running.until(lambda: running.quotidian.kpi("dau", "2024-03-05", length=5) == [1, 0, 1, 1, 1])
        running.until(lambda: running.backlog.dirty_days == 2)  # of activity, and of tallies
        running.quotidian.post_events(*(session("bo", f"2024-03-0{day}") for day in range(1, 6)))
        running.until(lambda: running.quotidian.kpi("dau", "2024-03-05", length=5) == [2, 0, 2, 2, 2])
        told = [record for record in caplog.records if record.levelno >= logging.ERROR]
        assert 1 <= len(told) <= 4
    running.until(lambda: running.quotidian.kpi("dau", "2024-03-05", length=5) == [2] * 5)
    running.until(lambda: running.backlog.dirty_days == 0)


# Steps


@pytest.mark.parametrize(
    "step",
    [
        "inbox.store.DiskInbox.shrink",
        "inbox.store.Inbox.bring_back",
        "store.chdb.ChdbEvents.tidy",
        "engine.task_queue.TaskQueue.next",
    ],
)
def test_a_step_that_fails_hinders_no_other_and_is_told_once(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, step: str
) -> None:
    tries = []

    def fail(*_: object) -> None:
        tries.append(1)
        raise ZeroDivisionError("what nobody foresaw")

    monkeypatch.setattr(loop, "BACKGROUND", often(Engine._tidy, 0))
    monkeypatch.setattr(f"quotidian.{step}", fail)
    running.start()
    running.quotidian.post_events(session("ana", DAY))
    running.until(lambda: running.dau() == 1 and len(tries) >= 3)
    told = [record for record in caplog.records if "Background work failed" in record.message]
    assert len(told) == 1
    assert told[0].exc_info


def test_a_failure_that_comes_back_is_told_again(caplog: pytest.LogCaptureFixture) -> None:
    failures = retrying.Failures(Path(__file__))
    broken = [True]

    def do(_: None) -> bool:
        if broken:
            raise NO_ROOM
        return True

    step = Repeated(Background("something", do), None, failures, lambda: None)
    step._rest._longest = 1e-9
    for _ in range(5):
        assert not step.run()
    assert caplog.text.count("No space left") == 1
    assert "Traceback" not in caplog.text
    broken.clear()
    assert step.run()
    broken.append(True)
    step.run()
    assert caplog.text.count("No space left") == 2


def test_a_failure_in_a_folder_that_another_replaced_is_left_to_the_watchdog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = tmp_path / "series.sqlite"
    needed.touch()
    failures = retrying.Failures(needed)
    needed.rename(tmp_path / "elsewhere")
    needed.touch()

    def ended(seconds: float) -> None:
        raise SystemExit(seconds)

    monkeypatch.setattr(retrying, "sleep", ended)
    with pytest.raises(SystemExit):
        failures.tell("Something failed", NO_ROOM)


def test_rests_double_up_to_the_longest_and_begin_anew_after_a_success() -> None:
    rest = retrying.Rest(10)
    seconds = []
    for _ in range(6):
        rest.failed()
        seconds.append(rest.seconds)
        assert not rest.is_due
    assert seconds == [1, 2, 4, 8, 10, 10]
    rest.worked()
    assert rest.is_due
    rest.failed()
    assert rest.seconds == 1


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (NO_ROOM, True),
        (MemoryError(), True),
        (NO_MEMORY, True),
        (StatementFailed("Code: 1001. DB::Exception: std::filesystem: No space left on device"), True),
        (OperationalError("", {}, driver.OperationalError("database or disk is full")), True),
        (OperationalError("", {}, driver.OperationalError("no such table: points")), False),
        (REFUSED, False),
        (ValueError(), False),
    ],
)
def test_a_failure_passes_if_it_is_not_of_what_is_done(error: Exception, passes: bool) -> None:
    assert can_pass(error) == passes


# The inbox's file


def size_of(quotidian: Quotidian) -> int:
    return quotidian.folder.inbox.stat().st_size


def fill(inbox: Inbox, number: int, size: int) -> None:
    for _ in range(number):
        assert inbox.put([Delivery(1, 1, b" " * size)], 1 << 40) == [True]


def test_a_drained_inbox_gives_its_room_back_to_the_disk_in_slices(quotidian: Quotidian) -> None:
    inbox = DiskInbox(quotidian.folder, free_bytes=1 << 20)
    fill(inbox, 30, 1 << 20)
    while deliveries := inbox.take(8 << 20):
        inbox.remove(deliveries)
    slices = 1
    assert size_of(quotidian) > 20 << 20
    while inbox.shrink():
        slices += 1
    assert 7 <= slices <= 10
    assert size_of(quotidian) < 1 << 20
    assert not inbox.shrink()
    inbox.close()


def test_an_inbox_that_is_slightly_larger_than_needed_is_left_alone(quotidian: Quotidian) -> None:
    inbox = DiskInbox(quotidian.folder)
    fill(inbox, 30, 1 << 20)
    inbox.remove(inbox.take(1 << 30))
    assert not inbox.shrink()
    assert size_of(quotidian) > 20 << 20
    inbox.close()
