"""Ranges that two threads compute: which of them takes what."""

from threading import Event, current_thread, main_thread

import pytest
from conftest import Quotidian

from quotidian.control.dirty_days import ACTIVITY
from quotidian.domain.days import Day
from quotidian.series.ranges import Failed, Range
from quotidian.series.sharing import compute_all
from quotidian.store.changes import Changes
from quotidian.store.stores import Stores


def work_of(quotidian: Quotidian, number: int) -> list[Range]:
    return [Range(quotidian.workspace(), ACTIVITY, [Day(day)]) for day in range(number)]


def test_both_threads_compute(quotidian: Quotidian) -> None:
    computed = {True: 0, False: 0}
    by_both = Event()

    def compute(_: Stores, __: Range) -> None:
        computed[current_thread() is main_thread()] += 1
        if all(computed.values()):
            by_both.set()
        by_both.wait(10)

    work = work_of(quotidian, 4)
    assert [*compute_all(quotidian.stores, work, compute, Failed(), is_shared=True)][-1] == (4, 4)
    assert all(computed.values())


@pytest.mark.parametrize(("is_shared", "by_main"), [(True, 0), (False, 4)])
def test_while_live_events_come_the_thread_that_helps_computes_if_there_is_one(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch, is_shared: bool, by_main: int
) -> None:
    threads = []
    monkeypatch.setattr(Changes, "is_live", True)
    work = work_of(quotidian, 4)
    done = compute_all(
        quotidian.stores, work, lambda *_: threads.append(current_thread()), Failed(), is_shared=is_shared
    )
    assert [*done][-1] == (4, 4)
    assert (len(threads), threads.count(main_thread())) == (4, by_main)


def test_a_thread_that_helps_and_fails_leaves_the_rest_to_the_other_and_is_told(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Changes, "is_live", True)
    computed = []

    def compute(_: Stores, wanted: Range) -> None:
        if current_thread() is not main_thread():
            raise OSError(28, "No space left on device")
        computed.append(wanted)

    with pytest.raises(OSError, match="No space"):
        list(compute_all(quotidian.stores, work_of(quotidian, 4), compute, Failed(), is_shared=True))
    assert len(computed) == 3


def test_it_is_known_for_a_moment_that_live_events_came(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = Changes()
    assert not changes.is_live
    changes.note_live()
    assert changes.is_live
    monkeypatch.setattr("quotidian.store.changes.monotonic", lambda: changes._live_until)
    assert not changes.is_live
