"""What a worker knows of a database that it cannot look at without waiting: it holds for a moment, and no longer."""

import asyncio
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest
from databases.daemon import wait_until
from sqlalchemy.exc import DatabaseError

from quotidian.api import sight
from quotidian.api.answers import Answers
from quotidian.api.series_store import Threads
from quotidian.api.sight import HOLD_SECONDS, LOOK_SECONDS, LOST_SECONDS, ServerSight
from quotidian.domain.errors import Unavailable


class Version:
    """A version that a test sets; None fails. While `answers` is not set, nobody is answered."""

    def __init__(self) -> None:
        self.version: int | None = 1
        self.answers = Event()
        self.answers.set()
        self.looks = 0

    def look(self) -> int:
        self.looks += 1
        version = self.version
        self.answers.wait()
        if version is None:
            raise DatabaseError("SELECT", {}, Exception("gone"))
        return version

    def close(self) -> None:
        pass


class Clock:
    now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(sight, "time", clock)
    monkeypatch.setattr(sight, "LOOK_SECONDS", 0.01)
    return clock


@pytest.fixture
def version() -> Version:
    return Version()


@pytest.fixture
def seen(version: Version, clock: Clock) -> Iterator[ServerSight]:
    opened = ServerSight(version)
    wait_until(lambda: opened.version() == 1)
    yield opened
    opened.close()
    version.answers.set()


def look_begins(version: Version) -> None:
    """Wait until a look has begun that was not there before."""
    before = version.looks
    # The one that is under way may have begun before; of those that hang there is no second.
    wait_until(lambda: version.looks > before + version.answers.is_set())


def test_no_node_serves_what_was_replaced_two_seconds_ago() -> None:
    assert HOLD_SECONDS + LOOK_SECONDS < 2 < LOST_SECONDS


def test_a_new_version_is_seen(seen: ServerSight, version: Version) -> None:
    version.version = 2
    wait_until(lambda: seen.version() == 2)


@pytest.mark.parametrize("how", ["hangs", "fails"])
def test_a_version_holds_no_longer_than_from_the_last_look_that_came_back(
    seen: ServerSight, version: Version, clock: Clock, how: str
) -> None:
    if how == "hangs":
        version.answers.clear()
    else:
        version.version = None
    look_begins(version)
    clock.now += HOLD_SECONDS - 0.01
    assert seen.version() == 1
    clock.now += 0.01
    assert seen.version() is None
    version.version = 3
    version.answers.set()
    wait_until(lambda: seen.version() == 3)


def test_a_look_counts_from_when_it_began(seen: ServerSight, version: Version, clock: Clock) -> None:
    version.answers.clear()
    look_begins(version)
    version.version = 2
    clock.now += HOLD_SECONDS
    version.answers.set()
    assert seen.version() in (None, 2)


def test_work_is_given_up_once_the_database_is_lost_and_not_begun_until_it_is_found(
    seen: ServerSight, version: Version, clock: Clock
) -> None:
    threads, begun = Threads("test", 1, seen), []

    def work() -> None:
        begun.append(1)
        version.answers.wait()

    async def lose() -> None:
        working = asyncio.create_task(threads.run(work))
        await asyncio.sleep(0)
        clock.now += LOST_SECONDS + 0.01
        with pytest.raises(Unavailable, match="does not answer"):
            await working
        with pytest.raises(Unavailable, match="does not answer"):
            await threads.run(work)

    version.answers.clear()
    look_begins(version)
    asyncio.run(lose())
    assert len(begun) == 1
    version.answers.set()
    look_begins(version)
    wait_until(lambda: seen.version() is not None)
    assert asyncio.run(threads.run(lambda: 7)) == 7
    threads.close()


class Fixed:
    """A sight whose version a test sets."""

    def __init__(self) -> None:
        self.seen: int | None = 1

    def version(self) -> int | None:
        return self.seen


SCOPE: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}


@pytest.mark.parametrize(("meanwhile", "kept"), [(1, True), (2, False), (None, False)])
def test_what_was_read_before_a_change_is_not_kept_beside_what_was_read_since(
    meanwhile: int | None, kept: bool
) -> None:
    fixed = Fixed()
    answers = Answers(fixed, 1_000)  # type: ignore[arg-type]

    async def read() -> str:
        fixed.seen = meanwhile
        answers.find(dict(SCOPE))
        return "a key that is revoked meanwhile"

    answers.find(dict(SCOPE))
    assert asyncio.run(answers.read("key", read)) == "a key that is revoked meanwhile"
    assert ("key" in answers._read) is kept
