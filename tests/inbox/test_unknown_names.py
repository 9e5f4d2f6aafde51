"""Event types and fields that are not known: told with what was probably meant, counted, and refused if that is set."""

import json
from pathlib import Path
from time import time
from typing import Any

import msgspec
import pytest
from commands import Command
from conftest import Json, Quotidian
from currents import write_jsonl
from events import email, event, purchase, session
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quotidian.control.dead_letters import list_dead_letters
from quotidian.control.unknown import MOST_NAMES, OTHERS, Unknown, all_unknown, note_unknown
from quotidian.domain.days import now_micros
from quotidian.domain.vocabulary import SCHEMAS
from quotidian.inbox.checking import Rules, check_events
from quotidian.inbox.unknown import MOST_LISTED
from quotidian.store.series import writing

DAY = "2024-03-30"
SEND = "users.messages.email.Send"
ANA, BO = session("ana", DAY), session("bo", DAY)
GOOD = email("Send", "ana", DAY, "spring")


def sent(**more: object) -> Json:
    """A Send, with more at its top."""
    return {**email("Send", "ana", DAY, "spring"), **more}


def typed(event_type: str) -> Json:
    return {**session("ana", DAY), "event_type": event_type}


def kept(quotidian: Quotidian) -> list[tuple[str, str, str, int]]:
    """What the series store has of names that are not known."""
    with quotidian.engine.connect() as connection:
        return [each[:4] for each in all_unknown(connection, quotidian.workspace())]


def reasons(quotidian: Quotidian) -> list[str]:
    with quotidian.engine.connect() as connection:
        return sorted(each.reason for each in list_dead_letters(connection, quotidian.workspace(), 1_000))


@pytest.fixture
def strict(folder: Path) -> Any:
    opened = Quotidian(folder, strict_events="1")
    yield opened
    opened.close()


# What is answered


def test_an_event_of_an_unknown_type_is_counted_and_told_with_the_nearest_known_type(quotidian: Quotidian) -> None:
    answer = quotidian.post_events(typed("users.messages.email.send"), typed("users.messages.email.send"), ANA)
    assert answer == {
        "message": "success",
        "accepted": 3,
        "rejected": 0,
        "of_unknown_type": 2,
        "unknown_types": [{"name": "users.messages.email.send", "events": 2, "nearest": SEND}],
    }


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("users.messages.email.send", SEND),
        ("email.Send", SEND),
        ("dataexport.S3.users.messages.email.Send", SEND),
        ("users.message.email.Open", "users.messages.email.Open"),
        ("users.behaviors.custom_event", "users.behaviors.CustomEvent"),
        ("nothing like it", None),
        ("Send", None),
    ],
)
def test_a_type_is_told_with_the_known_one_that_is_near(quotidian: Quotidian, written: str, meant: str | None) -> None:
    (told,) = quotidian.post_events(typed(written))["unknown_types"]
    assert told.get("nearest") == meant


def test_a_field_that_belongs_into_properties_is_told_so(quotidian: Quotidian) -> None:
    answer = quotidian.post_events(sent(campaign_id="spring"))
    assert (answer["accepted"], answer["rejected"]) == (1, 0)
    assert answer["unknown_fields"] == [
        {"name": "campaign_id", "events": 1, "nearest": "properties.campaign_id", "belongs_in": "properties"}
    ]


@pytest.mark.parametrize(
    ("event", "name", "nearest"),
    [
        (sent(properties={"campain_id": "spring"}), "properties.campain_id", "properties.campaign_id"),
        (sent(campain_id="spring"), "campain_id", "properties.campaign_id"),
        (sent(user={"user_id": "ana", "external_userid": "a"}), "user.external_userid", "user.external_user_id"),
        (sent(user_id="ana"), "user_id", "user.user_id"),
        (sent(properties={"zzzz": 1}), "properties.zzzz", None),
        (sent(**{"": 1}), '""', None),
    ],
)
def test_an_unknown_field_is_told_with_the_known_one_that_is_near(
    quotidian: Quotidian, event: Json, name: str, nearest: str | None
) -> None:
    (told,) = quotidian.post_events(event)["unknown_fields"]
    assert (told["name"], told.get("nearest")) == (name, nearest)


