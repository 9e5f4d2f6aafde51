"""What is posted: counted once, whatever comes after the answer; and the answer says what was refused."""

import gzip
import json
import logging
import re
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from conftest import Json, Quotidian, days_between
from events import email, event, session
from oracle import Oracle
from sqlalchemy.exc import OperationalError
from test_whole_path import assert_equal_to_oracle
from worlds import RATES, make_world

from quotidian.catalogue import CatalogueFile
from quotidian.control.dead_letters import list_dead_letters
from quotidian.domain.days import now_micros
from quotidian.inbox.checking import PROPERTIES
from quotidian.inbox.store import DiskInbox, Inbox
from quotidian.inbox.writer import InboxWriter
from quotidian.store.sql import statement

DAY = "2024-03-30"
NOON = f"{DAY}T12:00:00Z"
ANA, BO = session("ana", DAY), session("bo", DAY)


def letters(quotidian: Quotidian) -> list[tuple[str, str]]:
    """Reason and origin of each dead letter."""
    with quotidian.engine.connect() as connection:
        return sorted(
            (each.reason, each.origin) for each in list_dead_letters(connection, quotidian.workspace(), 1_000)
        )


# Events


def test_posted_events_count_once_they_are_taken_over(quotidian: Quotidian) -> None:
    assert quotidian.post_events(ANA, BO) == {"message": "success", "accepted": 2, "rejected": 0}
    assert quotidian.kpi("dau", DAY) == [0]
    assert quotidian.drain().total.new == 2
    assert quotidian.kpi("dau", DAY) == [2]


def test_what_is_answered_is_in_the_inbox_for_any_process_to_see(quotidian: Quotidian) -> None:
    quotidian.post_events(ANA)
    another = DiskInbox(quotidian.folder)
    assert b"ana" in another.take(1_000)[0].events
    another.close()


def test_a_body_that_is_posted_twice_counts_once(quotidian: Quotidian) -> None:
    quotidian.post_events(ANA, ANA)
    quotidian.post_events(ANA)
    quotidian.drain()
    quotidian.post_events(ANA)
    report = quotidian.drain()
    assert (report.total.new, report.total.duplicate) == (0, 1)
    assert quotidian.kpi("dau", DAY) == [1]


def test_an_event_that_came_in_a_file_does_not_count_again_when_it_is_posted(quotidian: Quotidian) -> None:
    quotidian.deliver(ANA)
    quotidian.post_events(ANA)
    assert quotidian.drain().total.duplicate == 1


def test_a_bad_event_does_not_reject_its_neighbours(quotidian: Quotidian) -> None:
    bad = {**BO, "time": "yesterday"}
    answer = quotidian.post_events(ANA, bad, "no event", {**BO, "id": ""}, {**BO, "user": {}}, {**BO, "event_type": 5})
    reasons = ["no usable time", "not a JSON object", "no id", "no user", "no event type"]
    assert (answer["accepted"], answer["rejected"]) == (1, 5)
    assert answer["errors"] == [
        {"type": reason, "input_array": "events", "index": index} for index, reason in enumerate(reasons, 1)
    ]
    report = quotidian.drain()
    assert (report.total.new, report.total.dead) == (1, 5)
    assert quotidian.kpi("dau", DAY) == [1]
    assert letters(quotidian) == sorted((reason, "POST /events") for reason in reasons)


def test_a_dead_letter_has_the_whole_event_and_is_kept_once(quotidian: Quotidian) -> None:
    bad = {**BO, "time": None, "properties": {"anything": [1, {"deep": True}]}}
    for _ in range(2):
        quotidian.post_events(bad)
        quotidian.drain()
    with quotidian.engine.connect() as connection:
        (letter,) = list_dead_letters(connection, quotidian.workspace(), 10)
    assert json.loads(letter.record) == bad
    assert letter.event_id == BO["id"]


def test_events_of_unknown_types_are_accepted_and_skipped(quotidian: Quotidian) -> None:
    assert quotidian.post_events({**ANA, "event_type": "users.something.New"})["accepted"] == 1
    report = quotidian.drain()
    assert report.types["users.something.New"].skipped == 1
    assert letters(quotidian) == []


