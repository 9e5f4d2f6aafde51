"""Events that are copied to another event store are the same there, and a copy that was interrupted goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Quotidian
from old_servers import OldServer, old_server
from worlds import make_world

from quotidian.domain.errors import TaskFailed, UserError
from quotidian.move import events as moving
from quotidian.move.events import copy_events, finish
from quotidian.move.partitions import contents, sizes
from quotidian.store.events import EventStore
from quotidian.store.identity import Identity

EVENTS = 2_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OldServer]:
    with old_server(tmp_path_factory.mktemp("server")) as opened:
        yield opened


@pytest.fixture
def loaded(quotidian: Quotidian, server: OldServer) -> Quotidian:
    """Events over several partitions, the first of them around 1970, and an empty server."""
    server.run("TRUNCATE TABLE quotidian.events")
    server.identify(Identity(fingerprint(quotidian.events)))
    world = make_world(5, users=20, days=40, campaigns=3)
    quotidian.store_only(*world.events, *world.json_only)
    assert len(sizes(quotidian.events)) > 2
    return quotidian


def fingerprint(store: EventStore) -> str:
    assert store.identity is not None
    return store.identity.fingerprint


def copy(source: EventStore, target: EventStore, scratch: Path) -> list[int]:
    return [each.done for each in copy_events(source, target, scratch)]


def assert_same(ours: EventStore, theirs: EventStore) -> None:
    assert sizes(ours) == sizes(theirs)
    for partition in sizes(ours):
        assert contents(ours, partition) == contents(theirs, partition)


def test_all_events_arrive_as_they_were_on_a_server_and_back_again(
    loaded: Quotidian, server: OldServer, tmp_path: Path
) -> None:
    copy(loaded.events, server, tmp_path)
    assert_same(loaded.events, server)
    before = rows_of(loaded.events)
    loaded.events.run("TRUNCATE TABLE quotidian.events")
    loaded.events.identify(Identity(fingerprint(server)))
    copy(server, loaded.events, tmp_path)
    assert rows_of(loaded.events) == before
    assert list(tmp_path.glob("move-*")) == []


def rows_of(store: EventStore) -> list[tuple[str, ...]]:
    texts = ", ".join(f"toString({name})" for name in stored_columns(store))
    return sorted(store.rows(f"SELECT {texts} FROM quotidian.events", {}, tuple[str, ...]))


def stored_columns(store: EventStore) -> list[str]:
    found = "SELECT name FROM system.columns WHERE database = 'quotidian' AND table = 'events'"
    return [name for (name,) in store.rows(f"{found} AND default_kind != 'ALIAS'", {}, tuple[str])]


def test_a_partition_of_more_events_than_a_file_takes_goes_in_several(
    loaded: Quotidian, server: OldServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "MOST_EVENTS", 200)
    assert len(copy(loaded.events, server, tmp_path)) > EVENTS // 200
    assert_same(loaded.events, server)


def test_a_copy_that_was_interrupted_copies_only_what_is_not_there_yet(
    loaded: Quotidian, server: OldServer, tmp_path: Path
) -> None:
    copy(loaded.events, server, tmp_path)
    *others, last = sorted(sizes(loaded.events))
    server.run(f"ALTER TABLE quotidian.events DROP PARTITION {last}")
    day = min(contents(loaded.events, last))
    server.run(f"INSERT INTO quotidian.events SELECT * FROM quotidian.events WHERE day = {day}")
    kept = parts_of(server, others)
    copy(loaded.events, server, tmp_path)
    assert_same(loaded.events, server)
    assert parts_of(server, others) == kept


def parts_of(server: OldServer, partitions: list[int]) -> list[tuple[str, str]]:
    values = {"names": tuple(map(str, partitions))}
    found = "SELECT partition, min(toString(modification_time)) FROM system.parts WHERE active AND table = 'events'"
    return sorted(server.rows(f"{found} AND partition IN %(names)s GROUP BY partition", values, tuple[str, str]))


def test_an_event_that_differs_is_found_and_copied_again(loaded: Quotidian, server: OldServer, tmp_path: Path) -> None:
    copy(loaded.events, server, tmp_path)
    partition = max(sizes(loaded.events))
    server.run("CREATE TABLE quotidian.other AS quotidian.events")
    columns = ", ".join("1 + time AS time" if name == "time" else name for name in stored_columns(server))
    server.run(
        f"INSERT INTO quotidian.other SELECT {columns} FROM quotidian.events WHERE intDiv(day, 30) = {partition}"
    )
    server.run(f"ALTER TABLE quotidian.events REPLACE PARTITION {partition} FROM quotidian.other")
    server.run("DROP TABLE quotidian.other")
    assert contents(server, partition) != contents(loaded.events, partition)
    copy(loaded.events, server, tmp_path)
    assert_same(loaded.events, server)


def test_events_that_do_not_arrive_are_noticed(
    loaded: Quotidian, server: OldServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OldServer, "insert_at", lambda *_: None)
    with pytest.raises(TaskFailed, match=r"not arrived as it was \(.*: \d+ sent, 0 arrived"):
        copy(loaded.events, server, tmp_path)


def test_only_an_empty_store_or_one_of_the_same_move_is_moved_to(
    loaded: Quotidian, server: OldServer, tmp_path: Path
) -> None:
    copy(loaded.events, server, tmp_path)
    finish(loaded.events, server)
    assert server.batch == loaded.events.batch
    copy(loaded.events, server, tmp_path)
    ours = fingerprint(loaded.events)
    for others in (Identity("of another"), Identity("of another", 1), Identity(ours, loaded.events.batch + 1)):
        server.identify(others)
        with pytest.raises(UserError, match="has other events already; a move needs one that is empty"):
            copy(loaded.events, server, tmp_path)
