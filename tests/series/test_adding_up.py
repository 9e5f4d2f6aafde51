"""What users on different shards have in common adds up, whichever shard has the first, the last or the most of it."""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path

import pytest
from conftest import Json, Quotidian
from events import email, event, session
from experimenting import asked
from explaining import explained
from shards import Shards, on_shards

from quotidian.catalogue import CatalogueFile, Filter, Segment
from quotidian.control.arrivals import correct_stored, read_arrivals
from quotidian.control.dead_letters import list_dead_letters
from quotidian.control.dirty_days import CAMPAIGNS
from quotidian.domain.days import Micros, date_of, day_of
from quotidian.domain.subjects import EVERY
from quotidian.ingest import marking, store_batch, store_dead_letters
from quotidian.series.explain.question import Question
from quotidian.store.series import writing
from quotidian.store.tables import dirty_days


@pytest.fixture
def sharded(folder: Path) -> Iterator[Quotidian]:
    with on_shards(2):
        quotidian = Quotidian(folder, timezone="UTC")
        yield quotidian
        quotidian.close()


def someone_on(quotidian: Quotidian, shard: int) -> Iterator[str]:
    """Users of a shard, one after the other."""
    assert isinstance(quotidian.events, Shards)
    return (name for name in map("user-{}".format, range(1_000)) if quotidian.events.place_of(name) == shard)


def push(name: str, user: str, when: str, **properties: object) -> Json:
    said = {"campaign_id": "c", "send_id": "s", "message_variation_id": "v", "platform": "ios", **properties}
    return event(f"users.messages.pushnotification.{name}", user, when, **said)


def test_a_bounce_on_one_shard_is_taken_from_what_was_sent_on_another(sharded: Quotidian) -> None:
    here, there = someone_on(sharded, 0), someone_on(sharded, 1)
    users = [next(there), next(here), next(there)]
    sent = [push("Send", user, f"2024-03-30T0{hour}:00") for hour, user in enumerate(users)]
    sharded.deliver(*sent, push("Bounce", next(here), "2024-03-30T09:00"))
    day, element = day_of(date(2024, 3, 30)), ("ios_push", "v")
    question = Question("/sends/data_series", day, "delivered", *element, campaign_id="c", send_id="s")
    found = explained(sharded, question)
    assert (found.value, found.is_complete) == (2, True)
    assert [each.id for each in found.events] == [each["id"] for each in sent[:2]]


@pytest.mark.parametrize("shard", [0, 1])
def test_of_two_names_at_one_instant_the_event_with_the_largest_id_has_the_campaigns(
    sharded: Quotidian, shard: int
) -> None:
    users = [next(someone_on(sharded, place)) for place in (shard, 1 - shard)]
    older, newer = (
        email("Send", user, "2024-03-30", "c", campaign_name=name) for user, name in zip(users, ("B", "A"), strict=True)
    )
    sharded.deliver(older, newer)
    assert [one["name"] for one in sharded.get("/campaigns/list").json()["campaigns"]] == ["A"]


@pytest.mark.parametrize("shard", [0, 1])
def test_buttons_are_ranked_by_their_first_click_on_any_shard(sharded: Quotidian, shard: int) -> None:
    users = [next(someone_on(sharded, place)) for place in (shard, 1 - shard)]
    clicks = (("Yes", "07:00"), ("No", "08:00"), ("No", "06:00"), ("Yes", "09:00"))
    for_both = zip([users[0], users[0], users[1], users[1]], clicks, strict=True)
    sharded.deliver(
        *(push("Open", user, f"2024-03-30T{time}", button_string=button) for user, (button, time) in for_both)
    )
    (point,) = sharded.campaign("c", "2024-03-30")
    (element,) = point["messages"]["ios_push"]
    assert {key: element[key] for key in element if "button" in key} == {
        "notif_button_1_No_click": 2,
        "notif_button_2_Yes_click": 2,
    }


def test_a_late_session_moves_its_user_only_to_an_earlier_cohort_on_whichever_shard(sharded: Quotidian) -> None:
    users = [next(someone_on(sharded, place)) for place in (0, 1)]
    late, first, last = date(2023, 1, 1), date(2023, 11, 1), date(2024, 3, 30)
    sharded.deliver(*(session(user, str(first)) for user in users), *(session(user, str(last)) for user in users))
    for number, user in enumerate(users, 1):
        sharded.deliver(session(user, str(late)))
        # Nobody but the first has a session in the block of the late one.
        sharded.rebuild()
        for day, size in ((late, number), (first, 2 - number)):
            (row,) = sharded.data("/v1/retention", **{"from": day, "to": day}, days=1)
            assert row["retained"][0] == size, day


