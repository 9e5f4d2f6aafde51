"""How numbers are explained: what is refused, pages, and what happens while events come."""

from datetime import date
from typing import Any

import pytest
from conftest import Quotidian
from events import email, event, purchase, session
from explaining import explained, pages

from quotidian.domain.days import day_of
from quotidian.series.explain import explaining
from quotidian.series.explain.question import BadQuestion, Question
from quotidian.series.explain.sources import source_of
from quotidian.series.read import UnknownSubject
from quotidian.store.events import StatementFailed

DAY = day_of(date(2024, 3, 30))

# Pages


def test_events_that_have_time_and_id_in_common_are_each_listed_once(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining, "EVENTS_A_PAGE", 2)
    same = [session(f"user {number}", "2024-03-30T12:00") | {"id": "same"} for number in range(7)]
    quotidian.deliver(*same, session("ana", "2024-03-30T11:00"), session("ana", "2024-03-30T13:00"))
    found = [each for page in pages(quotidian, Question("/kpi/dau/data_series", DAY, "dau")) for each in page.events]
    assert len({each.user for each in found}) == 8
    assert [each.id == "same" for each in found] == [False, *[True] * 7, False]


def test_pages_of_pushes_that_were_delivered_end_with_the_number(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    def push(name: str, user: str, at: str) -> Any:
        said = {"campaign_id": "c", "send_id": "s", "message_variation_id": "v", "platform": "ios"}
        return event(f"users.messages.pushnotification.{name}", user, at, **said)

    quotidian.deliver(
        *(push("Send", user, f"2024-03-30T0{hour}:00") for hour, user in enumerate(["ana", "bo", "cy", "di", "ed"])),
        push("Send", "ana", "2024-03-30T10:00"),
        push("Bounce", "ana", "2024-03-30T11:00"),
        push("Bounce", "sent the day before", "2024-03-30T12:00"),
    )
    ids_of = {"campaign_id": "c", "send_id": "s"}
    question = Question("/sends/data_series", DAY, "delivered", "ios_push", "v", **ids_of)
    whole = explained(quotidian, question)
    assert (whole.value, len(whole.events), whole.is_complete) == (4, 4, True)
    monkeypatch.setattr(explaining, "EVENTS_A_PAGE", 3)
    found = list(pages(quotidian, question))
    assert [len(page.events) for page in found] == [3, 1]
    assert [each for page in found for each in page.events] == whole.events


# Questions


CAMPAIGN: dict[str, Any] = {"series": "/campaigns/data_series", "day": DAY, "campaign_id": "c"}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({**CAMPAIGN, "series": "/campaign/data_series", "metric": "opens"}, "the nearest is /campaigns/data_series"),
        ({**CAMPAIGN, "metric": "opens"}, "metric must be one of unique_recipients, revenue, "),
        (
            {**CAMPAIGN, "metric": "unique_open", "channel": "email", "variation": "v"},
            "the nearest is 'unique_opens'",
        ),
        ({**CAMPAIGN, "metric": "opens", "channel": "sms"}, "channel must be one of email, not 'sms'"),
        ({**CAMPAIGN, "metric": "opens", "channel": "email"}, "one of those of email, 'v', not none"),
        ({**CAMPAIGN, "metric": "opens", "channel": "email", "variation": "w"}, "'v', not 'w'"),
        ({**CAMPAIGN, "metric": "revenue", "variation": "v"}, "without a channel"),
        ({**CAMPAIGN, "metric": "revenue", "campaign_id": ""}, "campaign_id is missing"),
        ({**CAMPAIGN, "metric": "revenue", "app_id": "a"}, "app_id does not go with /campaigns/data_series"),
        ({"series": "/kpi/dau/data_series", "day": DAY, "metric": "mau"}, "metric must be one of dau, not 'mau'"),
        ({"series": "/kpi/dau/data_series", "day": day_of(date(2099, 1, 1)), "metric": "dau"}, "which is after today"),
        (
            {"series": "/kpi/dau/data_series", "day": DAY, "metric": "dau", "channel": "email"},
            "this series has no elements",
        ),
    ],
)
def test_a_question_without_a_number_says_what_would_be_right(
    quotidian: Quotidian, asked: dict[str, Any], words: str
) -> None:
    quotidian.deliver(email("Send", "ana", "2024-03-30", "c", message_variation_id="v"))
    with pytest.raises(BadQuestion) as raised:
        explained(quotidian, Question(**asked))
    assert words in str(raised.value)


@pytest.mark.parametrize(
    "ids",
    [
        {"series": "/campaigns/data_series", "campaign_id": "nobody"},
        {"series": "/kpi/dau/data_series", "app_id": "nobody"},
        {"series": "/segments/data_series", "segment_id": "nobody"},
        {"series": "/canvas/data_series", "canvas_id": "nobody"},
        {"series": "/events/data_series", "event": "nothing"},
        {"series": "/purchases/revenue_series", "product": "nothing"},
    ],
)
def test_what_is_not_known_cannot_be_explained(quotidian: Quotidian, ids: dict[str, str]) -> None:
    with pytest.raises(UnknownSubject):
        explained(quotidian, Question(day=DAY, metric="x", **ids))