def test_no_events_are_a_success(quotidian: Quotidian) -> None:
    assert quotidian.post_events() == {"message": "success", "accepted": 0, "rejected": 0}
    assert quotidian.services.inboxes.posted.depth().deliveries == 0


def test_events_that_need_no_user_are_accepted_without_one(quotidian: Quotidian) -> None:
    reply = {**event("users.messages.sms.InboundReceive", "ana", DAY, campaign_id="c"), "user": {}}
    assert quotidian.post_events(reply)["accepted"] == 1
    assert quotidian.drain().total.new == 1


def test_nothing_of_an_event_is_kept_but_what_some_number_needs(quotidian: Quotidian) -> None:
    quotidian.post_events(email("Open", "ana", DAY, "c", email_address="ana@example.com", user_agent="Mozilla"))
    (delivery,) = quotidian.services.inboxes.posted.take(1_000)
    assert b"campaign_id" in delivery.events
    assert b"ana@example.com" not in delivery.events
    assert b"Mozilla" not in delivery.events


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"events"',
        b"5",
        b"{}",
        b'{"events": {}}',
        b'{"events": null}',
        b"\xff",
        b'{"events"}',
        b'{"events": [NaN]}',
        b"[" * 100000,
        b'{"events": ' + b"[" * 100000 + b"]" * 100000 + b"}",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_a_body_that_is_no_json_or_not_of_the_shape_is_a_bad_request(quotidian: Quotidian, body: bytes) -> None:
    response = quotidian.post("/events", body)
    assert response.status_code == 400
    assert "body" in response.json()["message"]


@pytest.mark.parametrize("odd", [rb'"\ud800"', b"1e999", b"-1e999", b"9" * 5_000, b"9" * 100])
def test_json_that_decoders_refuse_does_not_hold_up_its_neighbours(quotidian: Quotidian, odd: bytes) -> None:
    strange = json.dumps({**BO, "properties": {"price": "ODD"}}).encode().replace(b'"ODD"', odd)
    body = b'{"events": [%s, %s]}' % (json.dumps(ANA).encode(), strange)
    assert quotidian.post("/events", body).json()["accepted"] == 2
    quotidian.drain()
    assert quotidian.kpi("dau", DAY) == [2]


def test_a_world_that_is_posted_in_batches_has_the_numbers_of_the_oracle(folder: Path) -> None:
    quotidian = Quotidian(folder)
    world = make_world(8, users=15, days=30)
    quotidian.import_catalogue(CatalogueFile(dict(RATES)))
    oracle = Oracle(timezone="Europe/Paris", rates=RATES)
    oracle.deliver(world.events)
    for start in range(0, len(world.events), 100):
        quotidian.post_events(*world.events[start : start + 100])
        if start % 700 == 0:
            quotidian.drain()
    quotidian.drain()
    assert_equal_to_oracle(quotidian, oracle, days_between(world.days[0], world.days[-1]))
    quotidian.close()


def test_of_a_posted_event_is_kept_what_files_are_read_for() -> None:
    read = re.findall(r"tupleElement\(p, '(\w+)'\)", statement("quotidian.ingest", "read_json"))
    assert {*PROPERTIES, "app_group_id"} == set(read)


# Packed bodies


def test_a_gzipped_body_is_unpacked(quotidian: Quotidian) -> None:
    body = json.dumps({"events": [ANA]}).encode()
    two_members = gzip.compress(body[:20]) + gzip.compress(body[20:])
    for packed in (gzip.compress(body), two_members):
        assert quotidian.post("/events", packed, Content_Encoding="gzip").json()["accepted"] == 1


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (b"not gzip", "gzip", 400),
        (gzip.compress(b'{"events": []}')[:-4], "gzip", 400),
        (b"", "br", 415),
        (gzip.compress(bytes(11_000_000)), "gzip", 413),
        (b" " * 11_000_000, "identity", 413),
    ],
    ids=["not gzip", "cut short", "brotli", "a bomb", "too large"],
)
def test_a_body_that_is_not_what_it_says_or_too_large_is_refused(
    quotidian: Quotidian, body: bytes, encoding: str, status: int
) -> None:
    response = quotidian.post("/events", body, Content_Encoding=encoding)
    assert response.status_code == status
    assert response.json()["message"]


