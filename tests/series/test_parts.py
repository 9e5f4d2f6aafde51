"""Campaigns and canvases are computed in parts: what events mark, and what is computed of it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from commands import event, message, session
from conftest import Quotidian, filled
from worlds import make_world

from quotidian.catalogue import money_of
from quotidian.control.dirty_parts import Scope
from quotidian.domain.days import Day, day_of
from quotidian.domain.subjects import CONVERSIONS, COUNTS, PARTS, REVENUE, UNIQUES
from quotidian.series.campaigns.compute import campaign_facts
from quotidian.series.messages.gather import SubjectFacts
from quotidian.series.ranges import Failed
from quotidian.series.rollup import roll_up
from quotidian.store.events import EventStore, Row, StatementFailed

DAY = "2024-03-30"
NUMBER = 19_812  # of that day
CONVERSION = "campaigns.Conversion"
PURCHASE = "behaviors.Purchase"


def bought(user: str, at: str) -> dict[str, Any]:
    return event(PURCHASE, user, at, product_id="tea", price=3, currency="USD")


def marks(quotidian: Quotidian, *events: dict[str, Any]) -> set[tuple[str, int, str]]:
    """What storing events marks of campaigns: part, day (0 is DAY) and campaign."""
    quotidian.store_only(*events)
    query = "SELECT part, day, subject FROM dirty_days WHERE family = 'campaigns'"
    with quotidian.engine.connect() as connection:
        found = {(part, day - NUMBER, subject) for part, day, subject in connection.exec_driver_sql(query)}
    for _ in roll_up(quotidian.stores, Failed()):
        pass
    return found


def tell(quotidian: Quotidian) -> None:
    quotidian.deliver(
        message("email.Send", "ana", f"{DAY}T10:00", campaign_id="spring"),
        message("email.Send", "bo", f"{DAY}T10:00", campaign_id="spring"),
        message("email.Open", "ana", "2024-04-02T10:00", campaign_id="spring"),
        event(CONVERSION, "ana", "2024-03-31T10:00", campaign_id="spring", conversion_behavior_index=0),
        bought("ana", "2024-03-31T11:00"),
    )


@pytest.fixture
def told(folder: Path) -> Iterator[Quotidian]:
    """Ana received a message of "spring" on DAY, converted and bought something the day after; Bo received one too."""
    with filled(folder, tell) as opened:
        yield opened


def test_an_open_changes_counts_of_its_day_and_uniques_of_a_week(told: Quotidian) -> None:
    opened = message("email.Open", "bo", f"{DAY}T12:00", campaign_id="spring")
    assert marks(told, opened) == {
        (COUNTS, 0, "spring"),
        (UNIQUES, 0, "spring"),
        (UNIQUES, 1, "spring"),
        (UNIQUES, 3, "spring"),
    }


def test_a_receipt_changes_attribution_only_where_its_user_went_on(told: Quotidian) -> None:
    assert marks(told, message("email.Send", "bo", f"{DAY}T11:00", campaign_id="spring")) == {(COUNTS, 0, "spring")}
    assert marks(told, message("email.Send", "ana", f"{DAY}T11:00", campaign_id="spring")) == {
        (COUNTS, 0, "spring"),
        (CONVERSIONS, 1, "spring"),
        (REVENUE, 1, "spring"),
    }
    assert marks(told, message("email.Send", "ana", f"{DAY}T11:00", campaign_id="autumn")) == {
        (COUNTS, 0, "autumn"),
        (REVENUE, 1, "autumn"),
    }


def test_a_purchase_changes_revenue_of_what_its_user_had_received(told: Quotidian) -> None:
    assert marks(told, bought("bo", "2024-03-31T10:00")) == {(REVENUE, 1, "spring")}
    assert marks(told, bought("cy", "2024-03-31T10:00")) == set()


def test_a_purchase_and_its_receipt_in_one_batch_find_each_other(told: Quotidian) -> None:
    received = message("email.Send", "cy", f"{DAY}T11:00", campaign_id="autumn")
    assert marks(told, received, bought("cy", f"{DAY}T12:00")) == {(COUNTS, 0, "autumn"), (REVENUE, 0, "autumn")}


def test_a_conversion_changes_its_own_day(told: Quotidian) -> None:
    converted = event(CONVERSION, "bo", "2024-03-31T10:00", campaign_id="spring", conversion_behavior_index=0)
    assert marks(told, converted) == {(COUNTS, 1, "spring"), (CONVERSIONS, 1, "spring")}


def test_a_session_changes_nothing_of_campaigns(told: Quotidian) -> None:
    assert marks(told, session("ana", DAY)) == set()


class LittleMemory:
    """An event store that can look at one subject at a time."""

    def __init__(self, events: EventStore) -> None:
        self._events = events

    def run(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        self._check(sql, values or {})
        self._events.run(sql, values)

    def rows(self, sql: str, values: Mapping[str, Any], row: type[Row]) -> list[Row]:
        self._check(sql, values)
        return self._events.rows(sql, values, row)

    @staticmethod
    def _check(sql: str, values: Mapping[str, Any]) -> None:
        takes_much = values.get("every_campaign") or len(values.get("campaigns", ())) > 1
        if takes_much and "that have events on some days" not in sql:
            raise StatementFailed("Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)")


def in_order(found: dict[str, SubjectFacts]) -> dict[str, SubjectFacts]:
    """Facts whose lists are sorted: they have rows in whichever order statements gave them."""
    for facts in found.values():
        facts.names.sort(key=repr)
        for of_day in (day for days in facts.days.values() for day in days.values()):
            of_day.attributed.sort(key=repr)
            of_day.elements.sort(key=repr)
    return found


@pytest.mark.slow
def test_a_day_that_takes_too_much_memory_is_computed_subject_by_subject(quotidian: Quotidian) -> None:
    world = make_world(5, users=12, days=10, campaigns=4)
    quotidian.deliver(*world.events)
    with quotidian.engine.connect() as connection:
        money = money_of(connection, quotidian.workspace())
    events: Any = LittleMemory(quotidian.events)
    for day in (Day(day_of(world.first_day) + number) for number in (3, 4, 5)):
        scopes = {part: [Scope((day,))] for part in PARTS}
        whole = campaign_facts(quotidian.events, "default", scopes, money)
        assert len(whole) > 1
        assert in_order(campaign_facts(events, "default", scopes, money)) == in_order(whole)


def test_several_days_that_take_too_much_memory_are_left_to_the_caller_to_divide(quotidian: Quotidian) -> None:
    quotidian.deliver(message("email.Send", "ana", DAY, campaign_id="spring"))
    with quotidian.engine.connect() as connection:
        money = money_of(connection, quotidian.workspace())
    events: Any = LittleMemory(quotidian.events)
    with pytest.raises(StatementFailed, match="Memory limit"):
        campaign_facts(events, "default", {COUNTS: [Scope((Day(NUMBER), Day(NUMBER + 1)))]}, money)
