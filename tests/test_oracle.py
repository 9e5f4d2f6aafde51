"""The oracle against numbers worked out by hand, so that what it is compared with later can be trusted."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from oracle import Oracle

Json = dict[str, Any]
DAY = 86_400
START = int(datetime(2024, 5, 1, tzinfo=ZoneInfo("UTC")).timestamp())
FIRST = date(2024, 5, 1)
IDS = count(1)


def event(
    event_type: str, time: object = START, user: str = "ana", id: str | None = None, **properties: object
) -> Json:
    event_id = f"e{next(IDS):06}" if id is None else id
    shape = {"event_type": event_type, "id": event_id, "time": time, "user": {"user_id": user}}
    return {**shape, "properties": properties}


def session(time: object = START, user: str = "ana", **properties: Any) -> Json:
    return event("users.behaviors.app.SessionStart", time, user, **properties)


def message(
    kind: str, time: object = START, user: str = "ana", variation: str | None = "v1", **properties: Any
) -> Json:
    properties = {"campaign_id": "c", "message_variation_id": variation, **properties}
    return event(f"users.messages.{kind}", time, user, **properties)


def campaign_event(kind: str, time: object = START, user: str = "ana", **properties: Any) -> Json:
    return event(f"users.campaigns.{kind}", time, user, **{"campaign_id": "c", **properties})


def purchase(time: object, price: object = 49.99, currency: str = "USD", user: str = "ana") -> Json:
    return event("users.behaviors.Purchase", time, user, price=price, currency=currency)


def told(*events: object, **settings: Any) -> Oracle:
    oracle = Oracle(**settings)
    oracle.deliver(events)
    return oracle


def day(number: int) -> date:
    """Day 0 is the first of May."""
    return FIRST + timedelta(days=number)


def campaign_day(oracle: Oracle, number: int = 0) -> Json:
    (point,) = oracle.campaign("c", [day(number)])
    return point


def send_day(oracle: Oracle, number: int = 0) -> Json:
    (point,) = oracle.send("c", "s", [day(number)])
    return point


def values(oracle: Oracle, name: Any, *numbers: int, app_id: str | None = None) -> list[object]:
    return [point[name] for point in oracle.kpi(name, [day(number) for number in numbers], app_id)]


# Section 1: input


def test_an_event_delivered_twice_counts_once() -> None:
    uninstall = event("users.behaviors.Uninstall", app_id="app")
    assert values(told(uninstall, uninstall), "uninstalls", 0) == [1]


def test_what_cannot_be_used_is_dead_and_what_is_unknown_is_skipped() -> None:
    nobody = {**session(), "user": {"user_id": ""}}
    number = {**session(), "id": 7}
    oracle = told(None, {}, number, session(time=True), session(time="1714521600"), nobody, event("users.Unheard"))
    assert [reason for reason, _ in oracle.dead] == [
        "not an object",
        "no event_type",
        "no id",
        "no usable time",
        "no usable time",
        "no user",
    ]
    assert oracle.skipped == {"users.Unheard": 1}


@pytest.mark.parametrize("time", [-1, 2**32, 2**32 + 0.5, "2024-02-30", "2024-05-01T24:00", "2024-05-01T10:00+24:00"])
def test_a_time_that_is_out_of_range_or_does_not_exist_is_unusable(time: object) -> None:
    assert len(told(session(time)).dead) == 1


@pytest.mark.parametrize(
    "time",
    [
        "2024-05-01",
        "2024-05-01T23:59:59.999999Z",
        "2024-05-02 01:30+02:00",
        "2024-04-30T20:00:00-0500",
        "2024-05-02T00:30:00.25+01",
        START + 0.5,
    ],
)
def test_iso_and_fractional_times_fall_on_their_day(time: object) -> None:
    assert values(told(session(time)), "dau", -1, 0, 1) == [0, 1, 0]


def test_a_day_is_one_of_the_workspace_even_when_the_clock_jumps() -> None:
    zone = ZoneInfo("Europe/Paris")
    last_second = int(datetime(2024, 3, 31, 23, 59, 59, tzinfo=zone).timestamp())
    oracle = told(session(last_second), session(last_second + 1), timezone="Europe/Paris")
    points = oracle.kpi("dau", [date(2024, 3, 31), date(2024, 4, 1)])
    assert points == [{"time": "2024-03-31", "dau": 1}, {"time": "2024-04-01", "dau": 1}]


def test_an_external_id_equal_to_a_user_id_is_another_user() -> None:
    by_external_id = {**session(), "user": {"user_id": None, "external_user_id": "ana"}}
    assert values(told(session(), by_external_id), "dau", 0) == [2]


# Section 3: KPI series


def test_monthly_users_are_those_of_thirty_days_each_once() -> None:
    oracle = told(session(), session(START + 5 * DAY), session(START + 29 * DAY, user="bo"))
    assert values(oracle, "mau", 0, 29, 30, 34, 35) == [1, 2, 2, 2, 1]


def test_a_session_without_an_app_counts_in_all_apps_only() -> None:
    oracle = told(session(), session(user="bo", app_id="app"))
    assert values(oracle, "dau", 0) == [2]
    assert values(oracle, "dau", 0, app_id="app") == [1]
    assert oracle.apps == {"app"}


# Section 4: elements and counts


def test_a_whole_email_point() -> None:
    oracle = told(
        message("email.Send", message_variation_name="A"),
        message("email.Open", START + 1),
        message("email.Open", START + 2),
        message("email.SoftBounce", START + 3),
    )
    element = {
        "variation_name": "A",
        "variation_api_id": "v1",
        "sent": 1,
        "delivered": 0,
        "opens": 2,
        "unique_opens": 1,
        "clicks": 0,
        "unique_clicks": 0,
        "unsubscribes": 0,
        "bounces": 0,
        "reported_spam": 0,
        "unique_recipients": 1,
        "revenue": 0,
        "conversions": 0,
        "conversions_by_send_time": 0,
    }
    day_totals = {"conversions": 0, "conversions_by_send_time": 0, "unique_recipients": 1, "revenue": 0}
    assert campaign_day(oracle) == {"time": "2024-05-01", "messages": {"email": [element]}, **day_totals}


@pytest.mark.parametrize(("days_apart", "unique"), [(6, 0), (7, 1)])
def test_an_open_is_unique_again_after_seven_days(days_apart: int, unique: int) -> None:
    oracle = told(message("email.Open"), message("email.Open", START + days_apart * DAY))
    assert campaign_day(oracle, days_apart)["messages"]["email"][0]["unique_opens"] == unique


@pytest.mark.parametrize(("days_apart", "unique"), [(29, 0), (30, 1)])
def test_a_card_is_unique_again_after_thirty_days(days_apart: int, unique: int) -> None:
    oracle = told(message("contentcard.Impression"), message("contentcard.Impression", START + days_apart * DAY))
    assert campaign_day(oracle, days_apart)["messages"]["content_cards"][0]["unique_impressions"] == unique


def test_buttons_are_ranked_by_first_appearance_and_are_in_every_point() -> None:
    oracle = told(
        message("pushnotification.Open", START + 2, platform="ios", button_string="No"),
        message("pushnotification.Open", START + 1, platform="ios", button_string='{"Yes"}'),
        message("pushnotification.Open", START + 3, platform="ios", button_string=""),
    )
    (element,) = campaign_day(oracle)["messages"]["ios_push"]
    assert (element["direct_opens"], element["body_clicks"]) == (3, 1)
    assert element['notif_button_1_{"Yes"}_click'] == element["notif_button_2_No_click"] == 1
    assert campaign_day(oracle, -9)["messages"]["ios_push"][0]["notif_button_2_No_click"] == 0


def test_browsers_are_web_push_and_other_platforms_are_not_guessed() -> None:
    platforms = ["web", "safari", "opera", "iOS", "windows", None]
    oracle = told(*(message("pushnotification.Send", platform=platform) for platform in platforms))
    point = campaign_day(oracle)
    assert {channel: elements[0]["sent"] for channel, elements in point["messages"].items()} == {"web_push": 3}


def test_an_inbound_sms_counts_without_a_user() -> None:
    inbound = [
        message("sms.InboundReceive", action="Unsubscribed", message_body="stop"),
        message("sms.InboundReceive", action="None", message_body=" Help "),
        message("sms.InboundReceive", action="None", message_body="help me"),
    ]
    (element,) = campaign_day(told(*({**event, "user": None} for event in inbound)))["messages"]["sms"]
    assert (element["opt_out"], element["help"], element["sent"]) == (1, 1, 0)


def test_elements_are_ordered_by_first_receipt_then_id_and_those_without_one_come_last() -> None:
    oracle = told(
        message("email.Abort", START - 9, variation="a"),
        message("email.Send", START + 5, variation="late"),
        message("email.Send", START, variation="z"),
        message("email.Send", START, variation=None),
        message("email.Send", START, variation="Z"),
    )
    elements = campaign_day(oracle)["messages"]["email"]
    assert [element["variation_api_id"] for element in elements] == [None, "Z", "z", "late", "a"]


def test_the_newest_name_wins_whatever_the_channel_and_null_is_ignored() -> None:
    oracle = told(
        message("email.Send", START, message_variation_name="Old"),
        message("webhook.Send", START + 1, message_variation_name="New", id="b"),
        message("webhook.Send", START + 1, message_variation_name="Other", id="a"),
        message("email.Open", START + 2, message_variation_name=None),
    )
    assert campaign_day(oracle)["messages"]["email"][0]["variation_name"] == "New"


def test_a_control_group_is_in_every_channel_and_once_in_the_totals() -> None:
    enrolled = campaign_event("EnrollInControl", user="bo", message_variation_id="ctl")
    alone = campaign_day(told(enrolled))
    assert alone["messages"]["control"][0]["enrolled"] == 1
    both = campaign_day(told(enrolled, message("email.Send"), message("webhook.Send")))
    assert {channel: len(elements) for channel, elements in both["messages"].items()} == {"email": 2, "webhook": 2}
    assert both["unique_recipients"] == 2


def test_a_campaign_is_known_by_any_event_and_without_a_supported_channel_has_no_messages() -> None:
    banner = event("users.messages.banner.Impression", campaign_id="c", campaign_name="Spring")
    oracle = told(banner)
    assert oracle.campaigns == {"c"}
    assert campaign_day(oracle)["messages"] == {}
    facts = {"first_event": START, "last_event": START, "name": "Spring", "channels": []}
    assert oracle.campaign_facts("c") == facts


# Section 4: conversions


@pytest.mark.parametrize(("after", "attributed"), [(0, 1), (2_592_000, 1), (2_592_001, 0), (-1, 0)])
def test_a_conversion_exactly_thirty_days_after_its_receipt_is_attributed_to_it(after: int, attributed: int) -> None:
    oracle = told(message("email.Send", START), campaign_event("Conversion", START + after))
    converted_on = after // DAY
    assert campaign_day(oracle, converted_on)["conversions"] == 1
    assert campaign_day(oracle, converted_on)["messages"]["email"][0]["conversions"] == attributed
    assert campaign_day(oracle, 0 if attributed else converted_on)["conversions_by_send_time"] == 1


def test_a_conversion_that_names_a_variation_goes_to_a_receipt_of_it() -> None:
    oracle = told(
        message("email.Send", START, variation="a"),
        message("email.Send", START + 1, variation="b"),
        campaign_event("Conversion", START + 2, message_variation_id="a"),
        campaign_event("Conversion", START + 2, message_variation_id="b"),
        campaign_event("Conversion", START + 2, message_variation_id="nowhere"),
        campaign_event("Conversion", START + 2),
    )
    point = campaign_day(oracle)
    assert [element["conversions"] for element in point["messages"]["email"]] == [1, 2]
    assert point["conversions"] == 4


def test_among_equal_receipts_the_largest_id_gets_the_conversion() -> None:
    oracle = told(
        message("webhook.Send", id="a"),
        message("email.Send", id="Z"),
        campaign_event("Conversion", START + 1),
    )
    messages = campaign_day(oracle)["messages"]
    assert (messages["webhook"][0]["conversions"], messages["email"][0]["conversions"]) == (1, 0)


def test_conversion_keys_have_no_gaps_filled_and_unknown_indexes_are_skipped() -> None:
    conversions = [campaign_event("Conversion", conversion_behavior_index=index) for index in (None, 3, 7)]
    point = campaign_day(told(message("email.Send"), *conversions), 9)
    expected = {"conversions", "conversions_by_send_time", "conversions3", "conversions3_by_send_time"}
    assert {key for key in point if key.startswith("conversions")} == expected
    assert {key for key in point["messages"]["email"][0] if key.startswith("conversions")} == expected


# Section 4: revenue


@pytest.mark.parametrize(("after", "revenue"), [(0, 0), (1, 49.99), (3_600, 49.99), (3_601, 0)])
def test_a_purchase_exactly_at_the_end_of_the_window_counts_as_revenue(after: int, revenue: float) -> None:
    oracle = told(message("email.Send"), purchase(START + after), revenue_windows={"c": 3_600})
    point = campaign_day(oracle)
    assert point["revenue"] == point["messages"]["email"][0]["revenue"] == revenue


def test_a_purchase_at_the_instant_of_a_receipt_goes_to_the_receipt_before() -> None:
    oracle = told(message("email.Send"), message("webhook.Send", START + 9), purchase(START + 9, 5))
    messages = campaign_day(oracle)["messages"]
    assert (messages["email"][0]["revenue"], messages["webhook"][0]["revenue"]) == (5, 0)


def test_one_purchase_counts_for_each_campaign_the_user_received() -> None:
    oracle = told(message("email.Send"), message("email.Send", campaign_id="d"), purchase(START + 3 * DAY))
    assert [oracle.campaign(campaign, [day(3)])[0]["revenue"] for campaign in ("c", "d")] == [49.99, 49.99]


@pytest.mark.parametrize(
    ("price", "currency", "revenue"),
    [
        (0.000_005, "EUR", 0.000_002),  # 2.5 micro-dollars
        (0.000_007, "EUR", 0.000_004),  # 3.5
        (12, "EUR", 6),
        (12, "JPY", 0),
        (12, "usd", 0),
        ("12", "USD", 0),
        (True, "USD", 0),
        (float("nan"), "USD", 0),
    ],
)
def test_prices_become_micro_dollars_halves_to_even(price: object, currency: str, revenue: float) -> None:
    oracle = told(message("email.Send"), purchase(START + 1, price, currency), rates={"EUR": Decimal("0.5")})
    assert campaign_day(oracle)["revenue"] == revenue


# Section 5: sends


def test_a_send_counts_to_fourteen_days_after_its_first_day() -> None:
    sends = [message("email.Send", START + days * DAY + DAY - 1, send_id="s") for days in (0, 14, 15)]
    assert [send_day(told(*sends), number)["unique_recipients"] for number in (0, 14, 15)] == [1, 1, 0]
    assert [send_day(told(*sends, send_window_days=0), number)["unique_recipients"] for number in (14, 15)] == [1, 1]


def test_a_conversion_after_the_window_of_a_send_is_not_in_it_by_send_time_either() -> None:
    oracle = told(message("email.Send", send_id="s"), campaign_event("Conversion", START + 15 * DAY))
    assert campaign_day(oracle)["conversions_by_send_time"] == 1
    assert send_day(oracle)["conversions_by_send_time"] == 0


def test_the_receipt_decides_the_send_of_a_conversion_and_a_purchase() -> None:
    oracle = told(
        message("email.Send", START, send_id="s"),
        message("email.Send", START + 10, send_id="t"),
        campaign_event("Conversion", START + 9, send_id="t"),
        campaign_event("Conversion", START + 11, send_id="s"),
        purchase(START + 9, 1),
        purchase(START + 11, 2),
    )
    point = send_day(oracle)
    assert (point["conversions"], point["revenue"]) == (1, 1)
    assert oracle.sends == {("c", "s"), ("c", "t")}


def test_a_send_has_its_own_button_ranks_and_what_was_not_delivered() -> None:
    push = {"platform": "android", "send_id": "s"}
    oracle = told(
        message("pushnotification.Open", START, platform="android", button_string="Yes"),
        message("pushnotification.Open", START + 1, button_string="No", **push),
        message("pushnotification.Bounce", START + 2, **push),
        message("sms.Rejection", START + 3, send_id="s"),
    )
    messages = send_day(oracle)["messages"]
    (element,) = messages["android_push"]
    assert element["notif_button_1_No_click"] == 1
    assert (element["delivered"], element["undelivered"], element["delivery_failed"]) == (0, 1, 0)
    assert messages["sms"][0]["undelivered"] == 1