@pytest.mark.parametrize("shard", [0, 1])
def test_members_of_different_shards_belong_to_a_segment_without_a_window_from_the_first_of_their_days_on(
    sharded: Quotidian, shard: int
) -> None:
    def tea(user: str, when: str) -> Json:
        return event("users.behaviors.CustomEvent", user, when, name="tea")

    users = [next(someone_on(sharded, place)) for place in (shard, 1 - shard)]
    sharded.import_catalogue(CatalogueFile(segments={"tea": Segment("Tea", [Filter("event", event="tea")])}))
    sharded.deliver(*(session("anyone", f"2024-03-{day}") for day in range(10, 15)))
    sharded.deliver(tea(users[0], "2024-03-11"), tea(users[1], "2024-03-13"))
    sizes = sharded.data("/segments/data_series", segment_id="tea", length=5, ending_at="2024-03-14")
    assert [point["size"] for point in sizes] == [0, 1, 1, 2, 2]


@pytest.mark.parametrize("shard", [0, 1])
def test_variations_of_a_report_are_in_the_order_of_their_first_receipt_on_any_shard(
    sharded: Quotidian, shard: int
) -> None:
    users = [next(someone_on(sharded, place)) for place in (shard, 1 - shard)]
    sharded.deliver(email("Send", "anyone", "2024-03-29", "c"))
    # What the series do not know yet is in the order that the events tell.
    sharded.store_only(
        email("Send", users[0], "2024-03-30T06:00", "c", message_variation_id="first"),
        email("Send", users[0], "2024-03-30T08:00", "c", message_variation_id="another"),
        email("Send", users[1], "2024-03-30T10:00", "c", message_variation_id="first"),
    )
    days = date(2024, 3, 29), date(2024, 3, 30)
    rows = asked(sharded, "c", *days)["data"]
    assert [row["variation_api_id"] for row in rows] == ["v1", "first", "another"]


def test_events_are_counted_anew_on_all_shards(sharded: Quotidian) -> None:
    sharded.deliver(*(session(next(someone_on(sharded, place)), "2024-03-30") for place in (0, 1)))
    day = day_of(date(2024, 3, 30))
    with writing(sharded.engine) as connection:
        correct_stored(connection, sharded.workspace().id, {}, Micros(0))
    sharded.rebuild()
    with sharded.engine.connect() as connection:
        (of_day,) = read_arrivals(connection, sharded.workspace().id, day, day)
    assert of_day.events == 2


def test_records_of_all_shards_that_cannot_be_used_are_kept_or_counted(
    sharded: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_dead_letters, "MOST_OF_FILE", 4)
    users = [*islice(someone_on(sharded, 0), 9), *islice(someone_on(sharded, 1), 2)]
    report = sharded.deliver(*(session(user, "2024-03-30") | {"time": "soon"} for user in users))
    with sharded.engine.connect() as connection:
        letters = list(list_dead_letters(connection, sharded.workspace(), 100))
    (of_all,) = (each.reason for each in letters if not each.event_id)
    assert of_all == "of 11 records of the file that were read together 6 are kept, and the others counted"
    assert len(letters) == 7
    assert report.total.dead == 11


def test_the_unknown_types_that_are_named_are_the_most_frequent_on_all_shards(
    sharded: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_batch, "MOST_UNKNOWN", 2)
    here, there = (next(someone_on(sharded, place)) for place in (0, 1))
    frequent = {"both": (here, here, there, there), "here": (here, here, here), "there": (there, there, there)}
    sent = [
        session(user, "2024-03-30") | {"event_type": event_type}
        for event_type, users in frequent.items()
        for user in users
    ]
    report = sharded.deliver(*sent)
    assert {name: counts.skipped for name, counts in report.types.items()} == {"both": 4, "here": 3, "(others)": 3}


def test_more_subjects_than_are_told_apart_on_all_shards_together_mark_every_subject(
    sharded: Quotidian, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, most in (("MOST_SUBJECTS", 2), ("_MOST", 3)):
        monkeypatch.setattr(marking, name, most)
    users = [next(someone_on(sharded, place)) for place in (0, 1)]
    sharded.store_only(
        *(email("Open", user, "2024-03-30", f"c{number}") for user, number in zip(users * 2, range(4), strict=True)),
        *(email("Open", user, "2024-04-30", f"c{number}") for user, number in zip(users, range(2), strict=True)),
    )
    columns = dirty_days.c
    with sharded.engine.connect() as connection:
        rows = connection.execute(dirty_days.select().where(columns.family == CAMPAIGNS, columns.part == "counts"))
        marked = [(str(date_of(row.day)), row.subject) for row in rows]
    assert sorted(marked) == [("2024-03-30", EVERY), ("2024-04-30", "c0"), ("2024-04-30", "c1")]


def test_events_without_a_user_count_once_on_whichever_shards_they_are(sharded: Quotidian) -> None:
    told = event("users.messages.sms.InboundReceive", "ana", "2024-03-30", campaign_id="c", action="Unsubscribed")
    events = [told | {"id": f"in-{number}", "user": {}} for number in range(20)]
    sharded.deliver(*events)
    report = sharded.deliver(*events, *events)
    assert report.total.new == 0
    (point,) = sharded.campaign("c", "2024-03-30")
    assert point["messages"]["sms"][0]["opt_out"] == 20