def test_values_of_unknown_fields_are_told_nowhere(quotidian: Quotidian) -> None:
    answer = quotidian.post_events(sent(campain_id="a secret"))
    quotidian.drain()
    assert "a secret" not in json.dumps([answer, kept(quotidian)])


def test_the_unknown_fields_of_an_event_that_is_rejected_are_told_too(quotidian: Quotidian) -> None:
    answer = quotidian.post_events({**GOOD, "user": {}, "user_id": "ana"})
    assert answer["errors"][0]["type"] == "no user"
    assert answer["unknown_fields"][0]["belongs_in"] == "user"


@pytest.mark.parametrize("event_type", SCHEMAS)
def test_no_field_that_currents_has_is_unknown(event_type: str) -> None:
    of_user = ("user_id", "external_user_id", "device_id", "timezone")
    posted = {
        "event_type": event_type,
        "id": "e",
        "time": 1_711_753_200,
        "user": dict.fromkeys(of_user, "ana"),
        "properties": {name: "x" for name in SCHEMAS[event_type] if name not in ("id", "time", *of_user[:2])},
    }
    checked = check_events([msgspec.Raw(json.dumps(posted).encode())], "here", Rules(is_strict=True))
    assert (checked.answer(), len(checked.lines)) == ({}, 1)


def test_the_properties_of_custom_events_and_purchases_are_free(strict: Quotidian) -> None:
    free = {"kind": "green", "campain_id": "c", "properties": {"nmae": 1}}
    own = {**event("users.behaviors.CustomEvent", "ana", DAY), "properties": {"name": "tea", **free}}
    price = {"product_id": "tea", "price": 3, "currency": "USD"}
    bought = {**purchase("ana", DAY, 3), "properties": {**price, **free}}
    assert strict.post_events(own, bought) == {"message": "success", "accepted": 2, "rejected": 0}


def test_events_far_in_the_future_are_counted_in_the_answer(quotidian: Quotidian) -> None:
    answer = quotidian.post_events({**ANA, "time": time() + 90_000}, {**BO, "time": time() + 3_600})
    assert (answer["accepted"], answer["in_the_future"]) == (2, 1)


def test_fields_that_track_does_not_have_are_told(quotidian: Quotidian) -> None:
    own = {"external_id": "ana", "name": "tea", "time": NOON, "app_di": "1", "properties": {"nmae": "green"}}
    bought = {"external_id": "ana", "product_id": "tea", "currency": "USD", "price": 1, "time": NOON, "quantaty": 2}
    about = {"external_id": "ana", "shoe_size": 40}
    answer = quotidian.post("/users/track", {"events": [own], "purchases": [bought], "attributes": [about]}).json()
    assert (answer["events_processed"], answer["purchases_processed"]) == (1, 1)
    assert answer["unknown_fields"] == [
        {"name": "events[].app_di", "events": 1, "nearest": "events[].app_id"},
        {"name": "purchases[].quantaty", "events": 1, "nearest": "purchases[].quantity"},
    ]


NOON = f"{DAY}T12:00:00Z"


# What is refused


def test_strict_events_refuses_each_by_itself_with_what_was_meant(strict: Quotidian) -> None:
    bad = [typed("users.messages.email.send"), sent(campaign_id="spring"), sent(campain_id=1, zzzz=1)]
    answer = strict.post_events(ANA, *bad, BO)
    assert (answer["accepted"], answer["rejected"], answer["of_unknown_type"]) == (2, 3, 1)
    told = [
        f"unknown event type users.messages.email.send: the nearest known is {SEND}",
        "unknown field campaign_id: it belongs in properties",
        "unknown field campain_id: the nearest known is properties.campaign_id; unknown field zzzz",
    ]
    assert answer["errors"] == [
        {"type": reason, "input_array": "events", "index": index} for index, reason in enumerate(told, 1)
    ]
    report = strict.drain()
    assert (report.total.new, report.total.dead) == (2, 3)
    assert reasons(strict) == sorted(told)
    assert [name for _, name, _, _ in kept(strict)] == [
        "users.messages.email.send",
        "campaign_id",
        "campain_id",
        "zzzz",
    ]


def test_strict_events_refuses_objects_of_track_with_unknown_fields(strict: Quotidian) -> None:
    own = [{"external_id": "ana", "name": "tea", "time": NOON}, {"external_id": "ana", "name": "tea", "tmie": NOON}]
    answer = strict.post("/users/track", {"events": own}).json()
    assert answer["events_processed"] == 1
    assert answer["errors"] == [
        {"type": "unknown field events[].tmie: the nearest known is events[].time", "input_array": "events", "index": 1}
    ]


