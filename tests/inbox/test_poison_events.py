"""Any JSON in any field of what is posted: it is used or becomes a dead letter, and its neighbours count."""

import json
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import pytest
from conftest import Json, Quotidian
from events import event, session
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from quotidian.control.dead_letters import list_dead_letters
from quotidian.inbox.checking import PROPERTIES
from quotidian.ingest.report import NO_RATE

DAY = "2024-03-30"
NOON = f"{DAY}T12:00:00Z"
TYPES = (
    "users.behaviors.app.SessionStart",
    "users.behaviors.CustomEvent",
    "users.behaviors.Purchase",
    "users.campaigns.Conversion",
    "users.canvas.Conversion",
    "users.canvas.Entry",
    "users.messages.email.Send",
    "users.messages.inappmessage.Click",
    "users.messages.pushnotification.Open",
    "users.messages.sms.InboundReceive",
)
TRACKED: Mapping[str, Json] = {
    "events": {"external_id": "ana", "name": "brewed", "time": NOON},
    "purchases": {"external_id": "ana", "product_id": "tea", "currency": "USD", "price": 4.5, "time": NOON},
    "attributes": {"external_id": "ana"},
}
TRACKED_FIELDS = (
    "external_id",
    "braze_id",
    "user_alias",
    "email",
    "phone",
    "name",
    "time",
    "price",
    "currency",
    "quantity",
    "product_id",
    "app_id",
    "properties",
)

# JSON that Python does not write
RAW = ("1e999", "-1e999", "9" * 100, "9" * 5_000, "-0", "-0.0", "1E-999", "0.1e1")
EDGES = (-1, 2**31, 2**32 - 1, 2**32, 2**53, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 10**30)
ODD_TEXTS = (
    "",
    "\0",
    "\ud800",
    "\udc00x",
    "\ud83d",
    "\\ud800",
    "\\",
    '"',
    "a\nb\r\t\x01\x7f",
    "\u2028",
    "NaN",
    "x" * 7_000,
)
TEXTS = st.sampled_from(ODD_TEXTS) | st.text(st.characters(codec=None, exclude_categories=()), max_size=20)
NUMBERS = st.sampled_from(EDGES) | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS | st.sampled_from(RAW).map("raw:{}".format)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


DEEP = nested(600)


def text_of(body: object) -> bytes:
    """JSON of a body, with what RAW names as it is."""
    text = json.dumps(body)
    for raw in RAW:
        text = text.replace(f'"raw:{raw}"', raw)
    return text.encode()


def odd_events(value: object, number: int, kinds: tuple[str, ...] = TYPES) -> Iterator[Json]:
    """Events that have the value in one of their fields."""
    types = [kinds[(number + place) % len(kinds)] for place in range(2 + len(PROPERTIES))]
    for kind, name in zip(types, (*PROPERTIES, "app_group_id", "anything"), strict=True):
        yield event(kind, f"odd {name}", DAY, **{name: value})
    for name in ("event_type", "id", "time", "user", "properties"):
        yield {**event(TYPES[number % len(TYPES)], "odd", DAY), name: value}
    for name in ("user_id", "external_user_id"):
        yield {**event(TYPES[number % len(TYPES)], "odd", DAY), "user": {name: value}}
    yield value  # type: ignore[misc]


def assert_taken_with_neighbours(quotidian: Quotidian, number: int, odd: list[Json]) -> None:
    """Each odd event has a good one before it and one behind it, and all of these count."""
    app = f"app {number}"
    good = [session(f"user {n}", DAY, app_id=app) for n in range(len(odd) + 1)]
    events = [good[0], *(each for pair in zip(odd, good[1:], strict=True) for each in pair)]
    response = quotidian.post("/events", text_of({"events": events}))
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["accepted"] + answer["rejected"] == len(events)
    assert all(error["index"] % 2 for error in answer.get("errors", ()))
    total = quotidian.drain().total
    assert (total.read, total.dead) == (len(events), answer["rejected"])
    assert total.new + total.duplicate + total.skipped == answer["accepted"]
    assert quotidian.kpi("dau", DAY, app_id=app) == [len(good)]


NUMBER = count()


@pytest.mark.slow
@example([])
@example({})
@example({"a": []})
@example(DEEP)
@example("raw:1e999")
@example("raw:" + "9" * 100)
@example("\ud800")
@example("\0")
@example(2**64)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES)
def test_any_value_in_any_field_of_an_event_leaves_its_neighbours_alone(quotidian: Quotidian, value: object) -> None:
    number = next(NUMBER)
    assert_taken_with_neighbours(quotidian, number, list(odd_events(value, number)))


def odd_objects(array: str, value: object) -> Iterator[Json]:
    good = TRACKED[array]
    for name in TRACKED_FIELDS:
        yield {**good, name: value}
        yield {**{each: said for each, said in good.items() if each != "external_id"}, name: value}
    for name in ("alias_name", "alias_label"):
        alias = {"alias_name": "ana", "alias_label": "nick", name: value}
        yield {**{each: said for each, said in good.items() if each != "external_id"}, "user_alias": alias}
    yield value  # type: ignore[misc]


