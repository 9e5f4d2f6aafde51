"""Answers that cannot be made to their end: what was sent of them says so, and nothing of the store is held."""

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import Quotidian, filled
from events import email
from servers import wait_until
from sqlalchemy import QueuePool
from starlette.types import Message

from quotidian.series import read

FORMATS = ("json", "ndjson", "csv", "parquet", "arrow")


def fill(quotidian: Quotidian) -> None:
    quotidian.deliver(*(email("Send", f"user-{day}", f"2024-03-{day:02}", "spring") for day in range(1, 31)))


@pytest.fixture
def api(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Quotidian]:
    """Blocks are short, so that little is much."""
    monkeypatch.setattr("quotidian.api.v1.streams.BLOCK_BYTES", 10_000)
    with filled(folder, fill) as opened:
        yield opened


def answer(api: Quotidian, form: str, leaves_after: int | None = None) -> list[Message]:
    """What is sent for a long answer, to a client that may leave after some messages."""
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/v1/campaigns/export", "http_version": "1.1"}
    scope |= {"query_string": f"from=0001-01-01&to=2024-03-31&format={form}".encode(), "scheme": "http"}
    scope |= {"headers": [(b"authorization", f"Bearer {api.key}".encode())], "root_path": "", "server": ("local", 80)}
    sent: list[Message] = []

    async def run() -> None:
        left = asyncio.Event()

        async def receive() -> Message:
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)
            if leaves_after is not None and len(sent) > leaves_after:
                left.set()
            await asyncio.sleep(0)

        await asyncio.wait_for(api.client.app(scope, receive, send), 60)

    asyncio.run(run())
    return sent


def is_whole(sent: list[Message]) -> bool:
    """Whether the last part was sent: without it a server cuts the connection."""
    return not sent[-1].get("more_body", False)


def connections(api: Quotidian) -> int:
    """The connections to the series store that are in use, beside the one on which the API reads keys."""
    pool = api.services.series.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout() - 1


@pytest.mark.parametrize("form", FORMATS)
def test_an_answer_is_cut_when_the_store_fails(api: Quotidian, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    points, calls = read.read_points, 0

    def failing(*given: Any) -> list[bytes]:
        nonlocal calls
        calls += 1
        if calls > 800:
            raise OSError("the disk is gone")
        return points(*given)

    monkeypatch.setattr("quotidian.api.v1.series_table.read_points", failing)
    sent = answer(api, form)
    assert sent[0]["status"] == 200
    assert len(sent) > 2
    assert not is_whole(sent)
    if form == "parquet":
        with pytest.raises(pa.ArrowInvalid, match="bytes"):
            pq.read_table(io.BytesIO(b"".join(message["body"] for message in sent[1:])))


@pytest.mark.parametrize("form", FORMATS)
def test_a_client_that_leaves_is_sent_no_more(api: Quotidian, form: str) -> None:
    sent = answer(api, form, leaves_after=2)
    assert not is_whole(sent)
    assert len(sent) < 6


def test_nothing_of_the_store_is_held_after_the_answer(api: Quotidian) -> None:
    assert is_whole(answer(api, "ndjson"))
    answer(api, "ndjson", leaves_after=2)
    wait_until(lambda: connections(api) == 0)
