"""Long answers to clients that are slow, leave or ask for too much, from a server of one worker and short patience."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import httpx2 as httpx
import pytest
from commands import Command, message
from currents import write_jsonl
from servers import Server, serving, wait_until

DAY = "2024-03-30"
PATH = "/v1/campaigns/export"
# Two thousand years of days: a hundred megabytes, which no buffer between server and client takes.
LONG = {"from": "0001-01-01", "format": "ndjson"}
MOST = 2
MIB = 1 << 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    command = Command(tmp_path_factory.mktemp("streams") / "data")
    key = command.init()
    file = command.data.parent / "events.jsonl"
    write_jsonl(file, [message("email.Send", "ana", DAY, campaign_id="spring")])
    command.here("ingest", file)
    short = {"QUOTIDIAN_STALL_SECONDS": "3", "QUOTIDIAN_STREAMS": str(MOST)}
    with serving(command, key, "--workers", 1, **short) as running:
        yield running


@pytest.fixture(autouse=True)
def _still_served(server: Server) -> Iterator[None]:
    """After each test the same worker answers, short and long, and reads nothing any more."""
    before = server.workers()
    yield
    wait_until(lambda: is_free(server))
    assert server.workers() == before
    assert server.client.get(PATH, params={"from": DAY, "to": DAY}).json()["data"][0]["unique_recipients"] == 1


def is_free(server: Server) -> bool:
    """Whether as many long answers can be begun as there may be."""
    with ExitStack() as stack:
        answers = [stack.enter_context(begun(server)) for _ in range(MOST)]
        return all(received_of(answer).startswith(b"HTTP/1.1 200 ") for answer in answers)


def begun(server: Server, **parameters: str) -> socket.socket:
    """A connection on which a long answer was asked for, that takes little at a time."""
    connected = socket.socket()
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connected.settimeout(20)
    connected.connect(("127.0.0.1", server.port))
    query = "&".join(f"{name}={text}" for name, text in {**LONG, **parameters}.items())
    lines = (f"GET {PATH}?{query} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {server.key}", "", "")
    connected.sendall("\r\n".join(lines).encode())
    return connected


def received_of(connected: socket.socket, size: int = 1_000) -> bytes:
    return connected.recv(size)


def rest_of(connected: socket.socket) -> bytes:
    """All that comes until the server closes the connection."""
    pieces = []
    while piece := connected.recv(MIB):
        pieces.append(piece)
    return b"".join(pieces)


def begun_once_free(server: Server, **parameters: str) -> tuple[socket.socket, bytes]:
    """A connection on which a long answer has begun, and what has come; others may just have ended."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        connected = begun(server, **parameters)
        received = received_of(connected)
        if received.startswith(b"HTTP/1.1 200 "):
            return connected, received
        connected.close()
    raise AssertionError(received)


def is_cut(server: Server, received: bytes) -> bool:
    """Whether the log tells that an answer was not sent to its end."""
    _, _, rest = received.lower().partition(b"x-request-id: ")
    number = rest.partition(b"\r\n")[0].decode()
    assert number
    return f"Answer {number} was not sent to its end" in server.log.read_text()


def one_too_many(server: Server) -> httpx.Response:
    """What a long answer gets while as many are begun as there may be; short ones are answered.

    Those are cut after three seconds, within which a busy machine may not come to ask: then they are begun again.
    """
    for _ in range(10):
        with ExitStack() as stack:
            for _ in range(MOST):
                stack.enter_context(begun_once_free(server)[0])
            short = server.client.get(PATH, params={"from": DAY, "to": DAY})
            assert short.status_code == 200
            with server.client.stream("GET", PATH, params=LONG) as long:
                if long.status_code != 200:
                    long.read()
                    return long
    raise AssertionError("none was refused")


def test_more_long_answers_than_there_may_be_are_refused_and_short_ones_are_not(server: Server) -> None:
    refused = one_too_many(server)
    assert refused.status_code == 503
    assert "ask again" in refused.json()["message"]
    assert int(refused.headers["retry-after"]) > 0


def test_a_client_that_leaves_ends_the_work(server: Server) -> None:
    for _ in range(3 * MOST):
        connected, received = begun_once_free(server)
        connected.close()
        wait_until(partial(is_cut, server, received))


@pytest.mark.parametrize("form", ["ndjson", "json", "csv", "arrow"])
def test_a_client_that_stops_reading_is_cut_and_notices(server: Server, form: str) -> None:
    connected, received = begun_once_free(server, format=form)
    with connected:
        wait_until(lambda: is_cut(server, received))
        # No last chunk, which has the length 0: every client takes that for an error.
        assert not rest_of(connected).endswith(b"\r\n0\r\n\r\n")


def test_a_client_that_is_slow_and_goes_on_gets_all(server: Server) -> None:
    asked = {**LONG, "from": "1990-01-01", "to": "2024-12-31"}
    days, ends = 0, b""
    with server.client.stream("GET", PATH, params=asked, headers={"Accept-Encoding": "identity"}) as answer:
        for piece in answer.iter_raw(MIB):
            days += piece.count(b"\n")
            ends = (ends + piece)[-1_000:]
            time.sleep(0.2)
    assert json.loads(ends.splitlines()[-1])["time"] == "2024-12-31"
    assert days == 35 * 365 + 9


@pytest.mark.slow
def test_a_long_answer_takes_little_memory(server: Server) -> None:
    [worker] = server.workers()
    # Once before: what is loaded then stays.
    for form in ("ndjson", "arrow"):
        assert size_of(server, "2020-01-01", form) > 0
    before = peak_bytes(worker)
    assert size_of(server, "0001-01-01", "ndjson") > 100 * MIB
    assert size_of(server, "1500-01-01", "arrow") > 50 * MIB
    assert peak_bytes(worker) - before < 40 * MIB


def size_of(server: Server, first: str, form: str) -> int:
    """The size of a long answer that is taken as fast as it comes."""
    asked = {"from": first, "format": form}
    with server.client.stream("GET", PATH, params=asked, headers={"Accept-Encoding": "identity"}) as answer:
        assert answer.status_code == 200
        return sum(map(len, answer.iter_raw()))


def peak_bytes(process: int) -> int:
    """The most memory that a process has had."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1_024 for line in lines if line.startswith("VmHWM"))


def test_a_head_request_has_the_headers_and_no_work_is_left(server: Server) -> None:
    for _ in range(2 * MOST):
        answer = server.client.head(PATH, params=LONG)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"] == "application/x-ndjson"
        assert "etag" in answer.headers