# Keys and workspaces


def test_a_key_needs_the_permission(quotidian: Quotidian) -> None:
    for path, permission in (("/events", "events.ingest"), ("/users/track", "users.track")):
        assert quotidian.post(path, {}, key="nobody's").status_code == 401
        refused = quotidian.post(path, {}, key=quotidian.new_key("kpi.dau.data_series"))
        assert refused.status_code == 403
        assert permission in refused.json()["message"]
        assert quotidian.post(path, {}, key=quotidian.new_key(permission)).status_code == 400


def test_events_go_to_the_workspace_of_the_key(quotidian: Quotidian) -> None:
    other = quotidian.add_workspace("other", app_group_id="other group")
    quotidian.post_events(ANA)
    quotidian.post_events(ANA, BO, key=other)
    quotidian.drain()
    assert quotidian.kpi("dau", DAY) == [1]
    assert quotidian.kpi("dau", DAY, key=other) == [2]


def test_an_event_that_names_another_workspace_is_refused(quotidian: Quotidian) -> None:
    other = quotidian.add_workspace("other", app_group_id="other group")
    theirs, own, nobodys = (
        session(group, DAY, app_group_id=group) for group in ("other group", "default", "never heard of")
    )
    answer = quotidian.post_events(theirs, own, nobodys)
    assert [error["type"] for error in answer["errors"]] == ["app_group_id of another workspace"]
    quotidian.drain()
    assert quotidian.kpi("dau", DAY) == [2]
    assert quotidian.kpi("dau", DAY, key=other) == [0]


def test_a_workspace_that_is_new_takes_events_at_once(quotidian: Quotidian) -> None:
    quotidian.post_events(ANA)
    quotidian.drain()
    other = quotidian.add_workspace("other")
    quotidian.post_events(BO, key=other)
    quotidian.drain()
    assert quotidian.kpi("dau", DAY, key=other) == [1]


def test_posts_have_a_limit_of_their_own(folder: Path) -> None:
    quotidian = Quotidian(folder, ingest_minute_limit="2", hourly_limit="5")
    assert [quotidian.post("/events", {"events": []}).status_code for _ in range(3)] == [200, 200, 429]
    assert quotidian.get("/kpi/dau/data_series", length=1).headers["X-RateLimit-Remaining"] == "4"
    quotidian.close()


# When events cannot be kept


def test_a_full_inbox_refuses_and_what_it_has_stays(folder: Path) -> None:
    quotidian = Quotidian(folder, inbox_bytes="1000")
    answers = [quotidian.post("/events", {"events": [session(f"user {n}", DAY)]}) for n in range(30)]
    accepted = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 503]
    assert 0 < len(accepted) < len(accepted) + len(refused) == 30
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    assert "full" in refused[0].json()["message"]
    quotidian.drain()
    assert quotidian.kpi("dau", DAY) == [len(accepted)]
    assert quotidian.post("/events", {"events": [ANA]}).status_code == 200
    quotidian.close()


