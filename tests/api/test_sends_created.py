"""POST /sends/id/create: a send is known once it is registered."""

from typing import Any

import pytest
from conftest import Quotidian
from events import email

from quotidian.api.sends import MOST_A_DAY

DAY = "2024-03-30"


def create(quotidian: Quotidian, **body: object) -> Any:
    headers = {"Authorization": f"Bearer {quotidian.key}"}
    return quotidian.client.post("/sends/id/create", json=body, headers=headers)


def test_a_registered_send_is_known_and_has_zeros_until_it_is_sent(quotidian: Quotidian) -> None:
    quotidian.deliver(email("Send", "ana", DAY, "spring"))
    response = create(quotidian, campaign_id="spring", send_id="spring-1")
    assert (response.status_code, response.json()) == (201, {"message": "success", "send_id": "spring-1"})
    assert quotidian.send("spring", "spring-1", DAY)[0]["unique_recipients"] == 0
    quotidian.deliver(email("Send", "ana", DAY, "spring", send_id="spring-1"))
    assert quotidian.send("spring", "spring-1", DAY)[0]["unique_recipients"] == 1


def test_a_send_without_an_id_gets_one(quotidian: Quotidian) -> None:
    quotidian.deliver(email("Send", "ana", DAY, "spring"))
    send_id = create(quotidian, campaign_id="spring").json()["send_id"]
    assert len(quotidian.send("spring", send_id, DAY)) == 1


def test_a_registered_send_outlives_a_rebuild(quotidian: Quotidian) -> None:
    quotidian.deliver(email("Send", "ana", DAY, "spring"))
    create(quotidian, campaign_id="spring", send_id="spring-1")
    quotidian.rebuild()
    assert len(quotidian.send("spring", "spring-1", DAY)) == 1


def test_a_campaign_gets_a_hundred_sends_a_day_and_a_repeated_one_counts_once(quotidian: Quotidian) -> None:
    quotidian.deliver(email("Send", "ana", DAY, "spring"), email("Send", "ana", DAY, "summer"))
    for number in range(MOST_A_DAY):
        assert create(quotidian, campaign_id="spring", send_id=f"s-{number}").status_code == 201
    assert create(quotidian, campaign_id="spring", send_id="s-0").status_code == 201
    refused = create(quotidian, campaign_id="spring", send_id="one-more")
    assert refused.status_code == 400
    assert "100" in refused.json()["message"]
    assert create(quotidian, campaign_id="summer", send_id="s-0").status_code == 201


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Invalid Campaign ID"),
        ({"campaign_id": "unheard-of"}, "Invalid Campaign ID"),
        ({"campaign_id": 7}, "Invalid Campaign ID"),
        ({"campaign_id": "spring", "send_id": ""}, "Invalid Send ID"),
        ({"campaign_id": "spring", "send_id": 7}, "Invalid Send ID"),
        ({"campaign_id": "spring", "send_id": "x" * 65}, "1 to 64 characters"),
    ],
)
def test_what_cannot_be_registered_is_refused(quotidian: Quotidian, body: dict[str, object], message: str) -> None:
    quotidian.deliver(email("Send", "ana", DAY, "spring"))
    response = create(quotidian, **body)
    assert response.status_code == 400
    assert message in response.json()["message"]


def test_a_key_needs_the_permission(quotidian: Quotidian) -> None:
    quotidian.key = quotidian.new_key("sends.data_series")
    response = create(quotidian, campaign_id="spring")
    assert response.status_code == 403
    assert "sends.id.create" in response.json()["message"]
