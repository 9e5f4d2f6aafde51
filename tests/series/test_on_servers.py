"""Events on a ClickHouse cluster, series in PostgreSQL: every number is the one of a data folder."""

import csv
import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from conftest import Quotidian
from currents import write_avro
from databases.clickhouse import ClickHouseCluster
from databases.postgres import Postgres
from explaining import Told
from pages_of import Pages
from test_experiments import assert_reports, split_catalogue
from test_shards import assert_equal_growth, assert_explained
from test_whole_path import (
    all_days,
    assert_equal_canvases,
    assert_equal_lists,
    assert_equal_segments,
    assert_equal_to_oracle,
    dump,
    oracle_of,
)
from worlds import World, make_world

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(12, users=10, days=16, campaigns=3)


@pytest.fixture(scope="module")
def told(
    world: World,
    tmp_path_factory: pytest.TempPathFactory,
    shared_postgres: Postgres,
    shared_cluster: ClickHouseCluster,
) -> Iterator[Told]:
    """A world on two shards of two replicas: loaded, some of it posted, and the late events last."""
    database = shared_cluster.new_database()
    settings = {
        "database_url": shared_postgres.new_database(),
        "events_url": shared_cluster.url(database, prefix="of_"),
    }
    path = tmp_path_factory.mktemp("servers")
    with pytest.MonkeyPatch.context() as environment, closing(made(path / "data", environment, settings)) as quotidian:
        quotidian.import_catalogue(split_catalogue(world))
        half = len(world.events) // 2
        write_avro(path / "files", world.events[:half], codec="deflate", records_per_file=50)
        quotidian.load(path / "files")
        quotidian.deliver(*world.json_only, *world.broken, *world.unknown)
        quotidian.post_events(*world.events[half:])
        quotidian.drain()
        quotidian.deliver(*world.late, *world.duplicates)
        oracle = oracle_of(world)
        oracle.deliver(world.everything)
        yield Told(quotidian, oracle, world.days)
    shared_cluster.drop(database)


def made(data: Path, environment: pytest.MonkeyPatch, settings: dict[str, str]) -> Quotidian:
    """A Quotidian on servers, which commands in this process find too."""
    for name, value in settings.items():
        environment.setenv(f"QUOTIDIAN_{name.upper()}", value)
    data.mkdir()
    return Quotidian(data, **settings)


def test_every_series_is_the_oracles_and_a_rebuild_makes_the_same(told: Told, world: World) -> None:
    quotidian, oracle, _ = told
    days = all_days(world)[30:80]
    assert_equal_to_oracle(quotidian, oracle, days)
    assert_equal_canvases(quotidian, oracle, days)
    assert_equal_segments(quotidian, oracle, days)
    file = split_catalogue(world)
    assert_equal_lists(quotidian, oracle, file.campaigns.keys() | file.canvases.keys())
    before = dump(quotidian.engine)
    quotidian.rebuild()
    assert dump(quotidian.engine) == before


def test_growth_and_retention_are_the_oracles(told: Told) -> None:
    assert_equal_growth(told)


def test_reports_of_experiments_are_the_oracles(told: Told) -> None:
    assert_reports(told.quotidian, told.oracle, [(told.days[3], told.days[-1])])


@pytest.mark.parametrize("path", ["/kpi/mau/data_series", "/segments/data_series", "/sends/data_series"])
def test_the_events_that_explain_a_number_make_it_up(told: Told, path: str) -> None:
    assert_explained(told, path)


def test_what_is_exported_and_what_a_page_shows_are_the_numbers_of_the_api(told: Told) -> None:
    quotidian, _, days = told
    range_ = {"from": str(days[0]), "to": str(days[-1])}
    dau = quotidian.kpi("dau", str(days[-1]), len(days))
    assert sum(dau) > 20
    exported = quotidian.get("/v1/kpis/export", **range_, format="csv").text
    rows = [row for row in csv.DictReader(io.StringIO(exported)) if (row["metric"], row["app_id"]) == ("dau", "")]
    assert [int(row["value"]) for row in rows] == dau
    shown = Pages(quotidian).csv("overview", "active-users", **range_)
    assert [int(row["Active users"]) for row in shown] == dau