def test_a_disk_that_cannot_be_written_is_answered_503(quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> list[bool]:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    with monkeypatch.context() as broken:
        broken.setattr(Inbox, "put", fail)
        response = quotidian.post("/events", {"events": [ANA]})
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert "disk" not in response.text  # the log says why; clients need not know
    assert quotidian.post("/events", {"events": [ANA]}).status_code == 200


def test_requests_that_wait_at_the_same_time_share_a_transaction(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[int] = []
    others: list[Future[None]] = []
    put = Inbox.put

    def slow_at_first(inbox: Inbox, deliveries: Any, most: int) -> list[bool]:
        groups.append(len(deliveries))
        if len(groups) == 1:
            others.extend(writer.put(delivery) for _ in range(20))
        return put(inbox, deliveries, most)

    quotidian.post_events(ANA)
    (delivery,) = quotidian.services.inboxes.posted.take(1_000)
    monkeypatch.setattr(Inbox, "put", slow_at_first)
    writer = InboxWriter(quotidian.services.inboxes.posted, 1_000_000)
    writer.put(delivery).result()
    for each in others:
        each.result()
    writer.close()
    assert groups == [1, 20]


def test_a_client_that_goes_away_leaves_the_writer_to_the_others(quotidian: Quotidian) -> None:
    quotidian.post_events(ANA)
    (delivery,) = quotidian.services.inboxes.posted.take(1_000)
    assert not quotidian.services.writer.put(delivery).cancel()
    assert quotidian.post_events(BO)["accepted"] == 1
    assert quotidian.services.inboxes.posted.depth().deliveries == 3


def test_a_fault_of_the_inbox_is_answered_503_and_the_writer_goes_on(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Inbox, "put", lambda *_: 1 / 0)
        assert quotidian.post("/events", {"events": [ANA]}).status_code == 503
    assert quotidian.post("/events", {"events": [ANA]}).status_code == 200


@pytest.mark.parametrize("where", ["drain.add_dead_letters", "store.Inbox.remove"])
def test_a_crash_while_deliveries_are_taken_over_neither_loses_nor_doubles_them(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    quotidian.post_events(ANA, "no event")
    with monkeypatch.context() as broken:
        broken.setattr(f"quotidian.inbox.{where}", crash)
        with pytest.raises(KeyboardInterrupt):
            quotidian.drain()
    report = quotidian.drain()
    assert (report.total.new, report.total.duplicate) == (0, 1)
    assert quotidian.kpi("dau", DAY) == [1]
    assert len(letters(quotidian)) == 1


# /users/track


def custom(user: str = "ana", **changed: object) -> Json:
    return {"external_id": user, "name": "brewed tea", "time": NOON, **changed}


def bought(user: str = "ana", **changed: object) -> Json:
    return {
        "external_id": user,
        "product_id": "tea",
        "currency": "USD",
        "price": 4.5,
        "time": f"{DAY}T12:30:00Z",
        **changed,
    }


def track(quotidian: Quotidian, body: Json, **headers: str) -> Json:
    response = quotidian.post("/users/track", body, **headers)
    assert response.status_code == 201, response.text
    answer: Json = response.json()
    return answer


def tracked(quotidian: Quotidian) -> tuple[int, int]:
    """Custom events and purchases that were new."""
    types = quotidian.drain().types
    return tuple(  # type: ignore[return-value]
        types[name].new if name in types else 0 for name in ("users.behaviors.CustomEvent", "users.behaviors.Purchase")
    )


def test_custom_events_and_purchases_are_tracked_and_attributes_counted(quotidian: Quotidian) -> None:
    body = {"attributes": [{"external_id": "ana", "city": "Paris"}], "events": [custom()], "purchases": [bought()]}
    assert track(quotidian, body) == {
        "message": "success",
        "attributes_processed": 1,
        "events_processed": 1,
        "purchases_processed": 1,
    }
    assert tracked(quotidian) == (1, 1)


def test_a_tracked_purchase_is_revenue_of_the_campaign_that_its_user_received(quotidian: Quotidian) -> None:
    send = email("Send", "", NOON, "spring")
    quotidian.post_events({**send, "user": {"external_user_id": "ana"}})
    track(quotidian, {"purchases": [bought(quantity=3)]})
    quotidian.drain()
    assert quotidian.campaign("spring", DAY)[0]["revenue"] == 13.5


@pytest.mark.parametrize("headers", [{}, {"Idempotency_Key": "again"}])
def test_the_same_body_counts_once(quotidian: Quotidian, headers: dict[str, str]) -> None:
    body = {"events": [custom()], "purchases": [bought(quantity=2)]}
    for _ in range(3):
        track(quotidian, body, **headers)
    assert tracked(quotidian) == (1, 2)
    track(quotidian, body, **headers)
    assert tracked(quotidian) == (0, 0)


@pytest.mark.parametrize(
    "different",
    [{"external_id": "bo"}, {"name": "spilt tea"}, {"time": f"{DAY}T12:00:00.001Z"}],
    ids=["user", "name", "time"],
)
def test_events_of_another_user_name_or_time_count_apart(quotidian: Quotidian, different: Json) -> None:
    track(quotidian, {"events": [custom(), {**custom(), **different}]})
    assert tracked(quotidian) == (2, 0)


def test_the_same_moment_written_otherwise_is_the_same_event(quotidian: Quotidian) -> None:
    track(quotidian, {"events": [custom(), custom(time=f"{DAY}T13:00:00+01:00")]})
    assert tracked(quotidian) == (1, 0)


def test_an_event_without_a_time_is_known_by_the_key_of_its_request(quotidian: Quotidian) -> None:
    timeless = {"external_id": "ana", "name": "brewed tea"}
    for key in ("one", "one", "two"):
        track(quotidian, {"events": [timeless, timeless]}, Idempotency_Key=key)
    assert tracked(quotidian) == (4, 0)
    answer = track(quotidian, {"events": [timeless]})
    assert answer["events_processed"] == 0
    assert "Idempotency-Key" in answer["errors"][0]["type"]


def test_an_event_without_a_time_happens_when_its_request_first_came(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeless = {"external_id": "ana", "name": "brewed tea"}
    first = now_micros()
    for hours, key, new in ((0, "one", 1), (5, "one", 0), (5, "two", 1), (47, "one", 0), (49, "one", 1)):
        now = first + hours * 3_600_000_000
        monkeypatch.setattr("quotidian.api.ingest.now_micros", lambda now=now: now)
        monkeypatch.setattr("quotidian.store.sqlite.clock", lambda _, now=now: now)
        track(quotidian, {"events": [timeless]}, Idempotency_Key=key)
        assert tracked(quotidian) == (new, 0)


def test_a_key_of_another_workspace_is_another_key(quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch) -> None:
    other = quotidian.add_workspace("other")
    timeless = {"external_id": "ana", "name": "brewed tea"}
    first = now_micros()
    for hours, key in ((0, other), (30, quotidian.key)):
        monkeypatch.setattr("quotidian.api.ingest.now_micros", lambda hours=hours: first + hours * 3_600_000_000)
        track(quotidian, {"events": [timeless]}, Idempotency_Key="one", Authorization=f"Bearer {key}")
    quotidian.drain()
    times = dict(
        quotidian.events.rows("SELECT workspace, max(time) FROM quotidian.events GROUP BY 1", {}, tuple[str, int])
    )
    assert times["default"] - times["other"] == 30 * 3_600_000_000


@pytest.mark.parametrize(
    "user",
    [
        {"external_id": "ana"},
        {"braze_id": "ana"},
        {"user_alias": {"alias_name": "ana", "alias_label": "nick"}},
        {"email": "ana@example.com"},
        {"phone": "+33 1"},
    ],
    ids=lambda user: next(iter(user)),
)
def test_a_user_is_known_by_any_identifier(quotidian: Quotidian, user: Json) -> None:
    assert track(quotidian, {"events": [{"name": "brewed tea", "time": NOON, **user}]})["events_processed"] == 1


@pytest.mark.parametrize(
    ("array", "bad", "said"),
    [
        ("events", {**custom(), "external_id": ""}, "external_id"),
        ("events", {**custom(), "name": None}, "name"),
        ("events", {**custom(), "time": "soon"}, "time"),
        ("events", "brewed", "object"),
        ("purchases", {**bought(), "price": "4.50"}, "price"),
        ("purchases", {**bought(), "currency": 5}, "currency"),
        ("purchases", {**bought(), "product_id": ""}, "product_id"),
        ("purchases", {**bought(), "quantity": 0}, "quantity"),
        ("purchases", {**bought(), "quantity": 101}, "quantity"),
        ("purchases", {**bought(), "quantity": True}, "quantity"),
        ("attributes", None, "object"),
    ],
)
def test_an_object_that_cannot_be_used_is_told_with_its_place(
    quotidian: Quotidian, array: str, bad: object, said: str
) -> None:
    good = {"attributes": {"external_id": "ana"}, "events": custom(), "purchases": bought()}[array]
    answer = track(quotidian, {array: [good, bad]})
    assert answer[f"{array}_processed"] == 1
    (error,) = answer["errors"]
    assert (error["input_array"], error["index"]) == (array, 1)
    assert said in error["type"]
    quotidian.drain()
    assert [origin for _, origin in letters(quotidian)] == ["POST /users/track"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"events": []},
        {"events": {}},
        {"events": [custom()] * 76},
        {"purchases": [bought()] * 76},
        {"attributes": [{}] * 76},
        [custom()],
    ],
    ids=["empty", "no events", "no list", "76 events", "76 purchases", "76 attributes", "a list"],
)
def test_a_body_of_another_shape_or_with_too_much_is_a_bad_request(quotidian: Quotidian, body: object) -> None:
    response = quotidian.post("/users/track", body)
    assert response.status_code == 400
    assert response.json()["message"]


def test_75_objects_of_each_kind_are_accepted(quotidian: Quotidian) -> None:
    users = [f"user {n}" for n in range(75)]
    body = {
        "attributes": [{"external_id": user} for user in users],
        "events": list(map(custom, users)),
        "purchases": list(map(bought, users)),
    }
    assert track(quotidian, body)["purchases_processed"] == 75
    assert tracked(quotidian) == (75, 75)


# What can be seen from outside


def test_every_answer_has_a_number_and_so_has_the_log(
    quotidian: Quotidian, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "quotidian.requests")
    answers = [
        quotidian.get("/kpi/dau/data_series", length=1),
        quotidian.get("/nowhere/ana@example.com"),
        quotidian.post("/events", b"{"),
    ]
    quotidian.services.observations.flush()
    told = [request for record in caplog.records for request in getattr(record, "requests", ())]
    assert [each.request_id for each in told] == [answer.headers["X-Request-Id"] for answer in answers]
    assert [(each.method, each.endpoint, each.status) for each in told] == [
        ("GET", "/kpi/dau/data_series", 200),
        ("GET", "other", 404),
        ("POST", "/events", 400),
    ]
    assert len({each.request_id for each in told}) == 3


def test_requests_need_not_be_logged(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "quotidian.requests")
    quotidian = Quotidian(folder, log_requests="0")
    quotidian.get("/kpi/dau/data_series", length=1)
    quotidian.services.observations.flush()
    assert caplog.records == []
    quotidian.close()


def metric(quotidian: Quotidian, name: str) -> float:
    lines = quotidian.get("/metrics").text.splitlines()
    return float(next(line.rpartition(" ")[2] for line in lines if line.startswith(f"quotidian_{name}")))


def test_metrics_say_what_was_asked_and_what_waits(quotidian: Quotidian) -> None:
    quotidian.get("/kpi/dau/data_series", length=1)
    quotidian.post_events(ANA, BO, "no event")
    assert metric(quotidian, 'requests_total{endpoint="/kpi/dau/data_series",method="GET",status="200"}') == 1
    assert metric(quotidian, 'request_seconds_count{endpoint="/events"}') == 1
    assert metric(quotidian, "events_accepted_total") == 2
    assert metric(quotidian, "inbox_deliveries") == 1
    assert metric(quotidian, "inbox_bytes") > 100
    assert 0 < metric(quotidian, "inbox_age_seconds") < metric(quotidian, "freshness_seconds")  # asked for later
    quotidian.drain()
    assert metric(quotidian, "inbox_deliveries") == metric(quotidian, "dirty_days") == 0


def test_metrics_need_no_key_and_count_unknown_paths_as_one(quotidian: Quotidian) -> None:
    for path in ("/nowhere", "/somewhere"):
        quotidian.get(path)
    text = quotidian.client.get("/metrics").text
    assert 'quotidian_requests_total{endpoint="other",method="GET",status="404"} 2.0' in text
    assert "nowhere" not in text


def test_a_fault_is_answered_with_the_number_of_its_request(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("quotidian.api.ingest.check_events", lambda *_: 1 / 0)
    response = quotidian.post("/events", {"events": []})
    assert response.status_code == 500
    assert response.headers["X-Request-Id"] in response.json()["message"]
    assert "ZeroDivisionError" in caplog.text
    assert "ZeroDivisionError" not in response.text