# Times


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        (1_711_800_000_000, "time 1711800000000 looks like milliseconds; seconds are expected"),
        (1_711_800_000_000.5, "time 1711800000000 looks like milliseconds; seconds are expected"),
        (1_711_800_000_000_000, "time 1711800000000000 looks like microseconds; seconds are expected"),
        (1_711_800_000_000_000_000, "time 1711800000000000000 looks like nanoseconds; seconds are expected"),
        (1 << 32, "time 4294967296 is in the future (year 2106)"),
        (9_999_999_999, "time 9999999999 is in the future (year 2286)"),
        ("2500-01-01T00:00:00Z", "time 2500-01-01T00:00:00Z is in the future (year 2500)"),
        (1e300, "no usable time"),
        (-1, "no usable time"),
        (True, "no usable time"),
        ("1711800000", "no usable time"),
        ("soon", "no usable time"),
        (None, "no usable time"),
    ],
)
def test_a_time_that_is_too_large_is_told_so_posted_and_in_a_file(
    quotidian: Quotidian, when: object, reason: str
) -> None:
    assert quotidian.post_events({**ANA, "time": when})["errors"][0]["type"] == reason
    report = quotidian.deliver({**BO, "time": when})
    quotidian.drain()
    assert reasons(quotidian) == [reason, reason]
    ((_, counted),) = report.reasons
    assert counted == reason if reason.startswith("no") else "17118" not in counted


def test_a_tracked_time_in_milliseconds_is_told_so(quotidian: Quotidian) -> None:
    own = {"external_id": "ana", "name": "tea", "time": 1_711_800_000_000}
    (error,) = quotidian.post("/users/track", {"events": [own]}).json()["errors"]
    assert error["type"] == "time 1711800000000 looks like milliseconds; seconds are expected"


def test_many_times_in_milliseconds_are_one_reason_of_a_load(quotidian: Quotidian) -> None:
    report = quotidian.deliver(*({**session(f"user {n}", DAY), "time": 1_711_800_000_000 + n} for n in range(50)))
    assert report.reasons == {(ANA["event_type"], "time looks like milliseconds; seconds are expected"): 50}


def test_a_loaded_event_in_the_future_is_kept_and_told(quotidian: Quotidian) -> None:
    report = quotidian.deliver({**ANA, "time": int(time()) + 90_000})
    assert report.doubts == {(ANA["event_type"], "time in the future"): 1}
    assert report.total.new == 1


# What is kept of it


def test_what_is_unknown_is_counted_over_time_posted_and_loaded(quotidian: Quotidian) -> None:
    for _ in range(2):
        quotidian.post_events(typed("users.messages.email.send"), sent(campaign_id="spring"))
        quotidian.drain()
    quotidian.deliver(typed("users.messages.email.send"), typed("users.new"))
    assert kept(quotidian) == [
        ("type", "users.messages.email.send", SEND, 3),
        ("type", "users.new", "", 1),
        ("field", "campaign_id", "properties.campaign_id", 2),
    ]


def test_each_workspace_has_its_own(quotidian: Quotidian) -> None:
    other = quotidian.add_workspace("other")
    quotidian.post_events(typed("users.new"), key=other)
    quotidian.drain()
    assert kept(quotidian) == []
    with quotidian.engine.connect() as connection:
        assert len(all_unknown(connection, quotidian.workspace("other"))) == 1


