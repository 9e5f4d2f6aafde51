"""The calculation of benchmarks.scaling: what clusters take, from what each part costs."""

from typing import Any

import pytest

from benchmarks.scaling.fleet import READING, SHARDS, STORING, Fleet, shards_for
from benchmarks.scaling.measuring import Pair
from benchmarks.scaling.parts import Parts, read_parts, write_parts
from benchmarks.scaling.report import SIZES, Wanted, report
from benchmarks.tools.metered import NODE, READER, WALL, Metered
from benchmarks.tools.metered_loads import FIRST, Load

DAY_SECONDS = 86_400
FREE: dict[str, Any] = {
    **dict.fromkeys(Parts.__struct_fields__, 0.0),
    "events_per_batch": 1_000_000,
    "measured_on": "a machine",
}


def parts(**costs: float) -> Parts:
    return Parts(**{**FREE, **costs})


def test_shards_take_as_many_events_as_their_cores_have_seconds_for() -> None:
    fleet = Fleet(parts(take=1, dedup=1, insert=1, mark=1, roll_up=1, merge=1), shards=3, cores=10, busy=0.5)
    assert fleet.fits()[SHARDS] == pytest.approx(3 * 10 * 0.5 * DAY_SECONDS / 6 * 1e6, rel=1e-5)


def test_the_leader_reads_with_all_cores_but_one_whatever_the_shards_are() -> None:
    few, many = (Fleet(parts(read=2, roll_up_on_node=1), shards, cores=4, busy=1) for shards in (1, 64))
    assert few.fits()[READING] == many.fits()[READING] == pytest.approx(3 * DAY_SECONDS / 3 * 1e6, rel=1e-5)


def test_the_leader_waits_for_shards_while_it_stores() -> None:
    fleet = Fleet(parts(node=1, take=3, insert=5), shards=2, cores=4, busy=1)
    assert fleet.fits()[STORING] == pytest.approx(DAY_SECONDS / (1 + 8 / 2 / 4) * 1e6, rel=1e-5)


def test_only_several_shards_have_their_rows_told_apart() -> None:
    one, two = (Fleet(parts(node=1, spread=1), shards, busy=1).fits()[STORING] for shards in (1, 2))
    assert one == pytest.approx(2 * two, rel=1e-5)


def test_each_batch_is_compared_with_half_of_the_days_events_of_a_shard() -> None:
    fleet = Fleet(parts(dedup_nanos_per_stored=10, events_per_batch=500_000), shards=4, cores=2, busy=1)
    events = 2e9
    batches = sum(1 for _ in range(0, int(events), 500_000))
    seconds = sum(number * 500_000 / 4 * 10e-9 for number in range(batches))
    assert fleet.busy_with(events)[SHARDS] == pytest.approx(seconds / 2 / DAY_SECONDS, rel=1e-3)


def test_comparing_grows_with_the_square_of_a_days_events_so_four_times_the_work_is_twice_the_events() -> None:
    once, four = (Fleet(parts(dedup_nanos_per_stored=nanos), 1).fits()[SHARDS] for nanos in (1, 4))
    assert once == pytest.approx(2 * four, rel=1e-5)


def test_the_limit_is_the_part_that_takes_least() -> None:
    fleet = Fleet(parts(read=1, node=100, take=1), shards=1)
    assert fleet.limit().part == STORING
    assert fleet.limit().events == min(fleet.fits().values())


def test_the_shards_for_so_many_events_are_enough_and_one_less_is_not() -> None:
    costs = parts(take=500, dedup_nanos_per_stored=3)
    shards = shards_for(costs, 1e10, cores=16, busy=0.5)
    fits = [Fleet(costs, number, 16, 0.5).fits()[SHARDS] for number in (shards - 1, shards)]
    assert fits[0] < 1e10 <= fits[1] * (1 + 1e-5)


def test_comparing_a_batch_takes_the_longer_the_more_events_its_day_has() -> None:
    fleet = Fleet(parts(dedup_nanos_per_stored=16), shards=2, cores=4)
    assert fleet.seconds_to_compare(1e9) == pytest.approx(1e9 / 2 * 16e-9 / 4)


def test_larger_batches_need_fewer_shards() -> None:
    small, large = (
        shards_for(parts(dedup_nanos_per_stored=20, events_per_batch=batch), 1e10, cores=16, busy=0.5)
        for batch in (200_000, 2_000_000)
    )
    assert small > large >= 1


def load(events: int, server_seconds: float, idle: float = 0.0) -> Load:
    """A load of 10 seconds that published 100 points, with one server that took so many seconds to store it."""
    nothing = {NODE: 0.0, READER: 0.0, WALL: 0.0, "1.1": 0.0}
    told = Metered(events, 100, {**nothing, WALL: 10.0, "1.1": server_seconds}, nothing, nothing, {}, {})
    return Load(told, [], {"1.1": idle})


def storing(of: Load) -> float:
    return of.in_phase("load", FIRST)


def test_a_million_events_cost_what_a_larger_load_of_the_same_days_takes_more() -> None:
    assert Pair(load(1_000_000, 5), load(3_000_000, 9)).per_million(storing) == pytest.approx(2)


def test_a_point_costs_what_a_load_takes_beside_its_events() -> None:
    assert Pair(load(1_000_000, 5), load(3_000_000, 9)).per_point(storing) == pytest.approx((5 - 2) / 100 * 1e6)


def test_what_a_server_takes_when_idle_is_no_cost_of_a_load() -> None:
    assert load(1, 5, idle=0.1).of(FIRST) == pytest.approx(5 - 10 * 0.1)


def test_what_was_measured_is_read_as_it_was_written(tmp_path: Any) -> None:
    write_parts(parts(read=1.5), tmp_path / "measured.json")
    assert read_parts(tmp_path / "measured.json") == parts(read=1.5)


def test_the_report_of_what_was_measured_has_a_line_for_each_size() -> None:
    text = report(read_parts(), Wanted(cores=16, busy=0.5, events=1e11, replicas=2, days=365, campaigns=10_000))
    assert [line.split()[1] for line in text.splitlines() if line.startswith("| ")][-len(SIZES) :] == [*map(str, SIZES)]
