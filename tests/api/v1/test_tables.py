"""What all tables of `/v1` have in common: days, formats, and how a client asks for them."""

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
from conftest import Quotidian
from events import session

PATH = "/v1/active_users"
RANGE = {"from": "2024-03-01", "to": "2024-03-31", "window": "7"}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    opened = Quotidian(tmp_path_factory.mktemp("tables") / "data")
    opened.deliver(*(session(f"user-{index}", f"2024-03-{1 + index % 30:02}") for index in range(50)))
    yield opened
    opened.close()


def rows_of(content: bytes, form: str) -> list[list[Any]]:
    """The rows of a long format: date, metric, value."""
    if form == "csv":
        header, *rows = csv.reader(io.StringIO(content.decode()))
        assert header == ["day", "metric", "value"]
        return [[date.fromisoformat(day), metric, float(value)] for day, metric, value in rows]
    table = pq.read_table(io.BytesIO(content)) if form == "parquet" else pa.ipc.open_stream(content).read_all()
    return [list(row.values()) for row in table.to_pylist()]


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow"])
def test_a_long_format_has_a_row_a_number(api: Quotidian, form: str) -> None:
    rows = rows_of(api.get(PATH, **RANGE, format=form).content, form)
    points = api.data(PATH, **RANGE)
    assert rows == [[date.fromisoformat(point["time"]), "active", point["active"]] for point in points]
    assert len(rows) == 31


def test_ndjson_is_a_point_a_line(api: Quotidian) -> None:
    lines = api.get(PATH, **RANGE, format="ndjson").text.splitlines()
    assert [json.loads(line) for line in lines] == api.data(PATH, **RANGE)


def test_a_format_that_there_is_not_is_refused_with_those_that_there_are(api: Quotidian) -> None:
    assert_error(api.get(PATH, format="xml"), 400, "json", "ndjson", "csv", "parquet", "arrow", "'xml'")


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/csv", "text/csv"),
        ("application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("application/x-ndjson;q=0.5, text/csv;q=0.7", "text/csv"),
        ("*/*, text/csv", "text/csv"),
        ("text/csv;q=0.2, */*", "application/json"),
        ("application/json;q=0, */*", "application/x-ndjson"),
        ("text/*", "text/csv"),
        ("TEXT/CSV ; Q=1.0", "text/csv"),
        ("image/png", "application/json"),
        ("text/csv;q=0", "application/json"),
        ("text/csv;q=nan", "application/json"),
        (",;q=,;;/,", "application/json"),
        ("", "application/json"),
    ],
)
def test_the_accept_header_chooses_the_format(api: Quotidian, accept: str, media_type: str) -> None:
    response = ask(api, accept=accept)
    assert (response.status_code, response.headers["content-type"]) == (200, media_type)
    assert {"Accept", "Accept-Encoding"} <= set(response.headers["vary"].split(", "))


def test_a_header_may_have_several_lines(api: Quotidian) -> None:
    key = ("Authorization", f"Bearer {api.key}")
    headers = [key, ("Accept", "text/csv;q=0.1"), ("Accept", "application/x-ndjson"), ("Accept-Encoding", "br")]
    response = api.client.get(PATH, params=RANGE, headers=[*headers, ("Accept-Encoding", "gzip")])
    assert response.headers["content-type"] == "application/x-ndjson"
    assert response.headers["content-encoding"] == "gzip"


def test_the_parameter_wins_over_the_header(api: Quotidian) -> None:
    assert ask(api, accept="text/csv", format="ndjson").headers["content-type"] == "application/x-ndjson"


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("gzip", "gzip"),
        ("zstd", "zstd"),
        ("gzip, zstd", "zstd"),
        ("gzip, zstd;q=0.9", "gzip"),
        ("*", "gzip"),
        ("x-gzip", "gzip"),
        ("identity, gzip;q=0.5", None),
        ("gzip;q=0", None),
        ("br", None),
        ("", None),
    ],
)
def test_the_answer_is_packed_as_the_client_prefers(api: Quotidian, header: str, encoding: str | None) -> None:
    response = ask(api, accept_encoding=header)
    assert response.headers.get("content-encoding") == encoding
    content = pa.CompressedInputStream(io.BytesIO(response.content), "zstd").read() if encoding == "zstd" else None
    assert json.loads(content or response.content) == api.get(PATH, **RANGE).json()


def ask(api: Quotidian, accept: str = "*/*", accept_encoding: str = "", **parameters: str) -> Any:
    headers = {"Authorization": f"Bearer {api.key}", "Accept": accept, "Accept-Encoding": accept_encoding}
    return api.client.get(PATH, params={**RANGE, **parameters}, headers=headers)


def test_without_days_the_last_30_are_answered(api: Quotidian) -> None:
    today = api.workspace().today
    assert days(api) == [today - timedelta(days=back) for back in range(29, -1, -1)]


def test_with_a_last_day_alone_the_30_days_end_with_it_and_are_then_cut(api: Quotidian) -> None:
    today = api.workspace().today
    assert days(api, to="2024-03-31")[0] == date(2024, 3, 2)
    assert days(api, to=str(today + timedelta(days=10))) == [today - timedelta(days=back) for back in range(19, -1, -1)]
    assert days(api, to=str(today + timedelta(days=400))) == []


def test_days_after_today_are_left_out(api: Quotidian) -> None:
    today = api.workspace().today
    assert days(api, **{"from": str(today), "to": "9999-12-31"}) == [today]
    assert days(api, **{"from": str(today + timedelta(days=2)), "to": str(today + timedelta(days=3))}) == []


def test_a_first_day_after_the_last_is_refused(api: Quotidian) -> None:
    assert_error(api.get(PATH, **{"from": "2024-03-02", "to": "2024-03-01"}), 400, "from", "2024-03-02", "2024-03-01")
    tomorrow = str(api.workspace().today + timedelta(days=1))
    assert_error(api.get(PATH, **{"from": tomorrow}), 400, "from", tomorrow, "today")
    assert_error(api.get(PATH, to="0001-01-29"), 400, "to", "0001-01-29")


@pytest.mark.parametrize("name", ["from", "to"])
@pytest.mark.parametrize(
    "text", ["", "2024-3-1", "20240301", "2024-03-01T00:00:00", "2024-02-30", "today", "2024-W01-1", "２024-03-01"]
)
def test_what_is_no_date_is_refused(api: Quotidian, name: str, text: str) -> None:
    assert_error(api.get(PATH, **{name: text}), 400, f"{name} must be a date as YYYY-MM-DD")


def test_a_range_of_all_times_is_answered(api: Quotidian) -> None:
    found = days(api, **{"from": "0001-01-01", "to": "2024-03-31"})
    assert found == [date.fromordinal(ordinal) for ordinal in range(1, date(2024, 3, 31).toordinal() + 1)]


def days(api: Quotidian, **parameters: str) -> list[date]:
    return [date.fromisoformat(point["time"]) for point in api.data(PATH, **parameters)]
