"""What one body, and many at once, can cost: events, errors, dead letters, gzip members and memory have bounds."""

import gzip
import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from commands import Command
from conftest import Json, Quotidian
from events import session
from servers import Server, serving

from quotidian.api.gzips import MOST_MEMBERS, unpack
from quotidian.api.memory import Memory
from quotidian.control.dead_letters import DeadLetter, list_dead_letters
from quotidian.domain.errors import Unavailable
from quotidian.inbox.checked import MOST_DEAD_LETTER_BYTES, MOST_DEAD_LETTERS, MOST_ERRORS

DAY = "2024-03-30"
MIB = 1 << 20
EMPTY_MEMBER = gzip.compress(b"")


def letters(quotidian: Quotidian) -> list[DeadLetter]:
    with quotidian.engine.connect() as connection:
        return list(list_dead_letters(connection, quotidian.workspace(), 10_000))


def list_of(element: bytes, size: int) -> bytes:
    """A body of about so many bytes."""
    return b'{"events":[%s0]}' % ((element + b",") * (size // (len(element) + 1) - 10))


# Events


def test_a_body_of_more_events_than_the_limit_is_refused_by_its_name_and_number(folder: Path) -> None:
    with closing(Quotidian(folder, events_limit="3")) as quotidian:
        assert quotidian.post_events(*(session(f"user {n}", DAY) for n in range(3)))["accepted"] == 3
        response = quotidian.post("/events", {"events": [7] * 4})
    assert response.status_code == 413
    assert response.json()["message"] == "The body has 4 events; at most 3 are accepted (events_limit)"


@pytest.mark.parametrize(
    "body",
    [
        list_of(b"1", 10 * MIB),
        list_of(b"[]", 10 * MIB),
        list_of(b"{}", 10 * MIB),
        list_of(b"[       ]", 10 * MIB),
        list_of(b"0", 800_000),
        b'{"events":[[%s]]}' % list_of(b"[]", 9 * MIB),
    ],
    ids=["ones", "lists", "objects", "wide lists", "781 KiB of zeros", "one event of lists"],
)
def test_a_small_body_that_unpacks_to_events_without_number_is_refused(quotidian: Quotidian, body: bytes) -> None:
    response = quotidian.post("/events", gzip.compress(body), Content_Encoding="gzip")
    assert response.status_code == 413
    assert "100000 " in response.json()["message"]
    assert "events_limit" in response.json()["message"]
    assert quotidian.services.inboxes.posted.depth().deliveries == 0


def test_a_full_body_of_the_shortest_events_is_taken(quotidian: Quotidian) -> None:
    line = b'{"event_type":"users.behaviors.app.SessionStart","id":"%d","time":1711800000,"user":{"user_id":"%d"}}'
    body = b'{"events":[%s]}' % b",".join(line % (n, n) for n in range(95_000))
    assert 9 * MIB < len(body) < 10 * MIB
    assert quotidian.post("/events", body).json() == {"message": "success", "accepted": 95_000, "rejected": 0}


# Errors and dead letters


def rejected(quotidian: Quotidian, events: list[Any]) -> Json:
    """The answer to events none of which can be used; all of them are counted when they are taken over."""
    answer = quotidian.post_events(*events)
    assert (answer["accepted"], answer["rejected"]) == (0, len(events))
    assert quotidian.drain().total.dead == len(events)
    return answer


def test_an_answer_lists_the_first_errors_and_says_how_many_more_there_are(quotidian: Quotidian) -> None:
    answer = rejected(quotidian, [7] * 5_000)
    assert [error["index"] for error in answer["errors"]] == list(range(MOST_ERRORS))
    assert answer["errors_not_listed"] == 5_000 - MOST_ERRORS
    assert "errors_not_listed" not in rejected(quotidian, [7] * MOST_ERRORS)


def test_of_a_body_a_bounded_number_of_dead_letters_is_kept_and_one_that_counts_the_rest(quotidian: Quotidian) -> None:
    rejected(quotidian, [*range(4_000), *([{}] * 1_000)])
    (rest,) = (letter for letter in letters(quotidian) if letter.event_type == "(several)")
    assert len(letters(quotidian)) == MOST_DEAD_LETTERS + 1
    assert rest.reason.startswith(f"{5_000 - MOST_DEAD_LETTERS} more")
    assert json.loads(rest.record) == {"rejected": {"not a JSON object": 3_000, "no event type": 1_000}}


def test_of_a_body_a_bounded_number_of_bytes_is_kept_as_dead_letters(quotidian: Quotidian) -> None:
    rejected(quotidian, [*({"number": n, "text": "é" * 12_000} for n in range(120)), *({"n": n} for n in range(200))])
    kept = letters(quotidian)
    assert (
        MOST_DEAD_LETTER_BYTES <= sum(len(letter.record.encode()) for letter in kept) < MOST_DEAD_LETTER_BYTES + 20_000
    )
    assert any(letter.reason.startswith(f"{320 - len(kept) + 1} more") for letter in kept)


def test_objects_of_users_track_have_the_same_bounds(quotidian: Quotidian) -> None:
    response = quotidian.post("/users/track", {"events": [7] * 75, "purchases": [7] * 75})
    assert response.status_code == 201
    assert len(response.json()["errors"]) == MOST_ERRORS
    assert response.json()["errors_not_listed"] == 150 - MOST_ERRORS
    assert quotidian.drain().total.dead == 150


# Gzip


def test_members_are_unpacked_in_time_linear_in_their_number() -> None:
    packed = EMPTY_MEMBER * (MIB // len(EMPTY_MEMBER)) + gzip.compress(b"end")
    begun = time.thread_time()
    with Memory(MIB).held() as held:
        assert unpack(packed, MIB, held) == b"end"
    assert time.thread_time() - begun < 0.5


def test_a_body_of_too_many_members_is_a_bad_request_that_says_so(quotidian: Quotidian) -> None:
    response = quotidian.post("/events", EMPTY_MEMBER * (MOST_MEMBERS + 1), Content_Encoding="gzip")
    assert response.status_code == 400
    assert f"more than {MOST_MEMBERS} members" in response.json()["message"]


@pytest.mark.parametrize("size", [0, 1, 16_383, 16_384, 16_385, 1_048_576, 3_000_001])
def test_what_is_packed_in_any_way_is_unpacked_whole(size: int) -> None:
    body = bytes(n * n % 251 for n in range(min(size, 70_000))) + bytes(max(0, size - 70_000))
    for cut in {0, size // 3, size}:
        packed = gzip.compress(body[:cut]) + gzip.compress(body[cut:])
        with Memory(100 * MIB).held() as held:
            assert unpack(packed, size, held) == body


# Memory


def test_what_a_request_holds_is_given_back_when_it_is_done() -> None:
    memory = Memory(100)
    with memory.held() as one:
        one.add(60)
        with memory.held() as other:
            other.add(30)
            with pytest.raises(Unavailable):
                other.add(30)
        with memory.held() as other:
            other.add(40)
    with memory.held() as one:
        one.add(100)


def test_what_is_unpacked_is_held_until_it_is_on_disk(quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[int] = []
    put = quotidian.services.writer.put

    def look(delivery: Any) -> Any:
        held.append(memories[0]._held)
        return put(delivery)

    memories: list[Memory] = []
    take = Memory.take

    def watch(memory: Memory, size: int) -> None:
        memories.append(memory)
        take(memory, size)

    monkeypatch.setattr(Memory, "take", watch)
    monkeypatch.setattr(quotidian.services.writer, "put", look)
    body = json.dumps({"events": [session("ana", DAY)], "padding": " " * MIB}).encode()
    assert quotidian.post("/events", gzip.compress(body), Content_Encoding="gzip").status_code == 200
    assert held[0] > 2 * MIB
    assert memories[0]._held == 0
    assert quotidian.post("/events", b'{"events": [', Content_Encoding="gzip").status_code == 400
    assert memories[0]._held == 0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    command = Command(tmp_path_factory.mktemp("bounds") / "data")
    with serving(command, command.init()) as running:
        yield running


def peak_of(process: int) -> int:
    """The most resident bytes there have been."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))


def test_small_bodies_that_unpack_to_large_ones_together_take_bounded_memory(server: Server) -> None:
    body = gzip.compress(list_of(b"[       ]", 10 * MIB))
    workers = server.workers()
    before = {worker: peak_of(worker) for worker in workers}

    def post(_: int) -> tuple[int, bool]:
        with server.client_of(server.key, timeout=60) as client:
            answer = client.post("/events", content=body, headers={"Content-Encoding": "gzip"})
        return answer.status_code, "Retry-After" in answer.headers

    with ThreadPoolExecutor(60) as pool:
        answers = Counter(pool.map(post, range(60)))
    assert set(answers) <= {(413, False), (503, True)}
    assert server.workers() == workers
    assert max(peak_of(worker) - before[worker] for worker in workers) < 320 * MIB