@pytest.mark.parametrize("cursor", ["x", "é", "AAAA", "lcQIAAAAAAAAAACgAAA", "=", "a" * 5_000])
def test_what_is_no_cursor_is_refused(quotidian: Quotidian, cursor: str) -> None:
    with pytest.raises(BadQuestion, match="cursor must be one that an answer gave"):
        explained(quotidian, Question("/kpi/dau/data_series", DAY, "dau"), cursor)


def test_a_cursor_goes_with_its_own_question_only(quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explaining, "EVENTS_A_PAGE", 1)
    quotidian.deliver(session("ana", "2024-03-30"), session("bo", "2024-03-30"))
    cursor = explained(quotidian, Question("/kpi/dau/data_series", DAY, "dau")).cursor
    assert cursor
    for other in (Question("/kpi/mau/data_series", DAY, "mau"), Question("/kpi/dau/data_series", DAY, "dau")):
        quotidian.add_workspace(f"beside {other.metric}")
        workspace = "default" if other.metric == "mau" else "beside dau"
        with pytest.raises(BadQuestion, match="cursor is of another question"):
            explained(quotidian, other, cursor, workspace=workspace)


def test_a_day_without_data_has_no_events(quotidian: Quotidian) -> None:
    quotidian.deliver(email("Send", "ana", "2024-03-30", "c", message_variation_id="v"))
    for metric, channel in (("revenue", ""), ("conversions", ""), ("opens", "email"), ("unique_opens", "email")):
        question = Question(
            "/campaigns/data_series",
            day_of(date(2024, 4, 2)),
            metric,
            channel,
            "v" if channel else None,
            campaign_id="c",
        )
        found = explained(quotidian, question)
        assert (found.value, found.events, found.is_complete) == (0, [], True)


# What happens meanwhile


def test_workspaces_are_explained_apart(quotidian: Quotidian) -> None:
    quotidian.add_workspace("other", "Europe/Paris")
    same = [
        email("Send", "ana", "2024-03-30T09:00", "c", message_variation_id="v"),
        purchase("ana", "2024-03-30T10:00", 5),
        session("ana", "2024-03-30T11:00"),
    ]
    quotidian.deliver(*same)
    quotidian.deliver(*same, email("Send", "bo", "2024-03-30", "c", message_variation_id="v"), workspace="other")
    for question, here, there in (
        (Question("/campaigns/data_series", DAY, "unique_recipients", campaign_id="c"), 1, 2),
        (Question("/campaigns/data_series", DAY, "revenue", campaign_id="c"), 1, 1),
        (Question("/kpi/dau/data_series", DAY, "dau"), 1, 1),
    ):
        assert len(explained(quotidian, question).events) == here
        assert len(explained(quotidian, question, workspace="other").events) == there


def test_an_explanation_says_that_new_events_are_not_in_the_number_yet(quotidian: Quotidian) -> None:
    quotidian.deliver(session("ana", "2024-03-30"))
    quotidian.store_only(session("bo", "2024-03-30"))
    question = Question("/kpi/dau/data_series", DAY, "dau")
    found = explained(quotidian, question, seconds=0)
    assert (found.value, len(found.events), found.is_complete) == (1, 2, False)
    quotidian.roll_up()
    found = explained(quotidian, question, seconds=0)
    assert (found.value, len(found.events), found.is_complete) == (2, 2, True)


def test_an_explanation_waits_for_new_events_to_be_in_the_number(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    quotidian.deliver(session("ana", "2024-03-30"))
    quotidian.store_only(session("bo", "2024-03-30"))
    monkeypatch.setattr(explaining, "sleep", lambda _: quotidian.roll_up())
    found = explained(quotidian, Question("/kpi/dau/data_series", DAY, "dau"), seconds=60)
    assert (found.value, len(found.events), found.is_complete) == (2, 2, True)


def test_an_explanation_begins_again_if_events_are_stored_while_it_reads(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    quotidian.deliver(session("ana", "2024-03-30"))
    counted, arriving = source_of, [session("bo", "2024-03-30")]

    def as_events_come(asked: Any) -> Any:
        if arriving:
            quotidian.deliver(arriving.pop())
        return counted(asked)

    monkeypatch.setattr(explaining, "source_of", as_events_come)
    found = explained(quotidian, Question("/kpi/dau/data_series", DAY, "dau"))
    assert (found.value, len(found.events), found.is_complete) == (2, 2, True)


def test_a_statement_is_stopped_when_there_is_no_time_left(quotidian: Quotidian) -> None:
    quotidian.deliver(session("ana", "2024-03-30"))
    explained(quotidian, Question("/kpi/dau/data_series", DAY, "dau"))
    limits, *_ = quotidian.events.rows(
        "SELECT toUInt64(value) FROM system.settings WHERE name = 'max_execution_time'", {}, tuple[int]
    )
    assert 0 < limits[0] <= 60
    quotidian.events.run("SET max_execution_time = 1")
    with pytest.raises(StatementFailed, match="TIMEOUT_EXCEEDED"):
        quotidian.events.rows("SELECT sum(number) FROM numbers(1000000000000)", {}, tuple[int])
