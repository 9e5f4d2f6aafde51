"""The engine explains numbers beside its loop: whatever the loop does, within its time, and no more than it may."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import Quotidian
from events import session

from quotidian.api import engine as client
from quotidian.api.engine import EngineClient
from quotidian.domain.days import Day
from quotidian.domain.errors import BadRequest, Unavailable
from quotidian.engine import answering
from quotidian.engine.answering import Answerer
from quotidian.engine.protocol import MessageSocket, connect, listen
from quotidian.engine.questions import Explain, Refused
from quotidian.engine.task_queue import TaskQueue
from quotidian.engine.tasks import RollUp
from quotidian.series.explain import explaining
from quotidian.series.explain.explanation import Explanation
from quotidian.series.explain.question import Question
from quotidian.store.events import StatementFailed

DAY = Day(19_812)  # 2024-03-30
DAU = Explain("default", Question("/kpi/dau/data_series", DAY, "dau"))


@pytest.fixture
def explainer(quotidian: Quotidian) -> Iterator[Answerer]:
    quotidian.deliver(session("ana", "2024-03-30"))
    quotidian.folder.run.mkdir(exist_ok=True)
    made = Answerer(quotidian.stores)
    yield made
    made.close()


@pytest.fixture
def socket(quotidian: Quotidian, explainer: Answerer) -> Path:
    """The engine's, at which questions are answered, though nothing takes tasks from the queue."""
    TaskQueue(quotidian.folder.engine_socket, explainer)
    return quotidian.folder.engine_socket


@contextmanager
def held_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Explanations begin, and go on when the event is set."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(*given: Any) -> Explanation:
        begun.set()
        assert go_on.wait(20)
        return explaining.explain(*given)

    with monkeypatch.context() as patched:
        patched.setattr(answering, "explain", slow)
        yield begun
        go_on.set()


def in_thread(work: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    return thread, found


def ask(path: Path, asked: Explain) -> Explanation:
    return asyncio.run(EngineClient(path).explain(asked))


# Answers


def test_a_question_is_answered_while_a_task_waits_in_the_queue(socket: Path) -> None:
    command = MessageSocket(connect(socket))
    command.send(RollUp())
    found = ask(socket, DAU)
    assert (found.value, len(found.events), found.is_complete) == (1, 1, True)
    command.close()


def test_an_explanation_is_the_same_over_the_socket(socket: Path, explainer: Answerer) -> None:
    assert ask(socket, DAU) == explainer.answer(DAU)


def test_a_question_without_an_answer_is_a_bad_request(socket: Path) -> None:
    with pytest.raises(BadRequest, match="metric must be one of dau, not 'mau'"):
        ask(socket, Explain("default", Question("/kpi/dau/data_series", DAY, "mau")))
    with pytest.raises(BadRequest, match="no workspace 'nowhere'"):
        ask(socket, Explain("nowhere", DAU.question))


# Limits


def test_a_workspace_has_one_explanation_at_a_time(explainer: Answerer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "_TURN_SECONDS", 0.05)
    with held_up(monkeypatch) as begun:
        thread, first = in_thread(lambda: explainer.answer(DAU))
        assert begun.wait(20)
        second = explainer.answer(DAU)
    thread.join()
    assert second == Refused("Other questions are being answered; ask again when they are", may_pass=True)
    assert isinstance(first[0], Explanation)
    assert isinstance(explainer.answer(DAU), Explanation)


def test_another_workspace_need_not_wait(
    quotidian: Quotidian, explainer: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    quotidian.add_workspace("other")
    with held_up(monkeypatch) as begun:
        thread, _ = in_thread(lambda: explainer.answer(DAU))
        assert begun.wait(20)
        with monkeypatch.context() as patched:
            patched.setattr(answering, "explain", explaining.explain)
            assert isinstance(explainer.answer(Explain("other", DAU.question)), Explanation)
    thread.join()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("Code: 159. DB::Exception: Timeout exceeded. (TIMEOUT_EXCEEDED)", "longer than 10 seconds, and was stopped"),
        ("Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)", "more memory than it may have"),
        ("Code: 117. DB::Exception: Incorrect data. (INCORRECT_DATA)", "the server's log says why"),
    ],
)
def test_what_the_event_store_refuses_may_pass(
    explainer: Answerer, monkeypatch: pytest.MonkeyPatch, code: str, words: str
) -> None:
    def refuse(*_: object) -> Explanation:
        raise StatementFailed(code)

    with monkeypatch.context() as patched:
        patched.setattr(answering, "explain", refuse)
        found = explainer.answer(DAU)
    assert isinstance(found, Refused)
    assert (words in found.message, found.may_pass) == (True, True)
    assert isinstance(explainer.answer(DAU), Explanation)


def test_what_takes_too_long_is_stopped(explainer: Answerer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "LONGEST_SECONDS", 0.5)
    found = explainer.answer(DAU)
    assert isinstance(found, Refused)
    assert found.may_pass


def test_an_engine_that_ends_waits_for_what_it_explains_and_explains_nothing_more(
    explainer: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held_up(monkeypatch) as begun:
        thread, found = in_thread(lambda: explainer.answer(DAU))
        assert begun.wait(20)
        closing, _ = in_thread(explainer.close)
        assert closing.is_alive()
    closing.join()
    thread.join()
    assert isinstance(found[0], Explanation)
    late = explainer.answer(DAU)
    assert isinstance(late, Refused)
    assert "is ending" in late.message


# No engine


def test_without_an_engine_nothing_is_waited_for(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="does not run"):
        ask(tmp_path / "nobody", DAU)


def test_an_engine_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LONGEST_SECONDS", 0.1)
    monkeypatch.setattr(client, "_SPARE_SECONDS", 0.1)
    with listen(tmp_path / "hung"), pytest.raises(Unavailable, match="does not answer in time"):
        ask(tmp_path / "hung", DAU)


def test_an_engine_that_ends_amid_an_answer_is_given_up(tmp_path: Path) -> None:
    with listen(tmp_path / "ending") as listening:

        def begin_to_answer() -> None:
            connected, _ = listening.accept()
            connected.recv(1_000)
            connected.sendall((1_000).to_bytes(8, "big") + b"half of it")
            connected.close()

        thread, _ = in_thread(begin_to_answer)
        with pytest.raises(Unavailable, match="has just ended"):
            ask(tmp_path / "ending", DAU)
        thread.join()


@pytest.mark.parametrize("said", [b"\xff" * 8, (3).to_bytes(8, "big") + b"\xc1\xc1\xc1"])
def test_what_is_no_answer_of_an_engine_is_given_up(tmp_path: Path, said: bytes) -> None:
    with listen(tmp_path / "odd") as listening:

        def answer() -> None:
            connected, _ = listening.accept()
            connected.recv(1_000)
            connected.sendall(said)
            connected.close()

        thread, _ = in_thread(answer)
        with pytest.raises(Unavailable):
            ask(tmp_path / "odd", DAU)
        thread.join()
