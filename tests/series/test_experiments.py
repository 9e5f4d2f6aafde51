"""Reports of experiments over whole worlds, put to the oracle."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import oracle_experiment
import pytest
from conftest import Quotidian
from experimenting import asked
from oracle import Oracle
from oracle_experiment import Outcome, Row
from test_whole_path import catalogue_of, oracle_of
from worlds import World, make_world

from quotidian.catalogue import Campaign, CatalogueFile, Variation
from quotidian.series.experiments import facts

pytestmark = pytest.mark.slow

OUTCOMES: tuple[Outcome, ...] = (0, 1, 2, 3, "revenue")
SPLIT = {"var-A": 2.0, "var-B": 1.0}
CONTROL_WEIGHT = 0.5


def near(value: Any) -> Any:
    """The same, with numbers that are nearly the same: they were worked out in another way."""
    if isinstance(value, dict):
        return {name: near(each) for name, each in value.items()}
    if isinstance(value, list):
        return [near(each) for each in value]
    return pytest.approx(value, rel=1e-7, abs=1e-9) if isinstance(value, float) else value


def weights_of(rows: list[Row]) -> dict[Row, float]:
    """By the split of `split_catalogue`."""
    controls = [row for row in rows if row[0]]
    weights = {row: SPLIT.get(row[1] or "", 0.0) for row in rows if not row[0]}
    messages = {row[1] for row in weights}
    for row in controls:
        own = SPLIT.get(row[1] or "") if row[1] not in messages else None
        weights[row] = own or 0.0
    without = [row for row in controls if not weights[row]]
    return {**weights, without[0]: CONTROL_WEIGHT} if without else weights


def split_catalogue(world: World) -> CatalogueFile:
    catalogue = catalogue_of(world)
    for number in range(4):
        entry = catalogue.campaigns.setdefault(f"camp-{number}", Campaign())
        entry.variations.update({name: Variation(weight=weight) for name, weight in SPLIT.items()})
        entry.control_weight = CONTROL_WEIGHT
    return catalogue


def assert_reports(quotidian: Quotidian, oracle: Oracle, ranges: list[tuple[date, date]]) -> None:
    for campaign in sorted(oracle.campaigns):
        weights = weights_of(oracle_experiment.rows_of(oracle._campaign_series(campaign).events))
        for first, last in ranges:
            for outcome in OUTCOMES:
                got = asked(quotidian, campaign, first, last, outcome)
                wanted = oracle_experiment.report(oracle, campaign, (first, last), outcome, weights=weights)
                assert got == near(wanted), (campaign, first, outcome)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    opened = Quotidian(tmp_path_factory.mktemp("experiments") / "data")
    yield opened
    opened.close()


def test_reports_of_a_world_are_the_oracles_also_when_late_events_have_come(shared: Quotidian) -> None:
    world = make_world(11, users=25, days=35, campaigns=4)
    shared.import_catalogue(split_catalogue(world))
    oracle = oracle_of(world)
    days = world.days
    middle = (days[8], days[15])
    all_ranges = [(date(1, 1, 1), days[-1]), middle, (days[20], days[20])]
    for part, ranges in (
        ([*world.events, *world.json_only], [middle]),
        ([*world.late, *world.duplicates], all_ranges),
    ):
        shared.deliver(*part)
        oracle.deliver(part)
        assert_reports(shared, oracle, ranges)
    assert any(
        oracle_experiment.report(oracle, campaign, (world.days[0], world.days[-1]))["crossed_over"]
        for campaign in oracle.campaigns
    )


def test_reports_are_the_same_when_users_are_counted_in_chunks(
    shared: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = (date(2024, 3, 1), date(2024, 4, 1))
    whole = [asked(shared, "camp-1", *days, outcome) for outcome in OUTCOMES]
    monkeypatch.setattr(facts, "_RECEIPTS_AT_ONCE", 80)
    shared.reopen()
    assert [asked(shared, "camp-1", *days, outcome) for outcome in OUTCOMES] == whole


def test_any_row_can_be_the_baseline(shared: Quotidian) -> None:
    days = (date(2024, 3, 1), date(2024, 4, 1))
    report = asked(shared, "camp-1", *days, baseline="var-B")
    (baseline,) = [row for row in report["data"] if row["enough_data"] is None]
    assert (report["baseline"], baseline["variation_api_id"]) == ("var-B", "var-B")
