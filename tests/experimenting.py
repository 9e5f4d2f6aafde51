"""Asks for reports of experiments."""

from datetime import date
from typing import Any

from conftest import Json, Quotidian
from oracle_experiment import Outcome


def asked(quotidian: Quotidian, campaign: str, first: date, last: date, outcome: Outcome = 0, **more: Any) -> Json:
    """The report, without what is the same in every one."""
    days = {"from": first.isoformat(), "to": last.isoformat()}
    response = quotidian.get(
        "/v1/campaigns/experiment", campaign_id=campaign, **days, conversion=outcome, **{"baseline": None, **more}
    )
    assert response.status_code == 200, response.text
    answered: Json = response.json()
    assert answered.pop("message") == "success"
    assert "fixed in advance" in answered.pop("note")
    return answered
