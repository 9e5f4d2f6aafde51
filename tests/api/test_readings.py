"""A request is read in one way: by known answers and keys, by what counts and logs, and by the HTTP server and us."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from asking import ask, assert_error
from commands import Command
from conftest import Quotidian
from servers import Server, serving, wait_until

DAU = "/kpi/dau/data_series"
BODY = b'{"events":[]}'
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
SMUGGLED = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    command = Command(tmp_path_factory.mktemp("readings") / "data")
    with serving(command, command.init()) as running:
        yield running


def request(server: Server, first: str, *lines: str, key: bool = True) -> bytes:
    """The head of a request, with a key if nothing else is said."""
    given = (f"Authorization: Bearer {server.key}",) if key else ()
    return "\r\n".join((f"{first} HTTP/1.1", "Host: localhost", *given, *lines, "", "")).encode("latin-1")


def exchange(server: Server, *parts: bytes) -> bytes:
    """All that comes back until the server closes, or is silent for a moment; each part waits for what came before."""
    received = b""
    with socket.create_connection(("127.0.0.1", server.port)) as connected:
        connected.settimeout(1)
        for part in parts:
            connected.sendall(part)
            try:
                while chunk := connected.recv(65_536):
                    received += chunk
            except TimeoutError:
                continue
            return received
    return received + b"(still open)"


def statuses(answer: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", answer)]


# Keys


@pytest.mark.parametrize("second", ["", "Bearer", "Bearer nobody", "Basic eA=="])
def test_two_authorizations_are_refused_and_leave_no_answer_to_those_without_a_key(server: Server, second: str) -> None:
    # On one connection: a worker keeps its answers for itself.
    path, odd = f"GET {DAU}?length=1", f"Authorization: {second}"
    both, one, none = (
        request(server, path, *lines, key=key) for lines, key in (((odd,), True), ((odd,), False), ((), False))
    )
    answer = exchange(server, both + one + none)
    assert statuses(answer) == [400, 401, 401]
    assert b"The header Authorization is given more than once" in answer


def test_two_authorizations_are_refused_also_where_the_answer_is_known(server: Server) -> None:
    path, own = f"GET {DAU}?length=2", f"Authorization: Bearer {server.key}"
    pairs = ((own, own), ("Authorization: ", own), (own, "Authorization: Bearer nobody"))
    known = request(server, path) * 2
    answer = exchange(server, known + b"".join(request(server, path, *pair, key=False) for pair in pairs))
    assert statuses(answer) == [200, 200, 400, 400, 400]


def test_two_authorizations_are_looked_for_in_the_place_of_the_key(folder: Path) -> None:
    quotidian = Quotidian(folder, hourly_limit="1")
    key = f"Bearer {quotidian.key}"
    twice = [("Authorization", key), ("Authorization", key)]
    assert_error(quotidian.client.get("/kpi/nothing", headers=twice), 404)
    assert_error(quotidian.client.post(DAU, headers=twice), 405)
    for _ in range(3):  # which uses up no limit
        assert_error(quotidian.client.get(DAU, headers=twice), 400, "Authorization")
    assert quotidian.get(DAU, length=1).status_code == 200
    assert_error(quotidian.get(DAU, length=1), 429)
    assert_error(quotidian.client.get(DAU, headers=twice), 400, "Authorization")
    quotidian.close()


# Headers that say where a body ends, and what it is

TWICE = {
    "host": ("Content-Length: 13", "Host: elsewhere"),
    "transfer encoding": ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
    "content encoding": ("Content-Length: 13", "Content-Encoding: identity", "Content-Encoding: gzip"),
    "idempotency key": ("Content-Length: 13", "Idempotency-Key: a", "Idempotency-Key: b"),
}


@pytest.mark.parametrize("lines", TWICE.values(), ids=TWICE)
def test_a_header_that_may_be_given_once_is_refused_when_it_is_given_twice(
    server: Server, lines: tuple[str, ...]
) -> None:
    body = CHUNKS if "Transfer-Encoding: chunked" in lines else BODY
    answer = exchange(server, request(server, "POST /events", *lines) + body)
    assert statuses(answer) == [400]
    assert b"given more than once" in answer


ENDS = {
    "two lengths": (("Content-Length: 13", "Content-Length: 4"), BODY),
    "a list of lengths": (("Content-Length: 13, 13",), BODY),
    "a length with a sign": (("Content-Length: +13",), BODY),
    "a space before the colon": (("Content-Length : 13",), BODY),
    "a folded line": (("Content-Length:", " 13"), BODY),
    "another encoding behind": (("Transfer-Encoding: chunked, identity",), CHUNKS),
    "another encoding before": (("Transfer-Encoding: gzip, chunked",), CHUNKS),
    "an encoding in quotes": (('Transfer-Encoding: "chunked"',), CHUNKS),
    "an encoding with a tab": (("Transfer-Encoding: \x0bchunked",), CHUNKS),
    "an encoding that is none": (("Transfer-Encoding: identity", "Content-Length: 13"), BODY),
}


@pytest.mark.parametrize(("lines", "body"), ENDS.values(), ids=ENDS)
def test_a_body_whose_end_can_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_answered(
    server: Server, lines: tuple[str, ...], body: bytes
) -> None:
    answer = exchange(server, request(server, "POST /events", *lines) + body + SMUGGLED)
    assert statuses(answer) == [400]
    assert not answer.endswith(b"(still open)")


LENGTH_BESIDE_CHUNKS = ("Content-Length: 4", "Transfer-Encoding: chunked")


@pytest.mark.parametrize("lines", [LENGTH_BESIDE_CHUNKS, LENGTH_BESIDE_CHUNKS[::-1]])
def test_a_length_beside_chunks_is_not_read_and_nothing_behind_the_body_is_answered(
    server: Server, lines: tuple[str, ...]
) -> None:
    answer = exchange(server, request(server, "POST /events", *lines) + CHUNKS + SMUGGLED)
    assert len(statuses(answer)) == 1
    assert not answer.endswith(b"(still open)")


def test_both_ways_to_say_where_a_body_ends_are_refused_should_a_server_let_them_through(quotidian: Quotidian) -> None:
    both = [(b"content-length", b"0"), (b"transfer-encoding", b"chunked")]
    status, body = ask(quotidian, "/campaigns/list", headers=both)
    assert (status, b"Content-Length and Transfer-Encoding" in body) == (400, True)


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method", "X-Original-URL"])
def test_headers_that_would_be_another_request_are_not_read(server: Server, name: str) -> None:
    last = "Connection: close"
    posted = exchange(server, request(server, "POST /campaigns/list", f"{name}: GET", "Content-Length: 0", last))
    assert statuses(posted) == [405]
    read = exchange(server, request(server, "GET /health", f"{name}: /campaigns/list", last, key=False))
    assert statuses(read) == [200]


def test_an_idempotency_key_has_a_greatest_length(quotidian: Quotidian) -> None:
    body = {"events": [{"external_id": "ana", "name": "tea drunk"}]}
    assert quotidian.post("/users/track", body, Idempotency_Key="k" * 255).status_code == 201
    refused = quotidian.post("/users/track", body, Idempotency_Key="k" * 256)
    assert (refused.status_code, "255" in refused.text) == (400, True)


# Bodies that are not read

UNREAD = {
    "without a key": ("POST /events", (), 401),
    "of an unknown path": ("POST /nothing", (), 404),
    "of another method": ("POST /campaigns/list", (), 405),
    "of a GET": ("GET /campaigns/list", ("key",), 200),
    "packed otherwise": ("POST /events", ("key", "Content-Encoding: br"), 415),
}


@pytest.mark.parametrize(("first", "lines", "status"), UNREAD.values(), ids=UNREAD)
@pytest.mark.parametrize("length", ["Content-Length: 13", "Transfer-Encoding: chunked"])
def test_a_connection_whose_body_is_left_unread_is_closed_and_says_so(
    server: Server, first: str, lines: tuple[str, ...], status: int, length: str
) -> None:
    head = request(server, first, *[line for line in lines if line != "key"], length, key="key" in lines)
    body = BODY if "Length" in length else CHUNKS
    for parts in ((head + body + SMUGGLED,), (head, body + SMUGGLED)):
        answer = exchange(server, *parts)
        assert statuses(answer) == [status]
        assert b"\r\nconnection: close\r\n" in answer.lower()
        assert not answer.endswith(b"(still open)")


def test_a_connection_whose_body_is_read_stays_open(server: Server) -> None:
    post = request(server, "POST /events", f"Content-Length: {len(BODY)}") + BODY
    answer = exchange(server, post + request(server, "POST /events", "Transfer-Encoding: chunked") + CHUNKS, SMUGGLED)
    assert statuses(answer) == [200, 200, 200]
    assert answer.endswith(b"(still open)")


# What a client makes up


def test_methods_that_a_client_makes_up_are_one_in_metrics_and_log(server: Server) -> None:
    for number in range(20):
        made_up = f"MADE{number}{'UP' * 1_000}"
        answer = exchange(server, request(server, f"{made_up} /health", "Connection: close"))
        assert statuses(answer) == [405]
        assert len(answer) < 4_000
    counted = 'quotidian_requests_total{endpoint="other",method="other",status="405"}'
    wait_until(lambda: server.gauges().get(counted, 0) >= 20)
    assert not [name for name in server.gauges() if "MADE" in name]
    assert "other other 405" in server.log.read_text()
    assert "MADE" not in server.log.read_text()


def test_methods_that_there_are_keep_their_names_in_metrics(quotidian: Quotidian) -> None:
    methods = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
    for method in methods:
        quotidian.client.request(method, "/health")
    text = quotidian.client.get("/metrics").text
    counted = {method: f'quotidian_requests_total{{endpoint="other",method="{method}",status=' for method in methods}
    assert [method for method in methods if counted[method] not in text] == []


def test_what_is_kept_of_strangers_does_not_grow(quotidian: Quotidian) -> None:
    answers = quotidian.services.answers
    for number in range(20):
        quotidian.get(f"/nothing/{number}", key=f"nobody {number}")
        quotidian.get(DAU, length=1, key=f"nobody {number}")
    assert (len(answers._read), len(answers._answers)) == (0, 0)
    for spaces in range(1, 5):
        header = {"Authorization": f"Bearer{' ' * spaces}{quotidian.key}"}
        assert quotidian.client.get(f"{DAU}?length=1", headers=header).status_code == 200
    assert (len(answers._read), len(answers._answers)) == (1, 1)


# Paths

SERVED = (DAU, "/events", "/campagnes/séries_de_données", "/docs", "/docs/start.js", "/docs/assets/swagger-ui.css")
PLAIN = ("/metrics", "/health", "/ready", "/openapi.json")


@pytest.mark.parametrize("added", ["%0a", "%0d", "%0d%0a", "%00", "%09", "%1f", "%7f", "%c2%85"])
def test_a_path_with_a_control_character_is_none(quotidian: Quotidian, added: str) -> None:
    for path in (*SERVED, *PLAIN):
        for odd in (f"{path}{added}", f"{path[:4]}{added}{path[4:]}", f"/{added}{path[1:]}"):
            assert_error(quotidian.get(odd, length=1), 404, "/docs")
            assert_error(quotidian.post(odd, {"events": []}), 404, "/docs")


def test_a_path_with_a_newline_is_none_for_the_server_either(server: Server) -> None:
    for path in ("/metrics", "/docs", "/health", "/campaigns/list"):
        assert statuses(exchange(server, request(server, f"GET {path}%0a", "Connection: close"))) == [404]
