"""The exports of whole kinds: what they say of a made-up world, beside what the Export API says of each series."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from asking import assert_error
from conftest import Point, Quotidian
from events import email
from worlds import RATES, make_world

from quotidian.catalogue import Campaign, Canvas, CanvasVariant, CatalogueFile, Step

FIRST, LAST = date(2023, 12, 25), date(2024, 4, 12)
RANGE = {"from": str(FIRST), "to": str(LAST)}
DAYS = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
KINDS = ("kpis", "campaigns", "sends", "canvases")
KPIS = ("dau", "mau", "new_users", "uninstalls")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    """Every channel, and a campaign and a canvas that only the catalogue names."""
    opened = Quotidian(tmp_path_factory.mktemp("exports") / "data")
    world = make_world(14, users=15, days=60)
    opened.import_catalogue(
        CatalogueFile(
            dict(RATES),
            {"planned": Campaign("Planned")},
            canvases={
                "planned": Canvas("Planned", variants={"one": CanvasVariant("One")}),
                "canvas-0": Canvas(steps={"step-gone": Step(deleted=True), "never": Step("Never")}),
            },
        )
    )
    opened.deliver(*world.events)
    register(opened, "planned", "announced")
    opened.events.close()  # the API reads series only, and a process can have one event store open
    yield opened
    opened.close()


def register(opened: Quotidian, campaign_id: str, send_id: str) -> None:
    answer = opened.post("/sends/id/create", {"campaign_id": campaign_id, "send_id": send_id})
    assert answer.status_code == 201, answer.text


def exported(api: Quotidian, kind: str, **parameters: Any) -> list[Point]:
    response = api.get(f"/v1/{kind}/export", **RANGE, format="ndjson", **parameters)
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines()]


def days_of(api: Quotidian, path: str, length: int = 100, **parameters: Any) -> Iterator[Point]:
    """The days of the range, slice by slice, as the Export API answers them."""
    for start in range(0, len(DAYS), length):
        days = DAYS[start : start + length]
        answer = api.data(path, length=len(days), ending_at=str(days[-1]), **parameters)
        yield from answer["stats"] if isinstance(answer, dict) else answer


def ids(api: Quotidian, column: str, table: str, condition: str) -> list[Any]:
    with api.engine.connect() as connection:
        query = f"SELECT DISTINCT {column} FROM {table} WHERE {condition} ORDER BY {column}"
        return [tuple(row) if len(row) > 1 else row[0] for row in connection.exec_driver_sql(query)]


def expected(api: Quotidian, kind: str) -> list[Point]:
    """What the Export API says of each series, with the ids in front."""
    if kind == "kpis":
        apps = [None, *ids(api, "app_id", "apps", "true")]
        asked = [
            ({"kpi": kpi, "app_id": app}, f"/kpi/{kpi}/data_series", {"app_id": app}) for app in apps for kpi in KPIS
        ]
    elif kind == "campaigns":
        campaigns = ids(api, "id", "listed", "kind = 'campaign'")
        asked = [({"campaign_id": each}, "/campaigns/data_series", {"campaign_id": each}) for each in campaigns]
    elif kind == "sends":
        sends = [*ids(api, "subject, send_id", "series", "kind = 'send'"), ("planned", "announced")]
        named = [{"campaign_id": campaign, "send_id": send} for campaign, send in sorted(sends)]
        asked = [(each, "/sends/data_series", each) for each in named]
    else:
        canvases = ids(api, "id", "listed", "kind = 'canvas'")
        asked = [
            ({"canvas_id": each}, "/canvas/data_series", {"canvas_id": each, **ALL_OF_A_CANVAS}) for each in canvases
        ]
    length = 14 if kind == "canvases" else 100
    assert len(asked) > 2
    return [{**front, **point} for front, path, given in asked for point in days_of(api, path, length, **given)]


ALL_OF_A_CANVAS = {f"include_{each}": "true" for each in ("variant_breakdown", "step_breakdown", "deleted_step_data")}


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_says_of_every_series_what_the_export_api_says_of_it(api: Quotidian, kind: str) -> None:
    found = exported(api, kind)
    assert found == expected(api, kind)
    assert [list(point) for point in found] == [list(point) for point in expected(api, kind)]


@pytest.mark.parametrize("kind", KINDS)
def test_json_has_the_points_of_ndjson(api: Quotidian, kind: str) -> None:
    answer = api.get(f"/v1/{kind}/export", **RANGE).json()
    assert answer == {"message": "success", "data": exported(api, kind)}


Row = tuple[object, ...]


def rows_of_point(kind: str, point: Point) -> Iterator[Row]:
    """The long rows of a point, told from the JSON alone: ids, day, channel, variation, metric, value."""
    front = tuple(point[name] for name in ("campaign_id", "send_id", "canvas_id", "app_id") if name in point)
    day = date.fromisoformat(point["time"])
    if kind == "kpis":
        yield (*front, day, point["kpi"], float(point[point["kpi"]]))
        return
    if kind == "canvases":
        elements: list[tuple[str | None, str | None, Point]] = [(None, None, point["total_stats"])]
        elements += [("variant", variant, stats) for variant, stats in point["variant_stats"].items()]
        for step, stats in point["step_stats"].items():
            elements.append(("step", step, stats))
            elements += [(channel, step, each) for channel, listed in stats["messages"].items() for each in listed]
    else:
        elements = [(None, None, point)]
        for channel, listed in point["messages"].items():
            elements += [
                ("control" if "enrolled" in each else channel, each["variation_api_id"], each) for each in listed
            ]
    seen = set()
    for channel, variation, stats in elements:
        for metric, number in stats.items():
            # A control group is listed in each channel.
            if isinstance(number, int | float) and (channel, variation, metric) not in seen:
                seen.add((channel, variation, metric))
                yield (*front, day, channel, variation, metric, float(number))


def rows_of(content: bytes, form: str) -> list[Row]:
    if form == "csv":
        _, *rows = csv.reader(io.StringIO(content.decode(), newline=""))
        place = len(rows[0]) - (5 if len(rows[0]) > 4 else 3)
        return [
            (*(cell or None for cell in row[:place]), date.fromisoformat(row[place]),
             *(cell or None for cell in row[place + 1 : -1]), float(row[-1]))
            for row in rows
        ]  # fmt: skip
    table = pq.read_table(io.BytesIO(content)) if form == "parquet" else pa.ipc.open_stream(content).read_all()
    return [tuple(row.values()) for row in table.to_pylist()]


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_long_format_has_the_numbers_of_ndjson(api: Quotidian, kind: str, form: str) -> None:
    answer = api.get(f"/v1/{kind}/export", **RANGE, format=form)
    assert answer.status_code == 200
    rows = rows_of(answer.content, form)
    assert rows == [row for point in exported(api, kind) for row in rows_of_point(kind, point)]
    assert len(rows) == len(set(rows))


def test_the_columns_of_a_long_format_have_names_and_types(api: Quotidian) -> None:
    schema = pa.ipc.open_stream(api.get("/v1/sends/export", **RANGE, format="arrow").content).schema
    text = [(name, pa.string()) for name in ("campaign_id", "send_id", "channel", "variation", "metric")]
    assert [(field.name, field.type) for field in schema] == [
        *text[:2], ("day", pa.date32()), *text[2:], ("value", pa.float64())
    ]  # fmt: skip
    assert api.get("/v1/kpis/export", format="csv").text.splitlines()[0] == "app_id,day,metric,value"


# Ids


def test_ids_may_be_repeated_and_count_once(api: Quotidian) -> None:
    found = exported(api, "campaigns", campaign_id=["camp-1", "camp-0", "camp-1"])
    assert [point["campaign_id"] for point in found] == ["camp-1"] * len(DAYS) + ["camp-0"] * len(DAYS)
    assert exported(api, "kpis", app_id=["app-b"]) == [
        point for point in exported(api, "kpis") if point["app_id"] == "app-b"
    ]
    assert {point["canvas_id"] for point in exported(api, "canvases", canvas_id="planned")} == {"planned"}


def test_sends_are_chosen_by_campaign_by_id_or_by_both(api: Quotidian) -> None:
    every = exported(api, "sends")
    of_one = [point for point in every if point["campaign_id"] == "camp-0"]
    send_id = of_one[0]["send_id"]
    assert exported(api, "sends", campaign_id="camp-0") == of_one
    assert exported(api, "sends", send_id=send_id) == [point for point in every if point["send_id"] == send_id]
    both = {"campaign_id": "camp-0", "send_id": send_id}
    assert exported(api, "sends", **both) == [point for point in of_one if point["send_id"] == send_id]
    assert_error(api.get("/v1/sends/export", campaign_id="planned", send_id=send_id), 400, "Invalid Send ID")


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("kpis", "app_id", "Invalid App ID"),
        ("campaigns", "campaign_id", "Invalid Campaign ID"),
        ("sends", "campaign_id", "Invalid Campaign ID"),
        ("sends", "send_id", "Invalid Send ID"),
        ("canvases", "canvas_id", "Invalid Canvas ID"),
    ],
)
def test_an_unknown_id_is_refused(api: Quotidian, kind: str, name: str, message: str) -> None:
    known = {"app_id": "app-a", "campaign_id": "camp-0", "send_id": "camp-0-s1", "canvas_id": "canvas-0"}[name]
    for form in ("json", "parquet"):
        response = api.get(f"/v1/{kind}/export", format=form, **dict[str, Any]({name: [known, "nobody"]}))
        assert_error(response, 400, message)
    assert_error(api.get(f"/v1/{kind}/export", **{name: ""}), 400, name, "an id")


# Sends that are no longer kept


def test_purged_sends_are_left_out(folder: Any) -> None:
    quotidian = Quotidian(folder, send_keep_days="30")
    today = quotidian.workspace().today
    old, new = today - timedelta(days=31), today - timedelta(days=30)
    quotidian.deliver(
        email("Send", "ana", str(old), "spring", send_id="old"),
        email("Send", "ana", str(new), "spring", send_id="new"),
    )
    asked = {"from": str(old), "format": "ndjson"}
    answer = quotidian.get("/v1/sends/export", **asked)
    assert {json.loads(line)["send_id"] for line in answer.text.splitlines()} == {"new"}
    assert_error(quotidian.get("/v1/sends/export", **asked, send_id=["new", "old"]), 400, "'old' was kept until")
    quotidian.close()


# Workspaces


def test_an_export_has_nothing_of_other_workspaces(quotidian: Quotidian) -> None:
    other = quotidian.add_workspace("other")
    quotidian.deliver(email("Send", "ana", "2024-03-30", "spring", send_id="first"))
    for kind in ("campaigns", "sends", "canvases"):
        answer = quotidian.get(f"/v1/{kind}/export", key=other, **RANGE)
        assert answer.json() == {"message": "success", "data": []}
    assert_error(quotidian.get("/v1/campaigns/export", key=other, campaign_id="spring"), 400, "Invalid Campaign ID")
    assert_error(quotidian.get("/v1/sends/export", key=other, send_id="first"), 400, "Invalid Send ID")


def test_more_sends_than_a_page_of_ids_are_all_exported(quotidian: Quotidian) -> None:
    sends = [f"send-{number:04}" for number in range(1_050)]
    quotidian.deliver(
        *(email("Send", "ana", "2024-03-30", f"camp-{int(send[-1]) % 3}", send_id=send) for send in sends)
    )
    answer = quotidian.get("/v1/sends/export", format="ndjson", **{"from": "2024-03-30", "to": "2024-03-30"})
    found = [json.loads(line) for line in answer.text.splitlines()]
    assert sorted(point["send_id"] for point in found) == sends
