"""`/v1/data` in every format: the same numbers, one a row where rows are long."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from asking import assert_error
from conftest import Quotidian
from events import email, session

PATH = "/v1/data"
RANGE = {"from": "2024-03-28", "to": "2024-04-02"}
Json = dict[str, Any]
LongRow = tuple[str, str, str, str | None, float | None]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    opened = Quotidian(tmp_path_factory.mktemp("formats") / "data")
    one = email("Send", "ana", "2024-03-30", "c")
    dead = [{**one, "id": ""}, {**one, "user": {}}, {**one, "user": None}]
    opened.deliver(one, one, session("ana", "2024-03-31"), *dead, {**one, "event_type": "users.odd"})
    opened.post_events(email("Open", "ana", "2024-03-29", "c"))
    opened.drain()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def points(api: Quotidian) -> list[Json]:
    found = api.data(PATH, **RANGE)
    assert len(found) == 6 * 3
    return found


def long_rows(points: list[Json]) -> list[LongRow]:
    """The rows that points come to."""
    rows: list[LongRow] = []
    for point in points:
        named = point["event_type"], point["time"]
        for metric in ("events", "first_arrival", "last_arrival", "duplicates", "late", "unknown"):
            value = point[metric]
            seconds = datetime.fromisoformat(value).timestamp() if isinstance(value, str) else value
            rows.append((*named, metric, None, seconds))
        rows += [(*named, "dead", reason, number) for reason, number in point["dead"].items()]
    return rows


def test_the_points_are_what_was_delivered(points: list[Json]) -> None:
    totals = {name: sum(point[name] for point in points) for name in ("events", "duplicates", "late", "unknown")}
    assert totals == {"events": 3, "duplicates": 1, "late": 3, "unknown": 0}
    assert [point["dead"] for point in points if point["dead"]] == [{"no id": 1, "no user": 2}]


def test_lines_are_the_points(api: Quotidian, points: list[Json]) -> None:
    assert [*map(json.loads, api.get(PATH, format="ndjson", **RANGE).text.splitlines())] == points


def test_csv_has_a_row_a_number(api: Quotidian, points: list[Json]) -> None:
    header, *rows = csv.reader(io.StringIO(api.get(PATH, format="csv", **RANGE).text))
    assert header == ["event_type", "day", "metric", "reason", "value"]
    found = [(*named, reason or None, float(value) if value else None) for *named, reason, value in rows]
    assert found == long_rows(points)


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_columnar_formats_have_a_row_a_number(api: Quotidian, points: list[Json], form: str) -> None:
    content = pa.BufferReader(api.get(PATH, format=form, **RANGE).content)
    table = pq.read_table(content) if form == "parquet" else pa.ipc.open_stream(content).read_all()
    found = [tuple(row.values()) for row in table.to_pylist()]
    assert [(one, str(day), *rest) for one, day, *rest in found] == long_rows(points)
    assert all(isinstance(day, date) for _, day, *_ in found)


def test_what_was_never_delivered_to_has_no_rows_in_any_format(api: Quotidian) -> None:
    other = api.add_workspace("other")
    answer = api.get(PATH, key=other, **RANGE).json()
    assert answer == {"message": "success", "data": [], "unknown_types": [], "gaps": []}
    assert api.get(PATH, key=other, format="ndjson", **RANGE).content == b""
    assert pq.read_table(pa.BufferReader(api.get(PATH, key=other, format="parquet", **RANGE).content)).num_rows == 0


def test_it_needs_its_permission(api: Quotidian) -> None:
    assert api.get(PATH, key=api.new_key("data")).status_code == 200
    assert_error(api.get(PATH, key=api.new_key("active_users")), 403, "'data'")
