"""Answers that a worker keeps: they are what a new answer would be, whatever has happened since."""

import asyncio
import logging
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from conftest import Quotidian
from events import email, session
from sqlalchemy.exc import OperationalError

from quotidian.api import app
from quotidian.api.answers import Answers
from quotidian.api.endpoints import PERMISSIONS
from quotidian.api.observed import Observations
from quotidian.api.sight import FileSight
from quotidian.control.keys import create_key, list_keys, revoke_key
from quotidian.domain.days import Micros, now_micros
from quotidian.store.series import data_version, writing
from quotidian.telemetry.logs import Request
from quotidian.telemetry.metrics import ApiMetrics

DAY = "2024-03-30"


@pytest.fixture
def reads(quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The endpoints whose answers were read from the store, one after the other."""
    read: list[str] = []
    admit = app._Api._admit

    async def noting(api: Any, http: Any, endpoint: Any) -> Any:
        read.append(endpoint.path)
        return await admit(api, http, endpoint)

    monkeypatch.setattr(app._Api, "_admit", noting)
    return read


def test_an_answer_is_read_once_while_nothing_changes(quotidian: Quotidian, reads: list[str]) -> None:
    quotidian.deliver(session("ana", DAY))
    answers = [quotidian.get("/kpi/dau/data_series", length=3, ending_at=DAY) for _ in range(5)]
    assert len(reads) == 1
    assert len({answer.content for answer in answers}) == 1
    assert {answer.headers["content-type"] for answer in answers} == {"application/json"}


def test_an_answer_changes_with_the_data(quotidian: Quotidian) -> None:
    for users in range(1, 4):
        quotidian.deliver(session(f"user {users}", DAY))
        assert [quotidian.kpi("dau", DAY) for _ in range(2)] == [[users], [users]]


def test_requests_that_differ_in_anything_have_answers_of_their_own(quotidian: Quotidian) -> None:
    other = quotidian.add_workspace("other")
    quotidian.deliver(session("ana", DAY, app_id="tea"), session("bo", DAY), email("Send", "ana", DAY, "spring"))
    for _ in range(2):
        assert quotidian.kpi("dau", DAY) == [2]
        assert quotidian.kpi("dau", DAY, app_id="tea") == [1]
        assert quotidian.kpi("dau", DAY, length=2) == [0, 2]
        assert quotidian.kpi("new_users", DAY) == [0]
        assert quotidian.kpi("dau", DAY, key=other) == [0]
        assert quotidian.get("/kpi/dau/data_series", length=1, key="nobody's").status_code == 401


def test_a_key_that_is_revoked_is_refused_at_once(quotidian: Quotidian) -> None:
    assert quotidian.kpi("dau", DAY) == [0]
    with writing(quotidian.engine) as connection:
        (key,) = list_keys(connection, quotidian.workspace())
        revoke_key(connection, quotidian.workspace(), key.id)
    assert quotidian.get("/kpi/dau/data_series", length=1, ending_at=DAY).status_code == 401


def expiring_key(quotidian: Quotidian, at: float) -> str:
    """A new key that expires at this instant, in seconds."""
    with writing(quotidian.engine) as connection:
        return create_key(connection, quotidian.workspace(), "k", PERMISSIONS, Micros(int(at * 1_000_000)))


def test_a_key_that_expires_is_refused_from_then_on_also_where_its_answer_is_known(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not at the end of a quarter of an hour, which ends known answers anyway.
    now = time.time() // 900 * 900 + 100
    monkeypatch.setattr("time.time", lambda: now)
    key = expiring_key(quotidian, now + 50)
    asked = [("/kpi/dau/data_series", {"length": 1, "ending_at": DAY}), ("/campaigns/list", {})]
    statuses = []
    for moment in (now, now + 49.9, now + 50, now + 51):
        monkeypatch.setattr("time.time", lambda moment=moment: moment)
        answers = [quotidian.get(path, key=key, **given) for path, given in asked for _ in range(2)]
        statuses.append({answer.status_code for answer in answers})
    assert statuses == [{200}, {200}, {401}, {401}]
    assert answers[0].json() == {"message": "Invalid API Key"}
    assert answers[0].json() == quotidian.get("/campaigns/list", key="nobody's").json()
    assert quotidian.kpi("dau", DAY) == [0]


def test_a_key_that_has_expired_is_refused_where_nothing_is_known_of_it(quotidian: Quotidian) -> None:
    key = expiring_key(quotidian, time.time() - 1)
    assert quotidian.get("/kpi/dau/data_series", key=key, length=1).status_code == 401


def test_a_key_is_noted_as_used_also_where_its_answer_is_known(quotidian: Quotidian) -> None:
    uses, inbox = quotidian.services.uses, quotidian.services.inboxes.posted
    for _ in range(2):
        began = now_micros()
        quotidian.get("/kpi/dau/data_series", length=1)
        uses.write(exact_micros=1)
        assert began <= inbox.last_uses()[1] <= now_micros()


def test_a_key_that_is_always_in_use_is_written_once_a_minute(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    uses = quotidian.services.uses
    written: list[dict[int, int]] = []
    monkeypatch.setattr(quotidian.services.inboxes.posted, "note_uses", written.append)
    for second in range(180):
        monkeypatch.setattr("quotidian.inbox.key_uses.time.time_ns", lambda second=second: (10**9 + second) * 10**9)
        quotidian.get("/kpi/dau/data_series", length=1)
        uses.write()
    assert [(uses[1] // 10**6) - 10**9 for uses in written] == [0, 60, 120]


def test_to_note_that_a_key_is_used_ends_no_known_answer(quotidian: Quotidian, reads: list[str]) -> None:
    for _ in range(3):
        quotidian.get("/kpi/dau/data_series", length=1, ending_at=DAY)
        quotidian.services.uses.write(exact_micros=1)
    assert len(reads) == 1


def test_what_one_worker_notes_later_than_another_stays(quotidian: Quotidian) -> None:
    inbox = quotidian.services.inboxes.posted
    for noted in ({1: 20, 2: 5}, {1: 10}, {2: 6}):
        inbox.note_uses(noted)
    assert inbox.last_uses() == {1: 20, 2: 6}


def test_an_unknown_key_is_not_noted(quotidian: Quotidian) -> None:
    quotidian.get("/kpi/dau/data_series", length=1, key="nobody's")
    quotidian.services.uses.write(exact_micros=1)
    assert quotidian.services.inboxes.posted.last_uses() == {}


def test_uses_that_cannot_be_written_are_said_once_and_written_later(
    quotidian: Quotidian, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk is full"))

    quotidian.get("/kpi/dau/data_series", length=1)
    uses = quotidian.services.uses
    with monkeypatch.context() as full:
        full.setattr(quotidian.services.inboxes.posted, "note_uses", fail)
        for _ in range(3):
            uses._try(1)
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        "When keys were last used cannot be written: disk is full"
    ]
    uses._try(1)
    assert list(quotidian.services.inboxes.posted.last_uses()) == [1]


def test_known_answers_use_up_the_limit(folder: Path) -> None:
    quotidian = Quotidian(folder, hourly_limit="3")
    answers = [quotidian.get("/kpi/dau/data_series", length=1) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0", "0"]
    quotidian.close()


def test_what_depends_on_the_clock_is_read_again_on_the_quarter_of_an_hour(
    quotidian: Quotidian, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for moment in (900_000.0, 900_899.0, 900_900.0, 900_901.0):
        monkeypatch.setattr("quotidian.api.answers.time.time", lambda moment=moment: moment)
        quotidian.get("/kpi/dau/data_series", length=1)
    assert len(reads) == 2


def test_errors_are_not_kept(quotidian: Quotidian, reads: list[str]) -> None:
    for _ in range(2):
        assert quotidian.get("/kpi/dau/data_series", length=0).status_code == 400
    assert len(reads) == 2


@pytest.mark.parametrize("most", ["0", "1200"])
def test_answers_are_kept_in_bounded_memory(folder: Path, most: str) -> None:
    quotidian = Quotidian(folder, answer_bytes=most)
    quotidian.deliver(session("ana", DAY))
    for length in (1, 2, 100, 1):
        assert quotidian.kpi("dau", DAY, length=length)[-1] == 1
    quotidian.close()


def test_the_oldest_answers_make_room_for_new_ones_that_are_asked_for_again(folder: Path) -> None:
    quotidian = Quotidian(folder, answer_bytes="8000")
    lengths = range(1, 50)
    for length in lengths:
        for _ in range(2):
            quotidian.kpi("dau", DAY, length=length)
    assert kept_lengths(quotidian) == list(lengths)[-len(kept_lengths(quotidian)) :]
    quotidian.close()


def test_answers_that_are_asked_for_once_drive_out_no_others(folder: Path) -> None:
    quotidian = Quotidian(folder, answer_bytes="8000")
    # Asked for twice, but with so many others in between that nobody can remember it.
    for length in [*range(1, 100), *range(1, 100)]:
        quotidian.kpi("dau", DAY, length=length)
    assert kept_lengths(quotidian) == list(range(1, len(kept_lengths(quotidian)) + 1))
    quotidian.close()


def kept_lengths(quotidian: Quotidian) -> list[int]:
    """The lengths of which answers are kept, the oldest first: some, but few."""
    kept = [int(parse_qs(each.query.decode())["length"][0]) for each in quotidian.services.answers._answers]
    assert 1 < len(kept) < 8
    return kept


def test_a_request_with_a_body_is_looked_at_anew(quotidian: Quotidian) -> None:
    quotidian.get("/kpi/dau/data_series", length=1)
    headers = {"Authorization": f"Bearer {quotidian.key}", "Content-Length": "99999999"}
    assert quotidian.client.get("/kpi/dau/data_series?length=1", headers=headers).status_code == 413


class CountedLooks:
    """A version of data that never changes, and how often it was looked at."""

    looks = 0

    def look(self) -> int:
        self.looks += 1
        return 1

    def close(self) -> None:
        pass


def test_requests_that_came_together_share_one_look_at_the_store(quotidian: Quotidian) -> None:
    counted = CountedLooks()
    answers = Answers(FileSight(counted), 1_000)

    async def ask(times: int) -> None:
        for _ in range(times):
            answers.find({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []})
        await asyncio.sleep(0)

    asyncio.run(ask(5))
    assert counted.looks == 1
    asyncio.run(ask(5))
    assert counted.looks == 2


# A disk that fails


def test_while_answers_cannot_be_looked_for_they_are_read_and_nothing_is_kept(
    quotidian: Quotidian, reads: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    quotidian.deliver(session("ana", DAY))
    assert quotidian.kpi("dau", DAY) == [1]
    quotidian.services.sight.close()
    assert [quotidian.kpi("dau", DAY) for _ in range(3)] == [[1]] * 3
    assert len(reads) == 4
    assert quotidian.client.get("/health").status_code == 200
    [message] = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert "cannot be looked at" in message


def test_a_key_that_is_revoked_while_answers_cannot_be_looked_for_is_refused(quotidian: Quotidian) -> None:
    assert quotidian.kpi("dau", DAY) == [0]
    quotidian.services.sight.close()
    assert quotidian.kpi("dau", DAY) == [0]
    with writing(quotidian.engine) as connection:
        (key,) = list_keys(connection, quotidian.workspace())
        revoke_key(connection, quotidian.workspace(), key.id)
    assert quotidian.get("/kpi/dau/data_series", length=1, ending_at=DAY).status_code == 401


@pytest.mark.parametrize("damage", [b"no database ", b"\0"], ids=["no SQLite", "zeros"])
def test_a_series_store_that_cannot_be_read_any_more_is_answered_503_with_a_request_id_and_logged(
    quotidian: Quotidian, caplog: pytest.LogCaptureFixture, damage: bytes
) -> None:
    assert quotidian.kpi("dau", DAY) == [0]
    overwrite(quotidian, damage)
    for path in ("/kpi/dau/data_series", "/kpi/mau/data_series", "/ready"):
        response = quotidian.get(path, length=1, ending_at=DAY)
        assert response.status_code == 503, response.text
        assert list(response.json()) == ["message"]
        assert int(response.headers["retry-after"]) > 0
        assert response.headers["x-request-id"]
    assert quotidian.client.get("/health").status_code == 200
    assert any("stores cannot be used" in record.getMessage() for record in caplog.records)


def overwrite(quotidian: Quotidian, damage: bytes) -> None:
    """Damage the series store, of which nobody has anything in memory any more: it has just been written."""
    quotidian.add_workspace("another")
    with quotidian.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    with quotidian.folder.series.open("r+b") as file:
        size = quotidian.folder.series.stat().st_size
        # In place: what is mapped into memory must not get shorter.
        file.write((damage * size)[:size])


def test_answers_are_kept_again_when_the_disk_does_not_fail_any_more(quotidian: Quotidian, reads: list[str]) -> None:
    sight, broken = quotidian.services.sight, data_version(quotidian.folder)
    assert isinstance(sight, FileSight)
    working = sight._data_version
    broken.close()
    for version in (working, broken, working):
        sight._data_version = version
        assert [quotidian.kpi("dau", DAY) for _ in range(2)] == [[0], [0]]
    assert len(reads) == 1 + 2 + 1


@pytest.fixture
def _switching() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_switching")
def test_threads_that_count_at_once_lose_and_break_nothing() -> None:
    metrics = ApiMetrics()
    observations = Observations(metrics, is_logged=False)
    with ThreadPoolExecutor(4) as threads:
        for _ in range(5):
            for _ in range(10_000):
                observations.add(Request(0, "", "GET", "other", 200, 0))
            for flushed in [threads.submit(observations.flush) for _ in range(8)]:
                flushed.result()
    assert observations._thread.is_alive()
    observations.close()
    labels = {"endpoint": "other", "method": "GET", "status": "200"}
    assert metrics.registry.get_sample_value("quotidian_requests_total", labels) == 50_000
