"""Clients that are slow, lie or attack, against a server of short patience: others are served, and nothing breaks."""

import gzip
import json
import resource
import socket
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from commands import Command, Json, session
from load import DAY, body_of, users_of
from servers import Server, serving, wait_until

LIMIT = 1 << 20
GIGABYTES = 2 << 30


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    command = Command(tmp_path_factory.mktemp("hostile") / "data")
    short = {"QUOTIDIAN_BODY_SECONDS": "2", "QUOTIDIAN_BODY_LIMIT_BYTES": str(LIMIT)}
    with serving(command, command.init(), **short) as running:
        yield running


@pytest.fixture(scope="module")
def acknowledged(server: Server) -> Iterator[set[str]]:
    """Apps, by the tests that posted a session of each: all of them count in the end."""
    apps: set[str] = set()
    yield apps
    server.wait_until_drained()
    assert {app for app in apps if users_of(server, app) != 1} == set()


@pytest.fixture(autouse=True)
def _still_served(server: Server, acknowledged: set[str], request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test the same workers answer and acknowledge a session, which counts in the end."""
    before = server.workers()
    yield
    assert server.workers() == before
    app = request.node.name
    assert post(server, body_of([session("ana", DAY, app_id=app)]))[0] == 200
    acknowledged.add(app)


def post(server: Server, body: bytes, **headers: str) -> tuple[int, Json]:
    """The status and the answer."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    response = server.client.post("/events", content=body, headers=given)
    answer: Json = response.json()
    return response.status_code, answer


def connect(server: Server) -> socket.socket:
    connected = socket.create_connection(("127.0.0.1", server.port))
    connected.settimeout(15)
    return connected


def head(server: Server, *lines: str) -> bytes:
    """The head of a post, with further lines."""
    first = ("POST /events HTTP/1.1", "Host: localhost", f"Authorization: Bearer {server.key}")
    return "\r\n".join((*first, *lines, "", "")).encode()


def answer_to(server: Server, sent: bytes, *, then_end: bool = False) -> bytes:
    """All that comes back until the server closes, or has been silent for a while."""
    with connect(server) as connected:
        received = b""
        try:
            connected.sendall(sent)
            if then_end:
                connected.shutdown(socket.SHUT_WR)
            connected.settimeout(5)
            while chunk := connected.recv(65_536):
                received += chunk
        except OSError:
            pass
        return received


def status_of(answer: bytes) -> int:
    """The status of an answer; 0 if the connection was closed without one."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


BODY = body_of([session("bo", DAY)])

# Slow, and gone


def test_a_slow_body_is_answered_408_while_others_are_served(server: Server) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(server)) for _ in range(200)]
        for each in slow:
            each.sendall(head(server, "Content-Length: 1000") + b'{"events"')
        assert post(server, BODY)[0] == 200
        for each in slow:
            assert status_of(each.recv(4096)) == 408


def test_slow_heads_do_not_keep_others_out(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(connect(server)).sendall(b"POST /events HTTP/1.1\r\nHost: loc")
        assert post(server, BODY)[0] == 200


@pytest.mark.parametrize("part", [b"", b"PO", b"POST /events HTTP/1.1\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"])
def test_connections_that_go_without_a_word_leave_nothing_behind(server: Server, part: bytes) -> None:
    for _ in range(100):
        with connect(server) as connected:
            connected.sendall(part)


def test_a_client_that_goes_in_the_middle_of_its_body_leaves_nothing_behind(server: Server) -> None:
    for _ in range(100):
        with connect(server) as connected:
            connected.sendall(head(server, "Content-Length: 1000") + BODY[:20])
    assert users_of(server, "gone") == 0


# Lengths that lie

LENGTHS = {
    "too long": (f"Content-Length: {len(BODY) + 50}",),
    "negative": ("Content-Length: -1",),
    "no number": ("Content-Length: many",),
    "absurd": ("Content-Length: 999999999999999999999999999999",),
    "larger than is accepted": (f"Content-Length: {LIMIT + 1}",),
    "twice, and different": (f"Content-Length: {len(BODY)}", "Content-Length: 3"),
    "with a transfer encoding": (f"Content-Length: {len(BODY)}", "Transfer-Encoding: chunked"),
    "an unknown transfer encoding": ("Transfer-Encoding: sausages",),
}


@pytest.mark.parametrize("lines", LENGTHS.values(), ids=LENGTHS)
def test_a_body_that_lies_about_its_length_is_refused(server: Server, lines: tuple[str, ...]) -> None:
    answer = answer_to(server, head(server, *lines) + BODY)
    assert status_of(answer) in (0, 400, 408, 413, 501)


def test_a_body_longer_than_its_length_is_cut_and_the_rest_is_no_request(server: Server) -> None:
    answer = answer_to(server, head(server, f"Content-Length: {len(BODY) - 5}") + BODY)
    assert status_of(answer) == 400
    assert b" 200 " not in answer


CHUNKS = {
    "not hexadecimal": b"xyz\r\n" + BODY,
    "negative": b"-5\r\n" + BODY,
    "absurd": b"f" * 40 + b"\r\n" + BODY,
    "too small": b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY) - 5, BODY),
    "too large": b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY) + 50, BODY),
    "without an end": b"%x\r\n%s\r\n" % (len(BODY), BODY),
}


@pytest.mark.parametrize("body", CHUNKS.values(), ids=CHUNKS)
def test_chunks_that_lie_about_their_size_are_refused(server: Server, body: bytes) -> None:
    answer = answer_to(server, head(server, "Transfer-Encoding: chunked") + body)
    assert status_of(answer) in (0, 400, 408)


def test_a_chunked_body_is_accepted_and_one_beyond_the_limit_is_not(server: Server) -> None:
    chunk = b"%x\r\n%s\r\n" % (len(BODY), BODY)
    whole = answer_to(server, head(server, "Transfer-Encoding: chunked", "Connection: close") + chunk + b"0\r\n\r\n")
    assert status_of(whole) == 200
    endless = answer_to(server, head(server, "Transfer-Encoding: chunked") + b"10000\r\n%s\r\n" % (b" " * 65_536) * 40)
    assert status_of(endless) in (0, 413)


# Packed


def bomb(size: int) -> bytes:
    """A small gzip body that unpacks to so many bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * (1 << 20)
    return b"".join(packer.compress(block) for _ in range(size >> 20)) + packer.flush()


def test_a_gzip_bomb_is_refused_and_never_unpacked(server: Server) -> None:
    before = sum(memory_of(worker) for worker in server.workers())
    packed = bomb(GIGABYTES // 4)
    assert len(packed) < LIMIT
    for _ in range(5):
        assert post(server, packed, Content_Encoding="gzip")[0] == 413
    assert sum(memory_of(worker) for worker in server.workers()) - before < 64 << 20


def memory_of(process: int) -> int:
    """Resident bytes."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * resource.getpagesize()


PACKED = {
    "cut short": (gzip.compress(BODY)[:-10], "gzip", 400),
    "no gzip": (BODY, "gzip", 400),
    "rubbish behind it": (gzip.compress(BODY) + b"rubbish", "gzip", 400),
    "of several members": (gzip.compress(BODY[:30]) + gzip.compress(BODY[30:]), "gzip", 200),
    "of many empty members": (gzip.compress(b"") * 40_000 + gzip.compress(BODY), "gzip", 200),
    "of no member": (b"", "gzip", 400),
    "brotli": (BODY, "br", 415),
    "two encodings": (BODY, "gzip, gzip", 415),
}


@pytest.mark.parametrize(("body", "encoding", "status"), PACKED.values(), ids=PACKED)
def test_a_packed_body_is_unpacked_or_refused(server: Server, body: bytes, encoding: str, status: int) -> None:
    assert post(server, body, Content_Encoding=encoding)[0] == status


# JSON

NO_BODIES = {
    "empty": b"",
    "a list": b"[]",
    "a number": b"1",
    "a text": b'"events"',
    "null": b"null",
    "events that are no list": b'{"events": {}}',
    "deep lists": b"[" * 100_000,
    "deep lists that end": b'{"events": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
    "deep objects": b'{"events": [' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"]}",
    "deep and not readable at once": b'{"events": [1e999, ' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
    "no UTF-8": b'{"events": ["\xff\xfe"]}',
    "NaN": b'{"events": [NaN]}',
    "NUL characters": b"\0" * 1000,
    "two documents": b'{"events": []}{"events": []}',
}


@pytest.mark.parametrize("body", NO_BODIES.values(), ids=NO_BODIES)
def test_a_body_that_is_no_list_of_events_is_a_bad_request(server: Server, body: bytes) -> None:
    status, answer = post(server, body)
    assert status == 400
    assert answer["message"]


GOOD = json.dumps(session("cy", DAY)).encode()
ODD_EVENTS = {
    "half a surrogate pair": GOOD.replace(b'"cy"', rb'"\ud800"'),
    "a number beyond all bounds": GOOD.replace(b'"properties": {', b'"properties": {"price": 1e999'),
    "a huge integer": GOOD.replace(b'"properties": {', b'"properties": {"price": ' + b"9" * 100_000),
    "a NUL in a text": GOOD.replace(b'"cy"', rb'"c\u0000y"'),
    "an id of half a megabyte": GOOD.replace(b'"id": "', b'"id": "' + b"x" * 500_000),
    "keys twice": GOOD.replace(b'"user":', b'"user": {"user_id": "dee"}, "user":'),
    "no object": b"7",
    "an event in a list": b"[" + GOOD + b"]",
    "null": b"null",
    "an object with a huge key": b'{"%s": 1}' % (b"k" * 100_000),
}


@pytest.mark.parametrize("odd", ODD_EVENTS.values(), ids=ODD_EVENTS)
def test_an_odd_event_does_not_hold_up_its_neighbours(
    server: Server, odd: bytes, request: pytest.FixtureRequest
) -> None:
    app = f"beside {request.node.name}"
    neighbour = json.dumps(session("ana", DAY, app_id=app)).encode()
    status, answer = post(server, b'{"events": [%s, %s]}' % (odd, neighbour))
    assert (status, answer["accepted"] + answer["rejected"]) == (200, 2)
    wait_until(lambda: users_of(server, app) == 1)


def test_a_hundred_thousand_tiny_events_are_all_answered(server: Server) -> None:
    status, answer = post(server, b'{"events": [%s]}' % b",".join([b"{}"] * 100_000))
    assert (status, answer["accepted"], answer["rejected"]) == (200, 0, 100_000)


# Connections


def test_requests_that_are_sent_without_waiting_are_answered_in_their_order(server: Server) -> None:
    requests = head(server, f"Content-Length: {len(BODY)}") + BODY
    last = head(server, "Content-Length: 1", "Connection: close") + b"["
    answer = answer_to(server, requests * 20 + last)
    assert answer.count(b"HTTP/1.1 200 ") == 20
    assert answer.index(b"HTTP/1.1 400 ") > answer.rindex(b"HTTP/1.1 200 ")


@pytest.mark.slow
def test_ten_thousand_idle_connections_keep_nobody_out(server: Server) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 10_500:
        pytest.skip(f"a process here may open {hard} files only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with ExitStack() as stack:
            for number in range(10_000):
                connected = stack.enter_context(connect(server))
                if number % 2:
                    connected.sendall(b"GET /health HTTP/1.1\r\n")
            for _ in range(20):
                with server.client_of(server.key) as client:
                    assert client.post("/events", content=BODY).status_code == 200
                    assert client.get("/health").status_code == 200
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