def good_object(array: str, number: int, place: int) -> Json:
    return {**TRACKED[array], "external_id": f"user {number} {place}", "app_id": f"app {number}"}


@pytest.mark.slow
@example([])
@example({"alias_name": [], "alias_label": {}})
@example(DEEP)
@example("raw:1e999")
@example("\udc00")
@example(2**64)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES)
def test_any_value_in_any_field_of_a_tracked_object_leaves_its_neighbours_alone(
    quotidian: Quotidian, value: object
) -> None:
    number = next(NUMBER)
    body: dict[str, list[Json]] = {}
    for array in TRACKED:
        odd = list(odd_objects(array, value))
        body[array] = [good_object(array, number, 0)]
        for place, each in enumerate(odd, 1):
            body[array] += [each, good_object(array, number, place)]
    response = quotidian.post("/users/track", text_of(body))
    assert response.status_code == 201, response.text
    assert_tracked(quotidian, body, response.json())


def assert_tracked(quotidian: Quotidian, body: Mapping[str, list[Json]], answer: Json) -> None:
    """Each object was processed or is an error, no good one is, and what was accepted is in the event store."""
    errors = answer.get("errors", [])
    assert all(error["index"] % 2 for error in errors)
    refused = len(errors) + answer.get("errors_not_listed", 0)
    assert sum(answer[f"{array}_processed"] for array in body) + refused == sum(map(len, body.values()))
    report = quotidian.drain()
    assert report.total.dead == refused
    assert report.total.new >= sum(len(body[array]) // 2 + 1 for array in ("events", "purchases"))
    assert {event_type for event_type, _ in report.doubts} <= {"users.behaviors.Purchase"}
    assert all(doubt.startswith(NO_RATE) or doubt == "purchase without a currency" for _, doubt in report.doubts)


@pytest.mark.parametrize("group", [[], {}, ["other group"], 5, True, None])
def test_an_app_group_id_that_is_no_text_is_nobodys(quotidian: Quotidian, group: object) -> None:
    quotidian.add_workspace("other", app_group_id="other group")
    assert quotidian.post_events(session("ana", DAY, app_group_id=group))["accepted"] == 1
    quotidian.drain()
    assert quotidian.kpi("dau", DAY) == [1]


def test_an_integer_of_more_than_64_bits_is_no_id(quotidian: Quotidian) -> None:
    quotidian.post_events(*(session(f"user {number}", DAY, app_id=number) for number in (2**64, 10**30, -(2**70))))
    assert quotidian.drain().total.new == 3
    assert quotidian.events.rows("SELECT DISTINCT app_id FROM quotidian.events", {}, tuple[str]) == [("",)]


def test_an_event_that_is_nested_too_deeply_to_read_is_a_bad_request(quotidian: Quotidian) -> None:
    body = b'{"events": [%s%s]}' % (b"[" * 5_000, b"]" * 5_000)
    response = quotidian.post("/events", body)
    assert (response.status_code, "nested" in response.json()["message"]) == (400, True)


def test_an_event_that_is_too_large_is_a_dead_letter(quotidian: Quotidian) -> None:
    large = session("bo", DAY, app_id="x" * 300_000)
    answer = quotidian.post_events(session("ana", DAY), large, session("cy", DAY))
    assert (answer["accepted"], answer["errors"][0]["index"]) == (2, 1)
    assert "262144 bytes" in answer["errors"][0]["type"]
    quotidian.drain()
    with quotidian.engine.connect() as connection:
        (letter,) = list_dead_letters(connection, quotidian.workspace(), 10)
    assert len(letter.record) == 10_000
    assert letter.record.startswith('{"')


def test_a_purchase_of_many_copies_of_a_long_text_is_a_dead_letter(quotidian: Quotidian) -> None:
    long = {**TRACKED["purchases"], "product_id": "x" * 100_000, "quantity": 100}
    response = quotidian.post("/users/track", {"purchases": [long, TRACKED["purchases"]]})
    assert (response.status_code, response.json()["purchases_processed"]) == (201, 1)
    assert "larger" in response.json()["errors"][0]["type"]
    assert quotidian.drain().total.new == 1


def test_half_a_surrogate_pair_anywhere_becomes_a_question_mark(quotidian: Quotidian) -> None:
    body = json.dumps({"events": [session("ana", DAY, app_id="a\ud83d\ude00\ud83d\\\udc00b\\ud800")]}).encode()
    assert quotidian.post("/events", body).json()["accepted"] == 1
    quotidian.drain()
    found = quotidian.events.rows("SELECT app_id FROM quotidian.events", {}, tuple[str])
    assert found == [("a😀?\\?b\\ud800",)]
