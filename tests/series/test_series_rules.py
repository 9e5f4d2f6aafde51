"""Time, told as steps: what was published is corrected by what comes late, in every family of numbers.

After each step all series of these days are put to the oracle, too.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from commands import Json, event, message, session
from conftest import Point, Quotidian, days_between
from oracle import Oracle
from test_whole_path import assert_equal_to_oracle, dump
from worlds import RATES, make_world

from quotidian.catalogue import Behavior, Campaign, CatalogueFile

DAYS = days_between(date(2024, 2, 20), date(2024, 5, 29))


class Story:
    """Delivers to Quotidian and to the oracle, and compares them after each step."""

    def __init__(self, quotidian: Quotidian, **rules: Any) -> None:
        self.quotidian = quotidian
        self.oracle = Oracle(timezone="Europe/Paris", **rules)

    def deliver(self, *events: Json) -> None:
        self.quotidian.deliver(*events)
        self.oracle.deliver(events)
        assert_equal_to_oracle(self.quotidian, self.oracle, DAYS)

    def kpi(self, name: str, day: str) -> int:
        return self.quotidian.kpi(name, day)[0]

    def campaign(self, day: str) -> Point:
        return self.quotidian.campaign("c", day)[0]

    def element(self, day: str, channel: str = "email", position: int = 0) -> Point:
        found: Point = self.campaign(day)["messages"][channel][position]
        return found

    def send(self, day: str, send_id: str = "s") -> Point:
        return self.quotidian.send("c", send_id, day)[0]

    def sent(self, day: str, send_id: str = "s") -> list[int]:
        """Per element of the send, what was sent that day."""
        return [element["sent"] for element in self.send(day, send_id)["messages"].get("email", [])]


@pytest.fixture
def story(quotidian: Quotidian) -> Story:
    return Story(quotidian)


def conversion(user: str, moment: str, **properties: object) -> Json:
    return event("campaigns.Conversion", user, moment, campaign_id="c", **properties)


def purchase(user: str, moment: str, price: float, currency: str = "USD") -> Json:
    return event("behaviors.Purchase", user, moment, price=price, currency=currency)


def enrolment(user: str, moment: str, variation: str = "control", **properties: object) -> Json:
    named = {"campaign_id": "c", "message_variation_id": variation, **properties}
    return event("campaigns.EnrollInControl", user, moment, **named)


# Users


def test_a_late_session_corrects_its_day_and_the_month_behind_it(story: Story) -> None:
    story.deliver(session("ana", "2024-03-30"))
    story.deliver(session("bo", "2024-03-10"))
    assert [story.kpi("dau", day) for day in ("2024-03-10", "2024-03-30")] == [1, 1]
    assert [story.kpi("mau", day) for day in ("2024-03-30", "2024-04-08", "2024-04-09")] == [2, 2, 1]


def test_a_late_session_between_two_of_its_user_counts_them_once_a_month(story: Story) -> None:
    story.deliver(session("ana", "2024-03-01"), session("ana", "2024-04-10"))
    assert story.kpi("mau", "2024-04-05") == 0
    story.deliver(session("ana", "2024-03-20"))
    assert [story.kpi("mau", day) for day in ("2024-04-05", "2024-04-10")] == [1, 1]


def test_a_session_ninety_days_late_is_counted(story: Story) -> None:
    story.deliver(session("ana", "2024-05-25"))
    story.deliver(session("ana", "2024-02-25"))
    story.deliver(session("ana", "2024-02-26"))
    assert story.kpi("dau", "2024-02-25") == 1


def test_a_late_session_of_an_app_corrects_that_app_and_all_apps(story: Story) -> None:
    story.deliver(session("ana", "2024-03-30", app_id="tea"))
    story.deliver(session("ana", "2024-03-30", app_id="coffee"), session("bo", "2024-03-30", app_id="coffee"))
    kpi = story.quotidian.kpi
    assert [kpi("dau", "2024-03-30", app_id=app) for app in ("tea", "coffee", None)] == [[1], [2], [2]]


def test_late_first_sessions_and_uninstalls_correct_their_days(story: Story) -> None:
    story.deliver(session("ana", "2024-03-30"))
    first = event("behaviors.app.FirstSession", "ana", "2024-03-29", app_id="tea")
    story.deliver(first, event("behaviors.Uninstall", "ana", "2024-03-31", app_id="tea"))
    assert (story.kpi("new_users", "2024-03-29"), story.kpi("uninstalls", "2024-03-31")) == (1, 1)


def test_an_app_that_only_a_late_event_names_is_known(story: Story) -> None:
    story.deliver(session("ana", "2024-03-30"))
    assert story.quotidian.get("/kpi/dau/data_series", length=1, app_id="late").status_code == 400
    story.deliver(message("email.Send", "ana", "2024-03-01", app_id="late"))
    assert story.quotidian.get("/kpi/dau/data_series", length=1, app_id="late").status_code == 200


# Messages


def test_a_late_open_takes_the_unique_open_from_a_later_day(story: Story) -> None:
    story.deliver(message("email.Open", "ana", "2024-03-30"), message("email.Open", "ana", "2024-03-31"))
    assert [story.element(f"2024-03-{day}")["unique_opens"] for day in (30, 31)] == [1, 0]
    story.deliver(message("email.Open", "ana", "2024-03-24"))
    assert [story.element(f"2024-03-{day}")["unique_opens"] for day in (24, 30, 31)] == [1, 0, 0]


def test_a_late_impression_of_a_card_reaches_thirty_days(story: Story) -> None:
    story.deliver(message("contentcard.Impression", "ana", "2024-03-30"))
    story.deliver(message("contentcard.Impression", "ana", "2024-02-29"))
    assert story.element("2024-03-30", "content_cards")["unique_impressions"] == 1
    story.deliver(message("contentcard.Impression", "ana", "2024-03-01"))
    assert story.element("2024-03-30", "content_cards")["unique_impressions"] == 0


def test_a_late_receipt_puts_its_element_first_in_old_points(story: Story) -> None:
    story.deliver(message("email.Send", "ana", "2024-03-20", message_variation_id="b"))
    story.deliver(message("email.Send", "ana", "2024-03-21", message_variation_id="a"))
    assert [story.element("2024-03-20", position=n)["variation_api_id"] for n in (0, 1)] == ["b", "a"]
    story.deliver(message("email.Send", "bo", "2024-03-01", message_variation_id="a"))
    assert [story.element("2024-03-20", position=n)["variation_api_id"] for n in (0, 1)] == ["a", "b"]


def test_a_late_button_takes_the_first_rank_in_old_points(story: Story) -> None:
    def press(button: str, day: str) -> Json:
        return message("pushnotification.Open", "ana", day, platform="ios", button_string=button)

    story.deliver(press("Yes", "2024-03-30"))
    assert story.element("2024-03-30", "ios_push")["notif_button_1_Yes_click"] == 1
    story.deliver(press("No", "2024-03-01"))
    assert story.element("2024-03-30", "ios_push")["notif_button_2_Yes_click"] == 1
    assert "notif_button_1_Yes_click" not in story.element("2024-03-30", "ios_push")


def test_a_late_channel_and_a_late_conversion_index_are_in_old_points(story: Story) -> None:
    story.deliver(message("email.Send", "ana", "2024-03-01"))
    story.deliver(
        message("sms.Send", "ana", "2024-04-10"), conversion("ana", "2024-04-11", conversion_behavior_index=3)
    )
    assert story.element("2024-03-01", "sms")["sent"] == 0
    assert story.campaign("2024-03-01")["conversions3"] == 0
    assert "conversions1" not in story.campaign("2024-03-01")


def test_a_late_control_group_is_listed_in_every_channel(story: Story) -> None:
    story.deliver(enrolment("ana", "2024-03-30"))
    assert story.element("2024-03-30", "control")["enrolled"] == 1
    story.deliver(message("email.Send", "bo", "2024-03-01"), message("sms.Send", "bo", "2024-03-02"))
    assert [story.element("2024-03-30", channel, 1)["enrolled"] for channel in ("email", "sms")] == [1, 1]
    assert "control" not in story.campaign("2024-03-30")["messages"]


def test_a_renamed_variation_has_its_newest_name_in_old_points(story: Story) -> None:
    def named(name: str | None, day: str) -> Json:
        return message("email.Send", "ana", day, message_variation_name=name, send_id="s")

    story.deliver(named("Old", "2024-03-01"), named("New", "2024-03-10"), named(None, "2024-03-11"))
    assert story.element("2024-03-01")["variation_name"] == "New"
    story.deliver(named("Between, and late", "2024-03-05"))
    assert story.element("2024-03-01")["variation_name"] == "New"
    story.deliver(named("Newest", "2024-04-20"))
    assert story.element("2024-03-01")["variation_name"] == "Newest"
    assert story.send("2024-03-01")["messages"]["email"][0]["variation_name"] == "Newest"


def test_of_two_names_at_one_moment_the_one_of_the_larger_id_is_the_newest(story: Story) -> None:
    def named(event_id: str, name: str) -> Json:
        return {**message("email.Send", "ana", "2024-03-10", message_variation_name=name), "id": event_id}

    story.deliver(named("4", "Four"), named("6", "A six"))
    assert story.element("2024-03-01")["variation_name"] == "A six"
    story.deliver(named("5", "Unheard"))
    assert story.element("2024-03-01")["variation_name"] == "A six"
    story.deliver(named("7", "A latecomer"))
    assert story.element("2024-03-01")["variation_name"] == "A latecomer"


# Conversions and revenue


def test_a_late_receipt_moves_a_conversion_to_its_day_and_element(story: Story) -> None:
    story.deliver(conversion("ana", "2024-03-30"))
    assert story.campaign("2024-03-30")["conversions_by_send_time"] == 1
    story.deliver(message("email.Send", "ana", "2024-03-10"))
    assert story.campaign("2024-03-30")["conversions_by_send_time"] == 0
    assert story.element("2024-03-10")["conversions_by_send_time"] == 1
    assert story.element("2024-03-30")["conversions"] == 1


def test_a_later_receipt_takes_a_conversion_from_an_earlier_one(story: Story) -> None:
    story.deliver(message("email.Send", "ana", "2024-03-10"), conversion("ana", "2024-03-30"))
    story.deliver(message("sms.Send", "ana", "2024-03-20"))
    assert story.element("2024-03-10")["conversions_by_send_time"] == 0
    assert story.element("2024-03-20", "sms")["conversions_by_send_time"] == 1


def test_a_late_receipt_thirty_days_before_over_the_change_of_clocks_counts(story: Story) -> None:
    story.deliver(conversion("ana", "2024-04-14T00:30"))
    story.deliver(message("email.Send", "ana", "2024-03-14T23:30"))
    assert story.element("2024-03-14")["conversions_by_send_time"] == 1


def test_a_late_purchase_counts_for_every_campaign_received(story: Story) -> None:
    story.deliver(message("email.Send", "ana", "2024-03-30"))
    story.deliver(message("sms.Send", "ana", "2024-03-29", campaign_id="d"))
    story.deliver(purchase("ana", "2024-03-31", 49.99))
    assert story.campaign("2024-03-31")["revenue"] == 49.99
    assert story.quotidian.campaign("d", "2024-03-31")[0]["revenue"] == 49.99


def test_a_late_receipt_brings_an_old_purchase_in(story: Story) -> None:
    story.deliver(purchase("ana", "2024-03-31T12:00", 10))
    story.deliver(message("email.Send", "ana", "2024-03-28T11:59"))
    assert story.campaign("2024-03-31")["revenue"] == 10
    story.deliver(message("email.Send", "bo", "2024-03-28"))
    story.deliver(message("sms.Send", "ana", "2024-03-30"))
    assert story.element("2024-03-31", "sms")["revenue"] == 10
    assert story.element("2024-03-31")["revenue"] == 0


def test_a_rate_that_comes_late_brings_old_purchases_in(quotidian: Quotidian) -> None:
    story = Story(quotidian)
    quotidian.deliver(message("email.Send", "ana", "2024-03-30"), purchase("ana", "2024-03-31", 10, "EUR"))
    assert story.campaign("2024-03-31")["revenue"] == 0
    quotidian.import_catalogue(CatalogueFile(rates={"EUR": RATES["EUR"]}))
    assert story.campaign("2024-03-31")["revenue"] == 10.8331


def test_a_window_of_a_year_reaches_late_receipts_too(quotidian: Quotidian) -> None:
    behavior = Behavior("Makes Purchase", 366 * 86_400)
    quotidian.import_catalogue(CatalogueFile(campaigns={"c": Campaign(conversion_behaviors=[behavior])}))
    story = Story(quotidian, revenue_windows={"c": 366 * 86_400})
    story.deliver(purchase("ana", "2024-05-20", 10))
    story.deliver(message("email.Send", "ana", "2023-06-01"))
    assert story.campaign("2024-05-20")["revenue"] == 10


def test_a_window_made_shorter_takes_revenue_out_again(quotidian: Quotidian) -> None:
    quotidian.deliver(message("email.Send", "ana", "2024-03-30"), purchase("ana", "2024-03-31", 10))
    assert quotidian.campaign("c", "2024-03-31")[0]["revenue"] == 10
    entry = Campaign(conversion_behaviors=[Behavior("Makes Purchase", 3_600)])
    quotidian.import_catalogue(CatalogueFile(campaigns={"c": entry}))
    assert quotidian.campaign("c", "2024-03-31")[0]["revenue"] == 0


# Sends


def test_a_late_event_that_moves_a_sends_first_day_ends_its_window_earlier(story: Story) -> None:
    sent = {"send_id": "s", "message_variation_id": "v"}
    story.deliver(*(message("email.Send", "ana", f"2024-03-{day}", **sent) for day in (10, 24)))
    assert (story.sent("2024-03-10"), story.sent("2024-03-24")) == ([1], [1])
    story.deliver(message("email.Send", "bo", "2024-03-09", **sent))
    assert (story.sent("2024-03-09"), story.sent("2024-03-24")) == ([1], [0])


def test_an_element_that_falls_out_of_a_sends_window_is_in_no_point_of_it(story: Story) -> None:
    story.deliver(
        message("email.Send", "ana", "2024-03-10", send_id="s", message_variation_id="a"),
        message("email.Send", "ana", "2024-03-24", send_id="s", message_variation_id="b"),
    )
    assert len(story.sent("2024-03-10")) == 2
    story.deliver(message("email.Send", "bo", "2024-03-01", send_id="s", message_variation_id="a"))
    assert len(story.sent("2024-03-10")) == 1


def test_a_late_receipt_of_another_send_takes_its_conversion_and_purchase(story: Story) -> None:
    story.deliver(
        message("email.Send", "ana", "2024-03-10", send_id="s"),
        conversion("ana", "2024-03-12"),
        purchase("ana", "2024-03-12", 5),
    )
    assert (story.send("2024-03-12")["conversions"], story.send("2024-03-12")["revenue"]) == (1, 5)
    story.deliver(message("email.Send", "ana", "2024-03-11", send_id="t"))
    assert (story.send("2024-03-12")["conversions"], story.send("2024-03-12")["revenue"]) == (0, 0)
    assert (story.send("2024-03-12", "t")["conversions"], story.send("2024-03-12", "t")["revenue"]) == (1, 5)


def test_a_conversion_index_of_the_campaign_is_in_its_sends_points(story: Story) -> None:
    story.deliver(message("email.Send", "ana", "2024-03-10", send_id="s"))
    story.deliver(conversion("bo", "2024-04-20", conversion_behavior_index=2))
    assert story.send("2024-03-10")["conversions2"] == 0


def test_a_late_button_of_a_send_is_ranked_among_that_sends_events(story: Story) -> None:
    def press(button: str, day: str, send_id: str) -> Json:
        return message("pushnotification.Open", "ana", day, platform="ios", button_string=button, send_id=send_id)

    story.deliver(press("Yes", "2024-03-10", "s"), press("No", "2024-03-09", "t"))
    assert story.send("2024-03-10")["messages"]["ios_push"][0]["notif_button_1_Yes_click"] == 1
    story.deliver(press("No", "2024-03-08", "s"))
    assert story.send("2024-03-10")["messages"]["ios_push"][0]["notif_button_2_Yes_click"] == 1


@pytest.fixture
def endless(folder: Path) -> Iterator[Quotidian]:
    opened = Quotidian(folder, send_window_days="0")
    yield opened
    opened.close()


def test_a_window_of_no_days_has_no_end(endless: Quotidian) -> None:
    story = Story(endless, send_window_days=0)
    story.deliver(message("email.Send", "ana", "2024-02-21", send_id="s"))
    story.deliver(message("email.Send", "ana", "2024-05-20", send_id="s"), conversion("ana", "2024-05-25"))
    assert story.sent("2024-05-20") == [1]
    assert story.send("2024-05-25")["conversions"] == 1


@pytest.fixture
def forgetful(folder: Path) -> Iterator[Quotidian]:
    opened = Quotidian(folder, send_keep_days="30")
    yield opened
    opened.close()


def days_ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).date().isoformat()


def asked(quotidian: Quotidian, send_id: str) -> Any:
    return quotidian.get("/sends/data_series", campaign_id="c", send_id=send_id, length=1)


def test_a_send_that_is_no_longer_kept_says_until_when_it_was(forgetful: Quotidian) -> None:
    forgetful.deliver(message("email.Send", "ana", days_ago(40), send_id="old"))
    forgetful.deliver(message("email.Send", "ana", days_ago(20), send_id="new"))
    assert asked(forgetful, "new").status_code == 200
    assert asked(forgetful, "old").status_code == 400
    assert days_ago(10) in asked(forgetful, "old").json()["message"]
    assert forgetful.campaign("c", days_ago(40))[0]["messages"]["email"][0]["sent"] == 1


def test_an_event_that_comes_late_for_a_purged_send_does_not_bring_it_back(forgetful: Quotidian) -> None:
    forgetful.deliver(message("email.Send", "ana", days_ago(40), send_id="old"))
    forgetful.deliver(message("email.Send", "bo", days_ago(20), send_id="old"))
    assert days_ago(10) in asked(forgetful, "old").json()["message"]
    assert forgetful.campaign("c", days_ago(20))[0]["messages"]["email"][0]["sent"] == 1


def test_a_late_event_can_make_a_send_too_old_to_be_kept(forgetful: Quotidian) -> None:
    forgetful.deliver(message("email.Send", "ana", days_ago(20), send_id="s"))
    assert asked(forgetful, "s").status_code == 200
    forgetful.deliver(message("email.Send", "bo", days_ago(50), send_id="s"))
    assert days_ago(20) in asked(forgetful, "s").json()["message"]


def test_a_purged_send_is_still_purged_after_a_rebuild(forgetful: Quotidian) -> None:
    forgetful.deliver(message("email.Send", "ana", days_ago(40), send_id="old"))
    before = asked(forgetful, "old").json()
    forgetful.rebuild()
    assert asked(forgetful, "old").json() == before


# Any order


Order = Callable[[list[Json]], list[Json]]


@pytest.mark.parametrize(
    "order",
    [lambda told: told[::-1], lambda told: Random(1).sample(told, len(told))],
    ids=["backwards", "at random"],
)
@pytest.mark.slow
def test_what_is_published_does_not_depend_on_the_order_of_arrival(tmp_path: Path, order: Order) -> None:
    told = make_world(21, users=10, days=20, campaigns=3).events
    assert published(tmp_path / "odd", order(told), step=250) == published(tmp_path / "even", told, step=len(told))


def published(folder: Path, told: list[Json], step: int) -> list[tuple[object, ...]]:
    """All points after the events were delivered in loads of `step`."""
    quotidian = Quotidian(folder)
    try:
        for start in range(0, len(told), step):
            quotidian.deliver(*told[start : start + step])
        return dump(quotidian.engine)
    finally:
        quotidian.close()
