"""The event store on a ClickHouse cluster of real servers: two shards of two replicas."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from conftest import Quotidian
from currents import write_avro, write_body, write_jsonl
from test_whole_path import (
    all_days,
    assert_equal_canvases,
    assert_equal_segments,
    assert_equal_to_oracle,
    catalogue_of,
    dump,
    oracle_of,
)
from worlds import make_world


@pytest.fixture
def on_cluster(tmp_path: Path, events_url: str) -> Iterator[Quotidian]:
    """A Quotidian whose events are on a cluster."""
    with closing(Quotidian(tmp_path / "data", events_url=events_url)) as opened:
        yield opened


def test_a_world_on_a_cluster_gives_the_oracles_numbers(on_cluster: Quotidian, tmp_path: Path) -> None:
    world = make_world(1, users=25, days=35, campaigns=4)
    half = len(world.events) // 2
    on_cluster.import_catalogue(catalogue_of(world))
    write_avro(tmp_path / "one", world.events[:half], codec="deflate", records_per_file=50)
    write_avro(tmp_path / "one" / "deeper", world.unknown, codec="null")
    write_jsonl(tmp_path / "one" / "events.jsonl", [*world.json_only, *world.broken])
    assert on_cluster.load(tmp_path / "one").failed == []
    on_cluster.post_events(*world.events[half:])
    on_cluster.drain()
    write_avro(tmp_path / "two", world.duplicates, codec="null", name_style="foreign")
    write_body(tmp_path / "two" / "late.json", world.late)
    assert on_cluster.load(tmp_path / "two").failed == []

    oracle = oracle_of(world)
    oracle.deliver(world.everything)
    assert_equal_to_oracle(on_cluster, oracle, all_days(world))
    assert_equal_canvases(on_cluster, oracle, all_days(world))
    assert_equal_segments(on_cluster, oracle, all_days(world))
    before = dump(on_cluster.engine)
    on_cluster.rebuild()
    assert dump(on_cluster.engine) == before
