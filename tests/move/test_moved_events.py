"""Events that are copied to another event store are the same there, and a copy that was interrupted goes on."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Quotidian
from worlds import make_world

from quotidian.domain.errors import TaskFailed, UserError
from quotidian.move import events as moving
from quotidian.move.events import copy_events, finish
from quotidian.move.partitions import contents, sizes
from quotidian.store.events import EventStore, StatementFailed
from quotidian.store.identity import Identity
from quotidian.store.slots import SLOT, slots_of_shards
from quotidian.store.stores import open_event_store

EVENTS = 2_000
FAILS_AT = 2


@pytest.fixture
def loaded(quotidian: Quotidian) -> Quotidian:
    """Events over several partitions, the first of them around 1970."""
    world = make_world(5, users=20, days=40, campaigns=3)
    quotidian.store_only(*world.events, *world.json_only)
    assert len(sizes(quotidian.events)) > 2
    return quotidian


@pytest.fixture
def server(loaded: Quotidian, events_url: str) -> Iterator[EventStore]:
    """An empty event store of two shards."""
    settings = replace(loaded.settings, events_url=events_url)
    with closing(open_event_store(loaded.folder, settings, epoch=1)) as opened:
        yield opened


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
    loaded: Quotidian, server: EventStore, tmp_path: Path
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


def test_each_shard_gets_the_users_of_its_slots(loaded: Quotidian, server: EventStore, tmp_path: Path) -> None:
    copy(loaded.events, server, tmp_path)
    found = server.rows(f"SELECT DISTINCT toUInt64({SLOT}) AS slot FROM quotidian.events", {}, tuple[int])
    first, second = slots_of_shards(server.shards)
    # The rows of the first shard come first.
    in_first = [slot in first for (slot,) in found]
    assert in_first == sorted(in_first, reverse=True)
    assert {True, False} == set(in_first)
    assert all(slot in first or slot in second for (slot,) in found)


def test_a_partition_of_more_events_than_a_file_takes_goes_in_several(
    loaded: Quotidian, server: EventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "MOST_EVENTS", 200)
    assert len(copy(loaded.events, server, tmp_path)) > EVENTS // 200
    assert_same(loaded.events, server)


def test_a_copy_that_was_interrupted_copies_only_what_is_not_there_yet(
    loaded: Quotidian, server: EventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[int, int]] = []

    def sending(shard: int, table: str, file: Path) -> None:
        if len(sent) == FAILS_AT:
            raise StatementFailed("the server is gone")
        sent.append((shard, file.stat().st_size))
        send(shard, table, file)

    send = server.insert_at
    monkeypatch.setattr(server, "insert_at", sending)
    with pytest.raises(StatementFailed):
        copy(loaded.events, server, tmp_path)
    assert server.identity == Identity(fingerprint(loaded.events), events=0, stored_at=0)
    monkeypatch.setattr(server, "insert_at", send)
    monkeypatch.setattr(loaded.events, "export", exporting := Exporting(loaded.events))
    copy(loaded.events, server, tmp_path)
    assert_same(loaded.events, server)
    assert exporting.partitions == sorted(sizes(loaded.events))[FAILS_AT // server.shards :]


class Exporting:
    """Exports from a store, and knows of which partitions."""

    def __init__(self, store: EventStore) -> None:
        self._export = store.export
        self._partitions: set[int] = set()

    def __call__(self, sql: str, values: Mapping[str, Any], files: Sequence[Path]) -> None:
        self._partitions.add(values["first_day"] // 30)
        self._export(sql, values, files)

    @property
    def partitions(self) -> list[int]:
        return sorted(self._partitions)


def test_an_event_that_differs_is_found_and_copied_again(loaded: Quotidian, server: EventStore, tmp_path: Path) -> None:
    copy(loaded.events, server, tmp_path)
    partition = max(sizes(loaded.events))
    server.make_like("other", "events")
    columns = ", ".join("1 + time AS time" if name == "time" else name for name in stored_columns(loaded.events))
    server.run(f"INSERT INTO other SELECT {columns} FROM quotidian.events WHERE intDiv(day, 30) = {partition}")
    server.run(f"ALTER TABLE quotidian.events REPLACE PARTITION {partition} FROM other")
    assert contents(server, partition) != contents(loaded.events, partition)
    copy(loaded.events, server, tmp_path)
    assert_same(loaded.events, server)


def test_events_that_do_not_arrive_are_noticed(
    loaded: Quotidian, server: EventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "insert_at", lambda *_: None)
    with pytest.raises(TaskFailed, match=r"not arrived as it was \(.*: \d+ sent, 0 arrived"):
        copy(loaded.events, server, tmp_path)


def test_only_an_empty_store_or_one_of_the_same_move_is_moved_to(
    loaded: Quotidian, server: EventStore, tmp_path: Path
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
