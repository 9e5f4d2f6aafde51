"""A load stores in a thread of its own: what happens at the same time, live events and rollups above all."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Event, current_thread, main_thread
from typing import Any

import pytest
from commands import session
from conftest import Quotidian
from currents import write_jsonl

from quotidian.control.dirty_days import TALLIES
from quotidian.ingest.find import Finder
from quotidian.ingest.load import ingest
from quotidian.ingest.report import LoadReport
from quotidian.ingest.storing import Storing
from quotidian.series import rollup
from quotidian.series.ranges import pending
from quotidian.series.rollup import roll_up_range
from quotidian.series.tallies.compute import tallies
from quotidian.store.changes import Changes
from quotidian.store.chdb import ChdbConnection
from quotidian.store.events import StatementFailed

DAY = "2024-03-30"
SECONDS = 20


class Held:
    """A load in another thread, which stops before its first statement that begins with a text, until it is let go."""

    def __init__(self, quotidian: Quotidian, file: Path) -> None:
        self.report = LoadReport()
        self._reached = Event()
        self._let_go = Event()
        self._work = ingest(quotidian.stores, quotidian.workspace(), Finder([str(file)]).find(), self.report)

    def until_held(self) -> None:
        for _ in self._work:
            if self._reached.is_set():
                return
        pytest.fail("the load has never run the statement")

    def hold(self) -> None:
        """In the load's thread."""
        self._reached.set()
        assert self._let_go.wait(SECONDS)

    def let_go(self) -> None:
        self._let_go.set()

    def finish(self) -> None:
        self.let_go()
        for _ in self._work:
            pass

    def abandon(self) -> None:
        self._work.close()


@contextmanager
def held(quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch, file: Path, beginning: str) -> Iterator[Held]:
    load = Held(quotidian, file)
    run = ChdbConnection.run

    def hold(connection: ChdbConnection, sql: str, values: Any = None) -> None:
        if beginning in sql and current_thread() is not main_thread() and not load._let_go.is_set():
            load.hold()
        run(connection, sql, values)

    monkeypatch.setattr(ChdbConnection, "run", hold)
    load.until_held()
    try:
        yield load
    finally:
        load.let_go()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "loaded.jsonl"
    write_jsonl(path, [session(f"user {n}", DAY) for n in range(5)])
    return path


def test_live_events_are_counted_while_a_statement_of_a_load_runs(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    with held(quotidian, monkeypatch, file, "INSERT INTO batch") as load:
        quotidian.post_events(session("live", DAY))
        quotidian.drain()
        assert quotidian.kpi("dau", DAY) == [1]
        load.finish()
    quotidian.roll_up()
    assert quotidian.kpi("dau", DAY) == [6]


def test_of_copies_that_a_load_and_live_events_have_each_is_stored_once(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    """Live events come when the load has told its events apart, and has not stored them yet."""
    quotidian.post_events(*(session(f"user {n}", DAY) for n in range(3, 8)))
    waits = 0
    original = Changes.none

    def none(changes: Changes) -> AbstractContextManager[None]:
        nonlocal waits
        if changes._storing.locked():
            # Who comes second waits for the load, which therefore goes on.
            waits += 1
            load.let_go()
        return original(changes)

    with held(quotidian, monkeypatch, file, "INSERT INTO quotidian.events") as load:
        monkeypatch.setattr(Changes, "none", none)
        report = quotidian.drain()
        load.finish()
    assert waits
    assert (report.total.new, report.total.duplicate, load.report.total.new) == (3, 2, 5)
    assert quotidian.events.rows("SELECT count() FROM quotidian.events", {}, tuple[int]) == [(8,)]
    assert quotidian.kpi("dau", DAY) == [8]


def test_a_rollup_during_which_a_load_stores_events_of_its_days_counts_them(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    """The day is marked before its events are stored: it is not done when it was computed without them."""
    computed = Event()

    def compute(*given: Any) -> Any:
        found = tallies(*given)
        computed.set()
        return found

    monkeypatch.setattr(rollup, "tallies", compute)
    with held(quotidian, monkeypatch, file, "INSERT INTO quotidian.events") as load, ThreadPoolExecutor(1) as thread:
        (wanted,) = (each for each in pending(quotidian.stores) if each.family == TALLIES)
        rolled_up = thread.submit(roll_up_range, quotidian.stores, wanted)
        assert computed.wait(SECONDS)
        load.finish()
        rolled_up.result()
    (point,) = quotidian.data("/sessions/data_series", length=1, ending_at=DAY)
    assert point["sessions"] == 5
    assert TALLIES not in {each.family for each in pending(quotidian.stores)}


def test_a_rollup_that_fails_because_a_load_stores_events_meanwhile_is_no_failure(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    failed = Event()

    def compute(*given: Any) -> Any:
        if not failed.is_set():
            failed.set()
            raise KeyError("what one query saw, and another did not")
        return tallies(*given)

    monkeypatch.setattr(rollup, "tallies", compute)
    with held(quotidian, monkeypatch, file, "INSERT INTO quotidian.events") as load, ThreadPoolExecutor(1) as thread:
        (wanted,) = (each for each in pending(quotidian.stores) if each.family == TALLIES)
        rolled_up = thread.submit(roll_up_range, quotidian.stores, wanted)
        assert failed.wait(SECONDS)
        load.finish()
        rolled_up.result()
    assert TALLIES not in {each.family for each in pending(quotidian.stores)}


def test_a_load_that_is_abandoned_while_it_stores_has_stored_that(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    with held(quotidian, monkeypatch, file, "INSERT INTO quotidian.events") as load:
        load.let_go()
        load.abandon()
    quotidian.roll_up()
    assert quotidian.kpi("dau", DAY) == [5]
    assert quotidian.load(file).total.duplicate == 5


def test_a_load_whose_statement_fails_says_so_and_hinders_no_live_events(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    def fail(*given: object) -> None:
        raise StatementFailed("refused")

    with monkeypatch.context() as broken:
        broken.setattr(Storing, "_store", fail)
        with pytest.raises(StatementFailed, match="refused"):
            quotidian.load(file)
    quotidian.post_events(session("live", DAY))
    quotidian.drain()
    assert quotidian.kpi("dau", DAY) == [1]
    assert quotidian.load(file).total.new == 5
