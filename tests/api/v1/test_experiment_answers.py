"""`/v1/campaigns/experiment` over HTTP: who may ask, what is refused, and what an answer looks like."""

import csv
import io
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from asking import assert_error
from conftest import Json, Quotidian, client_of
from events import email, enrolment, event, purchase

from quotidian.api.app import make_app
from quotidian.api.engine import EngineClient

PATH = "/v1/campaigns/experiment"
DAY = "2024-03-30"
SPRING = {"campaign_id": "spring", "from": "2024-03-01", "to": "2024-03-31"}
ANSWER = [
    "message",
    "data",
    "campaign_id",
    "from",
    "to",
    "conversion",
    "baseline",
    "crossed_over",
    "sample_ratio",
    "note",
]
COMPARED = ["difference", "difference_interval", "lift", "lift_interval", "p_value", "enough_data"]
ROW = ["variation_name", "variation_api_id", "control", "recipients", "converters"]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    opened = Quotidian(tmp_path_factory.mktemp("experiment") / "data")
    opened.deliver(
        email("Send", "ana", f"{DAY}T10:00:00Z", "spring", message_variation_name="Short"),
        email("Send", "bo", f"{DAY}T10:00:00Z", "spring"),
        email("Send", "cy", f"{DAY}T10:00:00Z", "spring", message_variation_id=None),
        enrolment("di", f"{DAY}T11:00:00Z", "spring"),
        event("users.campaigns.Conversion", "ana", f"{DAY}T12:00:00Z", campaign_id="spring"),
        purchase("bo", f"{DAY}T12:00:00Z", 2.5),
    )
    yield opened
    opened.close()


def report(api: Quotidian, **asked: Any) -> Json:
    response = api.get(PATH, **{**SPRING, **asked})
    assert response.status_code == 200, response.text
    answered: Json = response.json()
    return answered


def test_an_answer_has_a_row_a_variation_and_what_it_depends_on(api: Quotidian) -> None:
    answer = report(api)
    assert list(answer) == ANSWER
    assert {name: answer[name] for name in ("campaign_id", "from", "to", "conversion", "baseline", "crossed_over")} == {
        **SPRING,
        "conversion": 0,
        "baseline": "control",
        "crossed_over": 0,
    }
    null, first, control = answer["data"]
    assert list(first) == [*ROW, "rate", *COMPARED]
    assert list(first.values())[:6] == ["Short", "v1", False, 2, 1, 0.5]
    assert (null["variation_api_id"], control["control"]) == (None, True)
    assert {control[name] for name in COMPARED} == {None}
    assert (first["lift"], first["lift_interval"][1], first["enough_data"]) == (None, None, False)


def test_revenue_has_sum_and_mean_instead_of_a_rate(api: Quotidian) -> None:
    answer = report(api, conversion="revenue")
    first = answer["data"][1]
    assert list(first) == [*ROW, "revenue", "mean", *COMPARED]
    assert (answer["conversion"], first["converters"], first["revenue"], first["mean"]) == ("revenue", 1, 2.5, 1.25)


def test_a_day_that_is_not_in_the_range_has_no_recipients(api: Quotidian) -> None:
    answer = report(api, to="2024-03-29")
    assert [row["recipients"] for row in answer["data"]] == [0, 0, 0]
    assert [row["rate"] for row in answer["data"]] == [None, None, None]
    assert report(api, **{"from": "2099-01-01", "to": "2099-01-02"})["data"] == answer["data"]


def test_the_long_formats_have_a_row_a_number(api: Quotidian) -> None:
    response = api.get(PATH, **SPRING, format="csv")
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert list(rows[0]) == ["campaign_id", "control", "variation", "metric", "value"]
    found = {(row["control"], row["variation"], row["metric"]): row["value"] for row in rows}
    assert found["0", "v1", "recipients"] == "2.0"
    assert found["0", "v1", "lift_interval_high"] == ""
    arrow = api.get(PATH, **SPRING, format="arrow").content
    assert pa.ipc.open_stream(arrow).read_all().num_rows == len(rows)
    lines = api.get(PATH, **SPRING, format="ndjson").text.splitlines()
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"campaign_id": "nobody"}, "Invalid Campaign ID"),
        ({"baseline": "v9"}, "baseline must be a variation_api_id of the campaign ('v1', 'control'), not 'v9'"),
        ({"baseline": ""}, "baseline must be an id, not ''"),
        ({"conversion": "4"}, "conversion must be 0, 1, 2, 3 or revenue, not '4'"),
        ({"from": "2024-04-01"}, "from must not be after to (2024-03-31), not 2024-04-01"),
        ({"format": "xml"}, "format must be json, ndjson, csv, parquet or arrow, not 'xml'"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_can(api: Quotidian, asked: Json, message: str) -> None:
    assert_error(api.get(PATH, **{**SPRING, **asked}), 400, message)


def test_a_key_needs_the_permission(api: Quotidian) -> None:
    response = api.get(PATH, **SPRING, key=api.new_key("campaigns.data_series"))
    assert response.status_code == 403
    assert "'campaigns.experiment'" in response.json()["message"]


def test_another_workspace_has_not_the_campaign(api: Quotidian) -> None:
    assert_error(api.get(PATH, **SPRING, key=api.add_workspace("other")), 400, "Invalid Campaign ID")


def test_without_an_engine_the_answer_is_503_and_what_is_wrong_is_said_all_the_same(
    api: Quotidian, tmp_path: Path
) -> None:
    services = replace(api.services, engine=EngineClient(tmp_path / "nobody"))
    headers = {"Authorization": f"Bearer {api.key}"}
    client = client_of(make_app(services))
    response = client.get(PATH, params=SPRING, headers=headers)
    assert response.status_code == 503
    assert "does not run" in response.json()["message"]
    assert int(response.headers["retry-after"]) > 0
    assert client.get(PATH, params={**SPRING, "campaign_id": "x"}, headers=headers).status_code == 400


_WITHOUT_SCIPY = """
import sys, tempfile
from pathlib import Path
from conftest import Quotidian
from events import email, session
import quotidian.server.api_worker, quotidian.server.engine_process
quotidian = Quotidian(Path(tempfile.mkdtemp()) / "data")
quotidian.deliver(session("ana", "2024-03-30"), email("Send", "ana", "2024-03-30", "spring"))
assert quotidian.kpi("dau", "2024-03-30") == [1]
asked = {"series": "/kpi/dau/data_series", "day": "2024-03-30", "metric": "dau"}
assert quotidian.get("/v1/explain", **asked).json()["value"] == 1
print([name for name in sys.modules if name.split(".")[0] == "scipy"])
experiment = {"campaign_id": "spring", "from": "2024-03-01", "to": "2024-03-31"}
assert quotidian.get("/v1/campaigns/experiment", **experiment).json()["data"][0]["recipients"] == 1
quotidian.close()
"""


def test_no_process_loads_scipy_before_an_experiment_is_asked_for() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _WITHOUT_SCIPY], capture_output=True, text=True, check=False, env={"PYTHONPATH": _PATHS}
    )
    assert (told.returncode, told.stdout.splitlines()) == (0, ["[]"]), told.stderr


_PATHS = ":".join(sys.path)