def test_status_lists_what_is_unknown(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    command.init()
    file = tmp_path / "events.jsonl"
    write_jsonl(file, [typed("users.messages.email.send"), typed("users.\x1b[2J")])
    assert f"users.messages.email.send: the nearest known type is {SEND}" in command.here("ingest", file).stdout
    text = command.here("status").stdout
    assert "type users.messages.email.send of default" in text
    assert f"the nearest known is {SEND}" in text
    assert "\x1b" not in text
    told = json.loads(command.here("status", "--format", "json").stdout)
    assert told["events_of_unknown_types"] == 2
    assert {each["name"] for each in told["unknown"]} == {"users.messages.email.send", "users.\x1b[2J"}


# Names that are made to do harm


def test_a_body_of_unknown_names_without_end_is_answered_briefly(quotidian: Quotidian) -> None:
    types = [typed(f"users.{n}." + "x" * 1_000) for n in range(500)]
    fields = [sent(**{f"{n} {'y' * 1_000}": 1 for n in range(100 * m, 100 * m + 100)}) for m in range(20)]
    response = quotidian.post("/events", {"events": [*types, *fields]})
    answer = response.json()
    assert len(response.content) < 30_000
    assert answer["of_unknown_type"] == 500
    assert len(answer["unknown_types"]) == len(answer["unknown_fields"]) == MOST_LISTED
    assert answer["unknown_types_not_listed"] == 500 - MOST_LISTED
    assert answer["unknown_fields_not_listed"] == 2_000 - MOST_LISTED
    quotidian.drain()
    assert sum(events for kind, _, _, events in kept(quotidian) if kind == "field") == 2_000


def test_of_names_without_end_a_bounded_number_is_kept_and_the_rest_counted(quotidian: Quotidian) -> None:
    for start in range(0, 300, 50):
        quotidian.post_events(*(typed(f"users.new.{n}") for n in range(start, start + 50)))
        quotidian.drain()
    found = kept(quotidian)
    assert len(found) == MOST_NAMES + 1
    assert found[0] == ("type", OTHERS, "", 300 - MOST_NAMES)
    quotidian.post_events(typed("users.new.0"))
    quotidian.drain()
    assert ("type", "users.new.0", "", 2) in kept(quotidian)


def test_a_file_of_types_without_end_makes_a_short_report(quotidian: Quotidian) -> None:
    report = quotidian.deliver(*(typed(f"users.new.{n:05}") for n in range(3_000)), ANA)
    assert (report.total.skipped, report.total.new) == (3_000, 1)
    assert len(report.types) <= 202
    assert len(kept(quotidian)) == MOST_NAMES + 1


def test_strict_refusals_of_names_without_end_are_counted_by_their_kind(strict: Quotidian) -> None:
    answer = strict.post_events(*(typed(f"users.new.{n}") for n in range(2_500)))
    assert (answer["accepted"], answer["rejected"]) == (0, 2_500)
    strict.drain()
    (rest,) = [each for each in reasons(strict) if "too many to keep" in each]
    with strict.engine.connect() as connection:
        records = [
            each.record for each in list_dead_letters(connection, strict.workspace(), 2_000) if each.reason == rest
        ]
    assert json.loads(records[0]) == {"rejected": {"unknown event type": 1_500}}


texts = st.text(max_size=150) | st.sampled_from(["\x00", "", "\x1b[2J", "campaign_id", "a.b", "(others)", "𝒳" * 120])
members = st.dictionaries(texts, st.integers(0, 3), max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(types=st.lists(texts, max_size=8), tops=st.lists(members, max_size=8), inner=st.lists(members, max_size=8))
def test_whatever_names_come_the_answer_is_json_and_what_is_kept_bounded(
    quotidian: Quotidian, types: list[str], tops: list[Json], inner: list[Json]
) -> None:
    events = [
        *(typed(each) for each in types),
        *({**each, **GOOD} for each in tops),
        *({**GOOD, "user": {"user_id": "ana", **each}, "properties": each} for each in inner),
    ]
    answer = quotidian.post_events(*events)
    assert answer["accepted"] + answer["rejected"] == len(events)
    listed = [*answer.get("unknown_types", ()), *answer.get("unknown_fields", ())]
    assert len(listed) <= 2 * MOST_LISTED
    assert all(len(each["name"]) <= 111 for each in listed)
    quotidian.drain()
    assert len(kept(quotidian)) <= 2 * (MOST_NAMES + 1)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.tuples(st.sampled_from(["type", "field"]), texts, st.integers(1, 5)), max_size=40))
def test_whatever_is_noted_every_event_stays_counted(quotidian: Quotidian, names: list[Any]) -> None:
    before = sum(events for _, _, _, events in kept(quotidian))
    with writing(quotidian.engine) as connection:
        found = [Unknown(kind, name, "", n) for kind, name, n in names]
        note_unknown(connection, quotidian.workspace(), found, now_micros())
    after = kept(quotidian)
    assert sum(events for _, _, _, events in after) == before + sum(n for _, _, n in names)
    assert len(after) <= 2 * (MOST_NAMES + 1)
