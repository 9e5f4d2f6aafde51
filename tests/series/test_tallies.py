"""Sessions, custom events and purchases as clients ask for them: units, pages, cursors, and what is not known."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import Json, Quotidian
from events import event, purchase, session

DAY = "2024-03-30"


def custom(name: str | None, user: str = "ana", when: str = DAY, **properties: object) -> Json:
    return event("users.behaviors.CustomEvent", user, when, name=name, **properties)


def times(points: list[Json]) -> list[Any]:
    return [point["time"] for point in points]


def test_sessions_are_events_and_not_users(quotidian: Quotidian) -> None:
    quotidian.deliver(session("ana", DAY), session("ana", DAY), session("bo", DAY))
    assert quotidian.data("/sessions/data_series", length=2, ending_at=DAY) == [
        {"time": "2024-03-29", "sessions": 0},
        {"time": DAY, "sessions": 3},
    ]


def test_a_late_event_corrects_a_published_hour(quotidian: Quotidian) -> None:
    quotidian.deliver(custom("tea drunk", when=f"{DAY}T10:00:00+01:00"))
    asked = {"event": "tea drunk", "unit": "hour", "length": 2, "ending_at": f"{DAY}T11:30:00"}
    wanted = [f"{DAY}T10:00:00+01:00", f"{DAY}T11:00:00+01:00"]
    assert quotidian.data("/events/data_series", **asked) == [
        {"time": time, "count": n} for time, n in zip(wanted, (1, 0), strict=True)
    ]
    quotidian.deliver(custom("tea drunk", when=f"{DAY}T11:59:59+01:00"))
    assert quotidian.data("/events/data_series", **asked) == [
        {"time": time, "count": n} for time, n in zip(wanted, (1, 1), strict=True)
    ]


def test_the_hour_that_the_clock_leaves_out_is_no_hour(quotidian: Quotidian) -> None:
    quotidian.deliver(session("ana", DAY))
    points = quotidian.data("/sessions/data_series", unit="hour", length=3, ending_at="2024-03-31T04:00:00")
    assert times(points) == ["2024-03-31T01:00:00+01:00", "2024-03-31T03:00:00+02:00", "2024-03-31T04:00:00+02:00"]


def test_the_hour_that_comes_twice_is_two_hours(quotidian: Quotidian) -> None:
    quotidian.deliver(session("ana", "2024-10-27T00:30:00Z"), session("bo", "2024-10-27T01:30:00Z"))
    points = quotidian.data("/sessions/data_series", unit="hour", length=3, ending_at="2024-10-27T03:00:00")
    assert points == [
        {"time": "2024-10-27T02:00:00+02:00", "sessions": 1},
        {"time": "2024-10-27T02:00:00+01:00", "sessions": 1},
        {"time": "2024-10-27T03:00:00+01:00", "sessions": 0},
    ]


def test_a_date_ends_hours_at_its_midnight(quotidian: Quotidian) -> None:
    points = quotidian.data("/sessions/data_series", unit="hour", length=1, ending_at=DAY)
    assert times(points) == [f"{DAY}T00:00:00+01:00"]


def test_hours_after_this_one_are_left_out(quotidian: Quotidian) -> None:
    assert quotidian.data("/sessions/data_series", unit="hour", length=100, ending_at="2100-01-01") == []
    assert len(quotidian.data("/sessions/data_series", unit="hour", length=100)) == 100


def test_hours_before_the_calendar_are_refused(quotidian: Quotidian) -> None:
    response = quotidian.get("/sessions/data_series", unit="hour", length=100, ending_at="0001-01-02")
    assert response.status_code == 400
    assert "no room for 100 hours" in response.json()["message"]


@pytest.mark.parametrize("unit", ["week", "days", "Hour", "1"])
def test_a_unit_that_is_neither_day_nor_hour_is_refused(quotidian: Quotidian, unit: str) -> None:
    response = quotidian.get("/sessions/data_series", unit=unit, length=1)
    assert response.json() == {"message": f"unit must be day or hour, not {unit!r}"}


def test_a_custom_event_without_a_name_is_left_out_and_counted_as_such(quotidian: Quotidian) -> None:
    report = quotidian.deliver(custom(None), custom(""), custom("tea drunk"))
    assert quotidian.get("/events/list").json()["events"] == ["tea drunk"]
    assert report.doubts["users.behaviors.CustomEvent", "custom event without a name"] == 2


@pytest.mark.parametrize(
    ("path", "asked", "message"),
    [
        ("/events/data_series", {"event": "Tea drunk"}, "Invalid Event"),
        ("/purchases/quantity_series", {"product": "coffee"}, "Invalid Product"),
        ("/purchases/revenue_series", {"product": "coffee"}, "Invalid Product"),
        ("/sessions/data_series", {"app_id": "none"}, "Invalid App ID"),
        ("/feed/data_series", {"card_id": "any"}, "Invalid Card ID"),
    ],
)
def test_what_is_not_known_is_refused(quotidian: Quotidian, path: str, asked: Json, message: str) -> None:
    quotidian.deliver(custom("tea drunk"), purchase("ana", DAY, 1, product_id="tea"))
    response = quotidian.get(path, **asked, length=1)
    assert (response.status_code, response.json()) == (400, {"message": message})


def test_revenue_is_in_dollars_by_the_catalogues_rates_and_quantity_counts_every_purchase(
    quotidian: Quotidian,
) -> None:
    quotidian.deliver(purchase("ana", DAY, 0.1, product_id="tea"), purchase("ana", DAY, 0.2, product_id="tea"))
    quotidian.deliver(purchase("ana", DAY, 9.99, "JPY", product_id="tea"))
    asked = {"length": 1, "ending_at": DAY, "product": "tea"}
    assert quotidian.data("/purchases/revenue_series", **asked) == [{"time": DAY, "revenue": 0.3}]
    assert quotidian.data("/purchases/quantity_series", **asked) == [{"time": DAY, "purchase_quantity": 3}]


def test_a_list_has_250_names_a_page_and_is_empty_past_its_end(quotidian: Quotidian) -> None:
    names = sorted(f"event {number}" for number in range(501))
    quotidian.deliver(*map(custom, names))
    pages = [quotidian.get("/events/list", page=page).json()["events"] for page in range(4)]
    assert pages == [names[:250], names[250:500], names[500:], []]
    assert quotidian.get("/purchases/product_list", page=3).json()["products"] == []


def test_the_events_are_paged_by_the_link_header_until_there_is_none(quotidian: Quotidian) -> None:
    names = sorted(f"évent {number} &?" for number in range(120))
    quotidian.deliver(*map(custom, names))
    found: list[str] = []
    asked: dict[str, str] = {}
    for _ in range(3):
        response = quotidian.get("/events", **asked)
        found += [item["name"] for item in response.json()["events"]]
        link = response.headers.get("link", "")
        asked = {"cursor": parse_qs(urlsplit(link[1 : link.index(">")]).query)["cursor"][0]} if link else {}
    assert found == names
    assert asked == {}


def test_the_link_to_the_next_page_is_one_that_clients_can_follow(quotidian: Quotidian) -> None:
    quotidian.deliver(*(custom(f"event {number}") for number in range(51)))
    first = quotidian.get("/events")
    following = first.links["next"]["url"]
    assert following.startswith("http://testserver/events?cursor=")
    second = quotidian.client.get(following, headers={"Authorization": f"Bearer {quotidian.key}"})
    assert [len(page.json()["events"]) for page in (first, second)] == [50, 1]


def test_a_cursor_that_no_link_gave_is_refused(quotidian: Quotidian) -> None:
    response = quotidian.get("/events", cursor="not one")
    assert response.status_code == 400
    assert "cursor" in response.json()["message"]


def test_an_hours_revenue_may_be_more_than_64_bits_of_micro_dollars(quotidian: Quotidian) -> None:
    price = 999_999_995_904.0  # the largest float of 32 bits below a trillion
    quotidian.deliver(*(purchase("ada", DAY, price, product_id="island") for _ in range(10)))
    asked = {"unit": "hour", "ending_at": f"{DAY}T12:30:00Z", "length": 1}
    (point,) = quotidian.data("/purchases/revenue_series", **asked)
    assert point["revenue"] == 10 * price
