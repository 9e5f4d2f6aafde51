"""An event's id is kept in two parts, a UUID packed; whatever it is, it is told from all others, and read as it was."""

import pytest
from conftest import Quotidian
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

_UUID = "0a1b2c3d-4e5f-4a6b-8c7d-8e9fa0b1c2d3"
_NEAR_UUIDS = (
    _UUID,
    _UUID.upper(),
    _UUID.replace("-", ""),
    _UUID.replace("-8c7d-", "-0c7d-"),  # first bit of the second half: 0
    _UUID.replace("-8c7d-", "-fc7d-"),
    f"{_UUID} ",
    f"={_UUID}",
    "00000000-0000-0000-0000-000000000000",
    "00000000-0000-0000-8000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "0a1b2c3d-4e5f-4a6b-8c7d-8e9fa0b1c2dg",
)
_IDS = st.uuids().map(str) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


def _event(event_id: str) -> dict[str, object]:
    session = "users.behaviors.app.SessionStart"
    return {"event_type": session, "id": event_id, "time": 1_700_000_000, "user": {"user_id": "ana"}, "properties": {}}


def _kept(quotidian: Quotidian) -> list[str]:
    return [found for (found,) in quotidian.events.rows("SELECT id FROM quotidian.events", {}, tuple[str])]


@pytest.mark.parametrize("again", [False, True], ids=["once", "delivered twice"])
def test_what_is_nearly_a_uuid_is_another_event(quotidian: Quotidian, again: bool) -> None:
    for _ in range(1 + again):
        quotidian.deliver(*map(_event, _NEAR_UUIDS))
    assert sorted(_kept(quotidian)) == sorted(_NEAR_UUIDS)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ids=st.lists(_IDS, min_size=1, max_size=200, unique=True))
def test_any_ids_are_read_back_as_they_were(quotidian: Quotidian, ids: list[str]) -> None:
    quotidian.events.run("TRUNCATE TABLE quotidian.events")
    quotidian.deliver(*map(_event, ids))
    assert sorted(_kept(quotidian)) == sorted(ids)
