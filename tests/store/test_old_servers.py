"""A cluster of old ClickHouse servers gets the same SQL as the embedded store, and finds the same."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import is_dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import Quotidian
from explaining import Told, numbers
from old_servers import old_server
from oracle import Oracle
from test_whole_path import SEGMENTS, catalogue_of, oracle_of
from worlds import make_world

from quotidian.catalogue import money_of
from quotidian.control.dirty_parts import Scope
from quotidian.control.dirty_segments import DirtySegment
from quotidian.domain.days import Day, Slice, day_of
from quotidian.domain.segments import filters_of
from quotidian.domain.subjects import PARTS
from quotidian.series.activity.active_days import remake
from quotidian.series.activity.compute import activity
from quotidian.series.activity.histograms import RANGE_DAYS
from quotidian.series.campaigns.compute import campaign_facts
from quotidian.series.canvases.compute import canvas_facts
from quotidian.series.experiments.facts import Asking
from quotidian.series.explain.listing import (
    Active,
    Attributed,
    Counted,
    Delivered,
    Members,
    Position,
    Source,
)
from quotidian.series.explain.question import SERIES
from quotidian.series.explain.sources import source_of
from quotidian.series.explain.subject import AskedNumber, find_number
from quotidian.series.rollup import RollupInputs
from quotidian.series.segments.compute import segment_facts
from quotidian.series.segments.fulfilment import fulfil_days, put
from quotidian.series.tallies.compute import tallies
from quotidian.store.events import EventStore, StatementFailed
from quotidian.store.identity import Identity


def test_rollups_find_the_same_on_clickhouse_18_as_in_the_embedded_store(quotidian: Quotidian, tmp_path: Path) -> None:
    world = make_world(5, users=20, days=40, campaigns=3)
    quotidian.import_catalogue(catalogue_of(world))
    quotidian.deliver(*world.events, *world.json_only)
    workspace, ours = quotidian.workspace(), quotidian.events
    with quotidian.engine.connect() as connection:
        money = money_of(connection, workspace)
        apps = RollupInputs.read(connection, workspace).apps
    first = day_of(world.first_day)
    days = [Day(first + number) for number in range(31)]
    every_part = {part: [Scope(tuple(days))] for part in PARTS}
    some = Scope.of(frozenset((campaign, day) for campaign in ("camp-0", "camp-1") for day in days[5:9]))
    some_parts = {part: [some] for part in PARTS}
    many_days = [Day(first - 5 + number) for number in range(RANGE_DAYS)]
    computed: list[Callable[[EventStore], object]] = [
        lambda store: activity(store, "default", apps, many_days),
        lambda store: tallies(store, workspace, days, money),
        lambda store: campaign_facts(store, "default", every_part, money),
        lambda store: canvas_facts(store, "default", every_part, money),
        lambda store: campaign_facts(store, "default", some_parts, money),
        lambda store: segment_facts(store, workspace, dict.fromkeys(SEGMENTS, DirtySegment(days, days)), SEGMENTS),
    ]
    whole = Slice(days[0], days[-1])
    computed += [
        Asking("default", campaign, whole, outcome, money).facts
        for campaign in ("camp-1", "camp-2")
        for outcome in (0, "revenue")
    ]
    told = oracle_of(world)
    told.deliver([*world.events, *world.json_only])
    computed += [partial(looked, source) for source in some_sources(quotidian, told, world.days)]
    with old_server(tmp_path) as server:
        assert server.copy(ours, tmp_path) > 1_000
        assert list(remake(server))
        for _ in fulfil_days(server, workspace.name, filters_of(SEGMENTS.values()), many_days):
            put(server, workspace.name)
        for compute in computed:
            assert settled(compute(server)) == settled(compute(ours))


def some_sources(quotidian: Quotidian, oracle: Oracle, days: list[date]) -> list[Source]:
    """Where the events of some numbers come from, of every kind of series and of every way in which events count."""
    told = Told(quotidian, oracle, days)
    with quotidian.engine.connect() as connection:
        asked = [
            find_number(connection, quotidian.workspace(), quotidian.rules, each.question)
            for path in SERIES
            for each in numbers(told, path, list(SEGMENTS), each=1)
        ]
    sources = {(type(source), source.measure, str(named)): source for source, named in map(named_source, asked)}
    assert {kind for kind, _, _ in sources} >= {Active, Attributed, Counted, Delivered, Members}
    return list(sources.values())


def named_source(asked: AskedNumber) -> tuple[Source, object]:
    return source_of(asked), (asked.question.kind, asked.question.metric.split("_")[0])


def looked(source: Source, store: EventStore) -> object:
    return source.look(store, Position(), 50)


def test_a_server_knows_again_which_event_store_it_is(tmp_path: Path) -> None:
    with old_server(tmp_path) as server:
        assert not server.has_identity
        with pytest.raises(RuntimeError, match="to whom they belong"):
            server.note_batch(1)
        server.identify(Identity("ours"))
        server.note_batch(1)
        server.note_batch(2)
        with server.again() as again:
            assert again.has_identity
            assert again.batch == 2


def test_a_second_connection_to_a_server_has_the_same_events_and_tables_of_its_own(tmp_path: Path) -> None:
    with old_server(tmp_path) as server, closing(server.beside()) as second:
        second.identify(Identity("ours"))
        second.note_batch(1)
        assert server.batch == 1
        for connection, number in ((server, 1), (second, 2)):
            connection.run("CREATE TABLE staged (number UInt8) ENGINE = Memory")
            connection.run("INSERT INTO staged SELECT %(number)s", {"number": number})
        assert server.rows("SELECT number FROM staged", {}, tuple[int]) == [(1,)]
        assert second.rows("SELECT number FROM staged", {}, tuple[int]) == [(2,)]
        assert second.rows("SELECT count() FROM quotidian.events", {}, tuple[int]) == [(0,)]


def test_what_a_server_refuses_is_raised_with_its_code(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.native"
    nothing.write_bytes(b"no blocks")
    with old_server(tmp_path) as server:
        with pytest.raises(StatementFailed, match=r"Code: 60\b.*absent"):
            server.run("SELECT * FROM quotidian.absent")
        with pytest.raises(StatementFailed, match=r"Code: \d+"):
            server.insert("events", nothing)
        with pytest.raises(StatementFailed, match=r"Code: 60\b"):
            server.insert("absent", nothing)


def settled(found: Any) -> object:
    """What was found, with its lists in one order: rows come in any."""
    if is_dataclass(found):
        return settled(vars(found))
    if isinstance(found, msgspec.Struct):
        return settled(msgspec.structs.asdict(found))
    if isinstance(found, dict):
        return {key: settled(of) for key, of in found.items()}
    if isinstance(found, list | tuple):
        return sorted(map(settled, found), key=repr)
    return found
