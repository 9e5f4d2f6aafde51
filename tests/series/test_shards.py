"""Events on several shards: the numbers are those of one, though each shard knows only its own users."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date

import oracle_growth
import pytest
from conftest import Quotidian
from explaining import Told, explained, numbers, pages
from oracle_explain import ids, of_kpi, of_size
from oracle_growth import sessions_of
from shards import on_shards
from test_experiments import assert_reports, split_catalogue
from test_whole_path import (
    SEGMENTS,
    all_days,
    assert_equal_canvases,
    assert_equal_lists,
    assert_equal_segments,
    assert_equal_to_oracle,
    dump,
    oracle_of,
)
from worlds import World, make_world

from quotidian.domain.days import day_of
from quotidian.series.explain import explaining
from quotidian.series.explain.question import Question

pytestmark = pytest.mark.slow

_SOME = 8
"""Of so many numbers one is explained."""


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(11, users=10, days=16, campaigns=3)


@pytest.fixture(scope="module")
def told(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """A world on three shards."""
    with on_shards(3), closing(Quotidian(tmp_path_factory.mktemp("shards") / "data")) as quotidian:
        yield tell(quotidian, world)


def tell(quotidian: Quotidian, world: World) -> Told:
    """A world that is loaded, some of it posted, and the late events last."""
    quotidian.import_catalogue(split_catalogue(world))
    half = len(world.events) // 2
    quotidian.deliver(*world.events[:half], *world.json_only, *world.broken, *world.unknown)
    quotidian.post_events(*world.events[half:])
    quotidian.drain()
    quotidian.deliver(*world.late, *world.duplicates)
    oracle = oracle_of(world)
    oracle.deliver(world.everything)
    return Told(quotidian, oracle, world.days)


def assert_equal_growth(told: Told) -> None:
    """Growth and retention of the days."""
    quotidian, oracle, days = told
    sessions, asked = sessions_of(oracle), {"from": days[0], "to": days[-1]}
    growth = quotidian.data("/v1/growth", **asked)
    assert [{name: row[name] for name in row if name != "time"} for row in growth] == [
        oracle_growth.growth(sessions, day, 7) for day in days
    ]
    retention = quotidian.data("/v1/retention", **asked, days=30)
    assert [row["retained"] for row in retention] == [
        oracle_growth.retention(sessions, day, 30, date.max) for day in days
    ]


def assert_explained(told: Told, path: str) -> None:
    """The events that explain some numbers of a path's series make them up."""
    for question, value in numbers(told, path, list(SEGMENTS), each=1)[::_SOME]:
        found = explained(told.quotidian, question)
        assert (found.value, found.is_complete) == (value, True), question
        if question.metric != "revenue":
            made_up = len(found.events) if found.users is None else len({each.user for each in found.events})
            assert made_up == value, question
            assert found.users in (None, value)


def test_every_series_of_a_world_is_the_oracles_and_a_rebuild_makes_the_same(told: Told, world: World) -> None:
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


@pytest.mark.parametrize("path", ["/kpi/mau/data_series", "/segments/data_series", "/campaigns/data_series"])
def test_the_events_that_explain_a_number_make_it_up(told: Told, path: str) -> None:
    assert_explained(told, path)


def test_pages_of_an_explanation_go_through_all_shards_in_order(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explaining, "EVENTS_A_PAGE", 9)
    day = told.days[12]
    mau = Question("/kpi/mau/data_series", day_of(day), "mau")
    tea = Question("/segments/data_series", day_of(day), "size", segment_id="tea")
    for question, wanted in (
        (mau, of_kpi(told.oracle, "mau", day, None)),
        (tea, of_size(told.oracle, SEGMENTS["tea"], day)),
    ):
        found = [each for page in pages(told.quotidian, question) for each in page.events]
        assert [(each.time, each.id, each.receipt_time, each.receipt_id) for each in found] == ids(wanted)
