"""Files in, HTTP out: every number of a made-up world, put to the oracle."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal, Protocol

import oracle_export as export
import oracle_lists as lists
import oracle_segments as segments
import pytest
from conftest import Point, Quotidian
from currents import write_avro, write_body, write_jsonl
from hypothesis import HealthCheck, given, settings
from oracle import Oracle
from oracle_canvas import CanvasOracle, canvases
from sqlalchemy import Engine
from worlds import CANVASES, RATES, World, events, make_world

from quotidian.catalogue import Behavior, Campaign, Canvas, CatalogueFile, Filter, Segment, Step

KPIS: tuple[Literal["dau", "mau", "new_users", "uninstalls"], ...] = ("dau", "mau", "new_users", "uninstalls")


SEGMENTS = {
    "lively": Segment("Lively", [Filter("active", within_days=7)]),
    "loyal": Segment("Loyal", [Filter("active", at_least=2, within_days=30), Filter("purchase", at_least=2)]),
    "tea": Segment(
        "Tea",
        [
            Filter("event", event="tea drunk", within_days=14),
            Filter("purchase", product="tea", within_days=3),
            Filter("received", campaign_id="camp-0", at_least=3),
        ],
        match="any",
    ),
}
DELETED = "step-gone"


def catalogue_of(world: World) -> CatalogueFile:
    windows = {
        campaign: Campaign(conversion_behaviors=[Behavior("Makes Purchase", window)])
        for campaign, window in world.revenue_windows.items()
    }
    canvases = {
        one.id: Canvas(
            conversion_behaviors=[Behavior("Makes Purchase", one.revenue_window)],
            steps={DELETED: Step(deleted=True)} if DELETED in one.steps else {},
        )
        for one in CANVASES
    }
    return CatalogueFile(rates=dict(world.rates), campaigns=windows, canvases=canvases, segments=SEGMENTS)


def oracle_of(world: World) -> Oracle:
    return Oracle(timezone=world.timezone, rates=world.rates, revenue_windows=world.revenue_windows)


def slices(days: Sequence[date]) -> Iterator[list[date]]:
    for start in range(0, len(days), 100):
        yield list(days[start : start + 100])


class Answering(Protocol):
    """What answers requests, in this process or another."""

    def data(self, path: str, **parameters: Any) -> list[Point]: ...


def assert_equal_to_oracle(quotidian: Answering, oracle: Oracle, days: Sequence[date]) -> None:
    """Every series that there is, on all these days."""
    for part in slices(days):
        asked = {"length": len(part), "ending_at": part[-1].isoformat()}
        for name in KPIS:
            for app in (None, *sorted(oracle.apps)):
                got = quotidian.data(f"/kpi/{name}/data_series", **asked, app_id=app)
                assert got == oracle.kpi(name, part, app), (name, app)
        for campaign in sorted(oracle.campaigns):
            got = quotidian.data("/campaigns/data_series", **asked, campaign_id=campaign)
            assert_points(got, oracle.campaign(campaign, part), campaign)
        for campaign, send in sorted(oracle.sends):
            got = quotidian.data("/sends/data_series", **asked, campaign_id=campaign, send_id=send)
            assert_points(got, oracle.send(campaign, send, part), f"{campaign} {send}")

        assert_equal_tallies(quotidian, oracle, asked, part)


def assert_equal_canvases(quotidian: Answering, oracle: Oracle, days: Sequence[date]) -> None:
    """Canvases, with all breakdowns, as a catalogue_of a world describes them: every day, and sums of some."""
    known = {one.id: one for one in CANVASES}
    for canvas in canvases(oracle):
        window = known[canvas].revenue_window
        deleted = [DELETED] if DELETED in known[canvas].steps else []
        wanted = CanvasOracle(oracle, canvas, window=window, deleted=deleted)
        for start in range(0, len(days), 14):
            part = days[start : start + 14]
            asked = {"canvas_id": canvas, "length": len(part), "ending_at": part[-1].isoformat(), **BREAKDOWNS}
            series: Any = quotidian.data("/canvas/data_series", **asked)
            assert_points(series["stats"], [wanted.point(day) for day in part], canvas)
            asked["include_deleted_step_data"] = "true"
            summary: Any = quotidian.data("/canvas/data_summary", **asked)
            del summary["name"]
            assert summary == wanted.summary(part[0], part[-1], deleted_steps=True), f"{canvas} to {part[-1]}"


BREAKDOWNS = {"include_variant_breakdown": "true", "include_step_breakdown": "1"}


def assert_equal_segments(quotidian: Answering, oracle: Oracle, days: Sequence[date]) -> None:
    """Segments, as a catalogue_of a world defines them, and what their members did."""
    for part in slices(days):
        asked = {"length": len(part), "ending_at": part[-1].isoformat()}
        for name, segment in SEGMENTS.items():
            got = quotidian.data("/segments/data_series", **asked, segment_id=name)
            assert_points(got, segments.sizes(oracle, segment, part), name)
            got = quotidian.data("/sessions/data_series", **asked, segment_id=name)
            assert got == segments.sessions(oracle, segment, part)
            got = quotidian.data("/events/data_series", **asked, segment_id=name, event="tea drunk", app_id="app-a")
            assert got == segments.event_counts(oracle, segment, "tea drunk", part, "app-a")


def assert_equal_tallies(quotidian: Answering, oracle: Oracle, asked: Point, times: Sequence[date | str]) -> None:
    """Sessions, custom events and purchases, of days or hours."""
    for app in (None, *sorted(oracle.apps)):
        assert quotidian.data("/sessions/data_series", **asked, app_id=app) == export.sessions(oracle, times, app)
        for name in export.event_names(oracle):
            got = quotidian.data("/events/data_series", **asked, event=name, app_id=app)
            assert got == export.event_counts(oracle, name, times, app)
        for product in (None, *export.products(oracle)):
            narrowed = {**asked, "app_id": app, "product": product}
            got = quotidian.data("/purchases/quantity_series", **narrowed)
            assert got == export.quantities(oracle, times, app, product)
            got = quotidian.data("/purchases/revenue_series", **narrowed)
            assert got == export.revenue(oracle, times, app, product)


LISTS = (
    ("/campaigns", "campaigns", "campaign_id", lists.campaigns),
    ("/canvas", "canvases", "canvas_id", lists.canvases),
)


def assert_equal_lists(quotidian: Quotidian, oracle: Oracle, catalogue: Collection[str] = ()) -> None:
    """Lists and details of campaigns and canvases. Those in the catalogue have been edited when it was imported."""
    for path, key, parameter, listed in LISTS:
        wanted = {str(one["id"]): one for one in listed(oracle)}
        items = [item for item in quotidian.get(f"{path}/list").json()[key] if item["id"] in wanted]
        assert [item["id"] for item in items] == list(wanted)
        for item, one in zip(items, wanted.values(), strict=True):
            edited = item["last_edited"] if item["id"] in catalogue else one["last_edited"]
            details = quotidian.get(f"{path}/details", **{parameter: item["id"]}).json()
            assert [item["last_edited"], details["updated_at"]] == [edited, edited]
            times = one.keys() - {"id", "last_edited"}
            assert {name: details[name] for name in times} == {name: one[name] for name in times}, item


def assert_equal_edited(quotidian: Quotidian, oracle: Oracle) -> None:
    """What a reader gets that goes on from any `last_edited` that it saw; nothing is in the catalogue."""
    for path, key, _, listed in LISTS:
        for edited in {str(one["last_edited"]) for one in listed(oracle)}:
            got = quotidian.get(f"{path}/list", **{"last_edit.time[gt]": edited}).json()[key]
            wanted = listed(oracle, after=datetime.fromisoformat(edited))
            assert [item["id"] for item in got] == [one["id"] for one in wanted], edited


def assert_points(got: list[Point], wanted: list[Point], what: str) -> None:
    # A day at a time: a difference of whole series could not be read.
    assert len(got) == len(wanted)
    for mine, theirs in zip(got, wanted, strict=True):
        assert mine == theirs, f"{what} on {theirs['time']}"


def all_days(world: World) -> list[date]:
    first, last = world.first_day - timedelta(days=35), world.last_day + timedelta(days=65)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@pytest.mark.parametrize("seed", [1])
def test_a_world_that_arrives_in_parts_and_shapes_gives_the_oracles_numbers(
    quotidian: Quotidian, tmp_path: Path, seed: int
) -> None:
    world = make_world(seed, users=25, days=35, campaigns=4)
    third = len(world.events) // 3
    quotidian.import_catalogue(catalogue_of(world))

    write_avro(tmp_path / "one", world.events[:third], codec="deflate", records_per_file=50)
    write_avro(tmp_path / "one" / "deeper", world.unknown, codec="null")
    quotidian.load(tmp_path / "one")
    write_avro(
        tmp_path / "two",
        world.events[third : 2 * third],
        codec="snappy",
        name_style="split",
        extra_fields=("brand_new",),
    )
    write_jsonl(tmp_path / "two" / "events.jsonl", [*world.json_only, *world.broken])
    write_jsonl(tmp_path / "two" / "more.ndjson.gz", world.events[2 * third :], gzip=True)
    quotidian.load(tmp_path / "two")
    write_avro(tmp_path / "three", world.duplicates, codec="null", name_style="foreign")
    write_body(tmp_path / "three" / "late.json", world.late)
    report = quotidian.load(tmp_path / "three")
    assert report.failed == []

    oracle = oracle_of(world)
    oracle.deliver(world.everything)
    assert_equal_to_oracle(quotidian, oracle, all_days(world))
    assert_equal_canvases(quotidian, oracle, all_days(world))
    assert_equal_segments(quotidian, oracle, all_days(world))
    file = catalogue_of(world)
    assert_equal_lists(quotidian, oracle, file.campaigns.keys() | file.canvases.keys())


@pytest.mark.slow
def test_a_world_is_the_same_after_a_rebuild(quotidian: Quotidian) -> None:
    world = make_world(3, users=20, days=20, campaigns=3)
    quotidian.import_catalogue(catalogue_of(world))
    quotidian.deliver(*world.events)
    quotidian.deliver(*world.late)
    before = dump(quotidian.engine)
    quotidian.rebuild()
    assert dump(quotidian.engine) == before


def dump(engine: Engine) -> list[tuple[object, ...]]:
    query = (
        "SELECT series.workspace_id, kind, subject, send_id, segment_id, app_id, zero, first_day, day, point, hours "
        "FROM series LEFT JOIN points ON series_id = id AND point IS NOT NULL LEFT JOIN hours USING (series_id, day) "
        "ORDER BY 1, 2, 3, 4, 5, 6, 9"
    )
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(query).all()
        others = [connection.exec_driver_sql(f"SELECT * FROM {table}").all() for table in ("listed", "names")]
    return [*map(tuple, rows), *sorted((tuple(row) for table in others for row in table), key=repr)]


def test_a_world_counts_once_however_often_it_is_loaded(quotidian: Quotidian) -> None:
    world = make_world(4, users=20, days=15, campaigns=2)
    quotidian.deliver(*world.events, *world.late)
    before = dump(quotidian.engine)
    report = quotidian.deliver(*world.late, *world.events, *world.events)
    assert report.total.new == 0
    assert report.total.duplicate == report.total.read
    assert dump(quotidian.engine) == before


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=events(), second=events())
def test_any_few_events_in_two_loads_give_the_oracles_numbers(
    tmp_path_factory: pytest.TempPathFactory, first: list[Point], second: list[Point]
) -> None:
    quotidian = Quotidian(tmp_path_factory.mktemp("world") / "data")
    try:
        quotidian.import_catalogue(CatalogueFile(rates=dict(RATES)))
        quotidian.deliver(*first)
        quotidian.deliver(*second)
        oracle = Oracle(timezone="Europe/Paris", rates=RATES)
        oracle.deliver([*first, *second])
        assert_equal_to_oracle(quotidian, oracle, days_of([*first, *second]))
        assert_equal_canvases(quotidian, oracle, days_of([*first, *second]))
        assert_equal_lists(quotidian, oracle)
        assert_equal_edited(quotidian, oracle)
    finally:
        quotidian.close()


def days_of(delivered: list[Point]) -> list[date]:
    """Every day from a little before the first usable time to a month behind the last, of those that are numbers."""
    times = [event["time"] for event in delivered if isinstance(event["time"], int)]
    first = date.fromtimestamp(min(times, default=1_700_000_000)) - timedelta(days=2)
    last = date.fromtimestamp(max(times, default=1_700_000_000)) + timedelta(days=33)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("timezone", "start"),
    [
        ("Europe/Paris", date(2024, 3, 20)),
        ("Europe/Paris", date(2024, 10, 17)),
        ("Asia/Kolkata", date(2024, 3, 20)),
        ("Australia/Lord_Howe", date(2024, 3, 29)),
        ("Australia/Lord_Howe", date(2024, 9, 27)),
        ("America/Sao_Paulo", date(2018, 10, 26)),
    ],
)
def test_every_hour_is_the_oracles_also_where_the_clock_changes(
    quotidian: Quotidian, timezone: str, start: date
) -> None:
    quotidian.key = quotidian.add_workspace("there", timezone)
    world = make_world(6, users=20, days=20, campaigns=1, start=start, timezone=timezone)
    quotidian.deliver(*world.late, workspace="there")
    quotidian.deliver(*world.events, *world.json_only, *world.duplicates, workspace="there")
    oracle = Oracle(timezone=timezone)
    oracle.deliver([*world.late, *world.events, *world.json_only])
    for day in range(8, 14):
        ending = datetime.combine(start + timedelta(days=day), time(day, 59, 59), oracle.zone)
        asked = {"unit": "hour", "length": 30, "ending_at": ending.isoformat()}
        assert_equal_tallies(quotidian, oracle, asked, export.hours(oracle, ending, 30))


def test_the_names_of_events_and_products_are_the_oracles(quotidian: Quotidian) -> None:
    world = make_world(7, users=20, days=10, campaigns=1)
    quotidian.deliver(*world.events)
    quotidian.deliver(*world.late)
    oracle = Oracle(timezone=world.timezone)
    oracle.deliver([*world.events, *world.late])
    assert quotidian.get("/events/list").json()["events"] == export.event_names(oracle)
    assert [event["name"] for event in quotidian.get("/events").json()["events"]] == export.event_names(oracle)
    assert quotidian.get("/purchases/product_list").json()["products"] == export.products(oracle)
    assert len(export.event_names(oracle)) > 3
