"""Limits that all nodes count in Redis: together, in few messages, and never in the way when it is gone."""

import asyncio
import dataclasses
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from asking import assert_error
from conftest import Quotidian
from databases.certificates import Certificate
from databases.daemon import wait_until
from databases.redis_server import PASSWORD, Redis
from starlette.applications import Starlette
from starlette.testclient import TestClient

from quotidian.api.app import make_app
from quotidian.api.limits import RateLimiter, open_counters
from quotidian.api.redis_counters import RedisCounters
from quotidian.domain.errors import CannotCount


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    opened = Quotidian(tmp_path_factory.mktemp("limits") / "data")
    opened.events.close()  # nothing reads events
    yield opened
    opened.close()


class Node:
    """The API as a node of several runs it, with one event loop."""

    def __init__(self, stores: Quotidian, redis: Redis, fingerprint: str = "data", **changed: Any) -> None:
        settings = dataclasses.replace(stores.settings, rate_limit_url=redis.url(), **changed)
        limiter = RateLimiter(settings, open_counters(settings, Path("nowhere"), fingerprint))

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            yield
            await limiter.close()

        app = make_app(dataclasses.replace(stores.services, settings=settings, limiter=limiter), lifespan)
        self.key = stores.key
        self.client = TestClient(app, raise_server_exceptions=False)

    def __enter__(self) -> "Node":
        self.client.__enter__()
        return self

    def __exit__(self, *given: Any) -> None:
        self.client.__exit__(*given)

    def get(self) -> Any:
        return self.client.get("/campaigns/list", headers={"Authorization": f"Bearer {self.key}"})

    def left(self) -> int:
        return int(self.get().headers["x-ratelimit-remaining"])

    def statuses(self, number: int) -> set[int]:
        return {self.get().status_code for _ in range(number)}


@asynccontextmanager
async def counters(redis: Redis, url: str = "") -> AsyncIterator[RedisCounters]:
    opened = RedisCounters(url or redis.url(), "test")
    try:
        yield opened
    finally:
        await opened.close()


@contextmanager
def patience() -> Iterator[None]:
    """Counting is waited for: on a busy machine it may take longer than a request waits."""
    with patch("quotidian.api.redis_counters._SECONDS", 30.0):
        yield


async def added(redis: Redis, url: str = "") -> int:
    """Added once."""
    with patience():
        async with counters(redis, url) as counting:
            return await counting.add("window", 7_200)


@patience()
def test_nodes_count_together(stores: Quotidian, redis: Redis) -> None:
    with Node(stores, redis, hourly_limit=3) as one, Node(stores, redis, hourly_limit=3) as other:
        assert [one.left(), other.left(), one.left()] == [2, 1, 0]
        assert [one.get().status_code, other.get().status_code] == [429, 429]


@patience()
def test_what_is_counted_of_other_data_is_not_ours(stores: Quotidian, redis: Redis) -> None:
    with Node(stores, redis, "ours", hourly_limit=9) as ours, Node(stores, redis, "theirs", hourly_limit=9) as theirs:
        assert [ours.left(), theirs.left()] == [8, 8]


@patience()
def test_all_that_count_at_once_get_numbers_of_their_own_and_share_messages(redis: Redis) -> None:
    async def count() -> tuple[list[int], int]:
        async with counters(redis) as one, counters(redis) as other:
            found = await asyncio.gather(*(each.add("window", 60) for each in (one, other) for _ in range(500)))
            return found, await one.get("window")

    before = messages(redis)
    found, total = asyncio.run(count())
    assert (sorted(found), total) == (list(range(1, 1_001)), 1_000)
    assert messages(redis) - before < 20


def messages(redis: Redis) -> int:
    """How many commands Redis has taken, those that ask for it included."""
    said = redis.said("INFO stats")
    return int(said.split(b"total_commands_processed:")[1].split()[0])


def test_a_counter_goes_after_its_window(redis: Redis) -> None:
    asyncio.run(added(redis))
    assert redis.said("TTL test:window").strip() in (b":7200", b":7199")


@patience()
def test_a_client_that_goes_away_takes_no_others_count_with_it(redis: Redis) -> None:
    async def count() -> int:
        async with counters(redis) as counting:
            gone, staying = (asyncio.create_task(counting.add("window", 60)) for _ in range(2))
            await asyncio.sleep(0)
            gone.cancel()
            return await staying

    assert asyncio.run(count()) == 2


def test_counters_are_reached_with_tls_by_who_trusts_the_certificate(redis: Redis, certificate: Certificate) -> None:
    assert asyncio.run(added(redis, f"{redis.tls_url()}?ssl_ca_certs={certificate.certificate}")) == 1
    with pytest.raises(CannotCount, match="certificate"):
        asyncio.run(added(redis, redis.tls_url()))


def test_a_wrong_password_is_said_without_it(redis: Redis) -> None:
    with pytest.raises(CannotCount) as refused:
        asyncio.run(added(redis, redis.url(password="s3cret")))
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("how", ["kill", "pause"])
def test_requests_are_answered_while_redis_is_gone_and_counted_when_it_is_back(
    stores: Quotidian, redis: Redis, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    with Node(stores, redis, hourly_limit=2) as node:
        with patience():
            assert node.left() == 1
        getattr(redis, how)()
        assert node.statuses(20) == {200}
        assert errors(caplog) == 1
        redis.start()
        wait_until(lambda: node.get().status_code == 429)
    assert "Traceback" not in caplog.text
    assert PASSWORD not in caplog.text


def errors(caplog: pytest.LogCaptureFixture) -> int:
    return len([each for each in caplog.records if each.levelno >= logging.ERROR])


def test_with_closed_requests_are_503_while_redis_is_gone(stores: Quotidian, redis: Redis) -> None:
    with Node(stores, redis, hourly_limit=1_000, rate_limit_outage="closed") as node:
        with patience():
            assert node.statuses(2) == {200}
        redis.kill()
        for _ in range(3):
            refused = node.get()
            assert_error(refused, 503, "cannot be counted")
            assert int(refused.headers["retry-after"]) > 0
        redis.start()
        wait_until(lambda: node.get().status_code == 200)


def test_once_redis_hangs_nobody_waits_for_it(redis: Redis) -> None:
    async def count() -> list[bool]:
        async with counters(redis) as counting:
            with patience():
                await counting.add("window", 60)
            redis.pause()
            return [await has_waited(counting) for _ in range(3)]

    assert asyncio.run(count()) == [True, False, False]


async def has_waited(counting: RedisCounters) -> bool:
    """Whether one who counts does not know at once that this is in vain."""
    asking = asyncio.create_task(counting.add("window", 60))
    await asyncio.sleep(0)
    waits = not asking.done()
    with pytest.raises(CannotCount):
        await asking
    return waits


def test_a_redis_that_takes_nothing_is_gone_however_well_it_answers(redis: Redis) -> None:
    redis.said("CONFIG SET maxmemory 1")
    try:
        with pytest.raises(CannotCount, match="memory"):
            asyncio.run(added(redis))
    finally:
        redis.said("CONFIG SET maxmemory 0")
