"""`/v1/explain` over HTTP: who may ask, what is refused, and what an answer looks like."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from asking import assert_error
from conftest import EngineHere, Quotidian, client_of, filled
from events import email, event, purchase, session

from quotidian.api.app import make_app
from quotidian.api.engine import EngineClient
from quotidian.engine.answering import Answerer

DAY = "2024-03-30"
DAU = {"series": "/kpi/dau/data_series", "day": DAY, "metric": "dau"}
CAMPAIGN = {"series": "/campaigns/data_series", "day": DAY, "campaign_id": "spring"}


def fill(quotidian: Quotidian) -> None:
    quotidian.deliver(
        session("ana", f"{DAY}T09:00:00.25Z") | {"id": "s"},
        email("Send", "ana", f"{DAY}T10:00:00Z", "spring") | {"id": "r"},
        purchase("ana", f"{DAY}T11:00:00Z", 4.99, product_id="tea") | {"id": "p"},
        event("users.campaigns.Conversion", "ana", f"{DAY}T12:00:00Z", campaign_id="spring") | {"id": "c"},
    )


@pytest.fixture
def api(folder: Path) -> Iterator[Quotidian]:
    with filled(folder, fill) as opened:
        yield opened


def explained(api: Quotidian, **asked: Any) -> dict[str, Any]:
    response = api.get("/v1/explain", **asked)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_an_answer_has_the_value_what_it_means_and_the_events(api: Quotidian) -> None:
    answer = explained(api, **DAU)
    assert list(answer) == ["message", "value", "definition", "events", "users", "complete", "history", "cursor"]
    assert (answer["message"], answer["value"], answer["users"], answer["complete"]) == ("success", 1, 1, True)
    assert answer["events"] == [{"id": "s", "time": 1711789200.25, "type": "users.behaviors.app.SessionStart"}]
    assert answer["definition"].startswith("Distinct users with an event users.behaviors.app.SessionStart")
    assert answer["cursor"] is None


def test_what_is_attributed_names_its_receipt(api: Quotidian) -> None:
    receipt = {"id": "r", "time": 1711792800}
    [bought] = explained(api, **CAMPAIGN, metric="revenue")["events"]
    assert bought == {"id": "p", "time": 1711796400, "type": "users.behaviors.Purchase", "receipt": receipt}
    [converted] = explained(api, **CAMPAIGN, metric="conversions_by_send_time")["events"]
    assert (converted["id"], converted["receipt"]) == ("c", receipt)


def test_an_element_is_named_by_channel_and_variation(api: Quotidian) -> None:
    answer = explained(api, **CAMPAIGN, metric="sent", channel="email", variation_api_id="v1")
    assert [each["id"] for each in answer["events"]] == ["r"]


def test_history_ends_with_the_value_and_counts_what_arrived(api: Quotidian) -> None:
    first = explained(api, **DAU)["history"]
    api.deliver(session("bo", DAY))
    answer = explained(api, **DAU)
    assert [each["value"] for each in answer["history"]] == [1, 2]
    assert answer["history"][0] == first[0]
    assert answer["history"][-1]["value"] == answer["value"]
    assert answer["history"][-1]["arrived"] == 1
    assert answer["history"][-1]["version"] > first[0]["version"]
    assert list(first[0]) == ["version", "time", "value", "arrived"]


def test_a_key_needs_the_permission_to_see_events(api: Quotidian) -> None:
    assert_error(api.get("/v1/explain", key=api.new_key("kpi.dau.data_series"), **DAU), 403, "'explain'")
    assert api.get("/v1/explain", key=api.new_key("explain"), **DAU).status_code == 200


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "series is missing"),
        ({**DAU, "series": "/kpi/dau"}, "the nearest is /kpi/dau/data_series"),
        ({**DAU, "day": "30.03.2024"}, "day must be a date as YYYY-MM-DD"),
        ({**DAU, "day": "2099-01-01"}, "which is after today"),
        ({**DAU, "metric": "mau"}, "metric must be one of dau, not 'mau'"),
        ({**DAU, "app_id": "nobody"}, "Invalid App ID"),
        ({**DAU, "cursor": "x"}, "cursor must be one that an answer gave"),
        ({**CAMPAIGN, "metric": "sent"}, "metric must be one of"),
        ({**CAMPAIGN, "metric": "sent", "channel": "sms"}, "channel must be one of email, not 'sms'"),
        ({**CAMPAIGN, "metric": "revenue", "campaign_id": "nobody"}, "Invalid Campaign ID"),
        ({**DAU, "campaign_id": "spring"}, "campaign_id does not go with /kpi/dau/data_series"),
    ],
)
def test_bad_input_is_refused_without_the_engine(
    api: Quotidian, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str], words: str
) -> None:
    monkeypatch.setattr(EngineHere, "explain", None)
    assert_error(api.get("/v1/explain", **asked), 400, words)


def test_without_an_engine_it_is_said_and_when_to_ask_again(api: Quotidian, tmp_path: Path) -> None:
    app = make_app(replace(api.services, engine=EngineClient(tmp_path / "nobody")))
    with_key = {"Authorization": f"Bearer {api.key}"}
    response = client_of(app).get("/v1/explain", params=DAU, headers=with_key)
    assert_error(response, 503, "The engine, which has the events, does not run")
    assert int(response.headers["retry-after"]) > 0


def test_an_engine_that_ends_is_asked_again(api: Quotidian) -> None:
    explainer = Answerer(api.stores)
    explainer.close()
    app = make_app(replace(api.services, engine=EngineHere(api.folder.engine_socket, explainer)))
    with_key = {"Authorization": f"Bearer {api.key}"}
    response = client_of(app).get("/v1/explain", params=DAU, headers=with_key)
    assert_error(response, 503, "is ending")
    assert int(response.headers["retry-after"]) > 0


def test_an_answer_is_of_its_moment(api: Quotidian) -> None:
    assert explained(api, **DAU)["value"] == 1
    api.deliver(session("bo", DAY))
    assert explained(api, **DAU)["value"] == 2
