"""A number explained: its value, meaning, days and events are those of the API, for every number there is."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import pytest
from conftest import Quotidian
from events import email, event, purchase, session
from pages_of import Pages, Parsed, parse, problems

from quotidian.api.engine import EngineClient
from quotidian.catalogue import Campaign, CatalogueFile, Filter, Segment
from quotidian.domain.days import day_of
from quotidian.series.explain.question import Question
from quotidian.series.explain.subject import published_values
from quotidian.series.values import Metric

DAY = "2024-03-31"
EVENING = "2024-03-30"
CAMPAIGN = "spring <b>"
NAME = "Spring <script>alert(1)</script> & “co” 100%(day)s"
VARIATION = 'v"1/\u202e'
MANY = 1_050
ONE = {"from": DAY, "to": DAY}
BOTH = {"from": EVENING, "to": DAY}
THREE = {"from": "2024-03-29", "to": DAY}
ENGLISH = re.compile(r"\b(Distinct users|Events users|of the|that day|The share|The sum)\b")
CAMPAIGN_SERIES, CANVAS_SERIES = "/campaigns/data_series", "/canvas/data_series"

SERIES: dict[str, dict[str, str]] = {
    "/kpi/dau/data_series": {},
    "/kpi/mau/data_series": {"app_id": "shop"},
    "/kpi/new_users/data_series": {},
    "/kpi/uninstalls/data_series": {},
    "/sessions/data_series": {"segment_id": "lively"},
    "/events/data_series": {"event": "tea drunk"},
    "/purchases/quantity_series": {},
    "/purchases/revenue_series": {"product": "tea"},
    "/segments/data_series": {"segment_id": "lively"},
    CAMPAIGN_SERIES: {"campaign_id": CAMPAIGN},
    "/sends/data_series": {"campaign_id": CAMPAIGN, "send_id": "s 1"},
    CANVAS_SERIES: {"canvas_id": "journey"},
}
"""One series of each path."""


class Number(NamedTuple):
    """A number of a series on DAY, as an address asks for it."""

    parameters: dict[str, Any]
    value: float


def of_variation(name: str, user: str, when: str, **properties: object) -> object:
    given = {"message_variation_id": VARIATION, "message_variation_name": "One <i>", "send_id": "s 1", **properties}
    return email(name, user, when, CAMPAIGN, **given)


def tell(opened: Quotidian) -> None:
    """Both channels, a control group, a conversion, purchases, a canvas, a segment; clocks are set forward on DAY."""
    push = {"platform": "ios", "campaign_id": CAMPAIGN, "message_variation_id": "p", "send_id": "s 1"}
    opened.deliver(
        *(session(user, EVENING, app_id="shop") for user in ("ana", "bo", "cy")),
        *(session(user, f"{DAY}T08:00", app_id="shop") for user in ("ana", "bo")),
        event("users.behaviors.app.FirstSession", "ana", DAY),
        event("users.behaviors.Uninstall", "cy", DAY),
        event("users.behaviors.CustomEvent", "ana", DAY, name="tea drunk"),
        *(of_variation(name, user, f"{DAY}T09:00") for name in ("Send", "Delivery") for user in ("ana", "bo")),
        *(of_variation("Open", "ana", f"{DAY}T1{hour}:00") for hour in range(3)),
        of_variation("Click", "ana", f"{DAY}T13:00"),
        event("users.messages.pushnotification.Send", "cy", f"{DAY}T09:00", **push),
        event("users.messages.pushnotification.Open", "cy", f"{DAY}T09:30", **push, button_string="50% off"),
        event("users.campaigns.EnrollInControl", "di", f"{DAY}T09:00", campaign_id=CAMPAIGN),
        event("users.campaigns.Conversion", "ana", f"{DAY}T14:00", campaign_id=CAMPAIGN),
        purchase("ana", f"{DAY}T15:00", 4.99, product_id="tea"),
        event("users.canvas.Entry", "ana", DAY, canvas_id="journey", canvas_variation_id="v1"),
        event(
            "users.messages.email.Send", "ana", DAY, canvas_id="journey", canvas_variation_id="v1", canvas_step_id="one"
        ),
    )
    opened.import_catalogue(
        CatalogueFile(
            campaigns={CAMPAIGN: Campaign(name=NAME)},
            segments={"lively": Segment("Lively", [Filter("active", within_days=7)])},
        )
    )


@pytest.fixture(scope="module")
def quotidian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    opened = Quotidian(tmp_path_factory.mktemp("number") / "data")
    tell(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def pages(quotidian: Quotidian) -> Pages:
    return Pages(quotidian)


@pytest.fixture(scope="module")
def french(quotidian: Quotidian) -> Pages:
    return Pages(quotidian, language="fr")


def numbers(quotidian: Quotidian, series: str) -> list[Number]:
    """All numbers of the series of a path on DAY."""
    question = Question(series, day_of(date.fromisoformat(DAY)), "", **SERIES[series])
    with quotidian.engine.connect() as connection:
        found = published_values(connection, quotidian.workspace(), quotidian.rules, question)
    return [Number(_address(series, metric), value) for metric, value in found.items()]


def _address(series: str, metric: Metric) -> dict[str, Any]:
    place = {"channel": metric.channel or None, "variation_api_id": metric.variation}
    return {"series": series, "metric": metric.name, **SERIES[series], **place}


def refused(pages: Pages, status: int, **given: str) -> Parsed:
    """What is said instead of a number."""
    response = pages.get(pages.path("number"), **given)
    assert response.status_code == status, response.text
    return parse(response.text)


def explained(quotidian: Quotidian, parameters: dict[str, Any], day: str = DAY) -> Any:
    response = quotidian.get("/v1/explain", **parameters, day=day)
    assert response.status_code == 200, response.text
    return response.json()


def written(value: float, metric: str) -> str:
    return f"${value:,.2f}" if metric == "revenue" else f"{value:,}"


@pytest.mark.parametrize("series", SERIES)
def test_each_number_above_zero_is_explained_as_the_api_explains_it(
    quotidian: Quotidian, pages: Pages, series: str
) -> None:
    above = [number for number in numbers(quotidian, series) if number.value]
    assert above
    for parameters, value in above:
        answer = explained(quotidian, parameters)
        page = pages.page("number", **parameters, day=DAY)
        assert f"Mar 31, 2024 {written(value, parameters['metric'])}" in page.text, parameters
        assert answer["definition"] in page.text
        rows = page.tables["The events that count"].rows
        assert [row[1:3] for row in rows] == [[each["id"], each["type"]] for each in answer["events"]], parameters
        assert [row[4] for row in rows if len(row) > 3] == [
            each["receipt"]["id"] for each in answer["events"] if "receipt" in each
        ]


@pytest.mark.parametrize("series", SERIES)
def test_each_number_has_a_page_in_french_without_an_english_sentence(
    quotidian: Quotidian, french: Pages, series: str
) -> None:
    for parameters, value in numbers(quotidian, series):
        page = french.page("number", **parameters, **BOTH)
        assert ENGLISH.findall(page.text) == [], parameters
        assert parameters["metric"] in ("size", "mau") or value == 0 or "Somme de 2 jours" in page.text


def test_the_time_of_an_event_is_that_of_the_workspace_with_its_offset(pages: Pages) -> None:
    rows = pages.csv("number", "events", series="/kpi/dau/data_series", metric="dau", day=EVENING)
    assert {row["Time"] for row in rows} == {"2024-03-30 13:00:00+01:00"}
    rows = pages.csv("number", "events", series="/events/data_series", metric="count", event="tea drunk", day=DAY)
    assert [row["Time"] for row in rows] == ["2024-03-31 14:00:00+02:00"]
    conversions = {"series": CAMPAIGN_SERIES, "metric": "conversions", "campaign_id": CAMPAIGN}
    (row,) = pages.csv("number", "events", **conversions, day=DAY)
    assert row["Time"] == "2024-03-31 16:00:00+02:00"


def test_the_days_of_a_range_are_those_of_the_api_and_lead_to_themselves(quotidian: Quotidian, pages: Pages) -> None:
    asked = {"series": "/kpi/dau/data_series", "metric": "dau"}
    rows = pages.csv("number", "by-day", **asked, **THREE)
    assert [int(row["Active users a day"]) for row in rows] == quotidian.kpi("dau", DAY, 3) == [0, 3, 2]
    page = pages.page("number", **asked, **THREE)
    assert "Sum of 3 days 5" in page.text
    assert "users who count on several of them count on each" in page.text
    assert "Mar 30, 2024 3" in pages.follow(page, "3").text


def test_users_of_windows_are_not_added_up_over_days(pages: Pages) -> None:
    page = pages.page("number", series="/kpi/mau/data_series", metric="mau", **BOTH)
    assert "Sum of" not in page.text
    assert "do not add up over days" in page.text
    assert "Mar 31, 2024 3" in page.text


def values_of(page: Any) -> dict[str, str]:
    return {row[0]: row[1] for row in page.tables["What it is made of"].rows}


def test_a_total_over_channels_is_made_of_the_numbers_of_elements_each_a_link(pages: Pages) -> None:
    page = pages.page("number", series=CAMPAIGN_SERIES, metric="opens", campaign_id=CAMPAIGN, **ONE)
    assert "Sum of 1 day 2" in page.text
    assert values_of(page) == {"E-mail · One <i>: Unique opens": "1", "iOS push · p: Opens in all": "1"}
    addresses = [dict(parse_qsl(address.partition("?")[2])) for text, address in page.links if text == "1"]
    assert [each["metric"] for each in addresses if "channel" in each] == ["unique_opens", "total_opens"]
    assert VARIATION in [each.get("variation_api_id") for each in addresses]


@pytest.mark.parametrize(
    ("series", "place", "expected", "made_of"),
    [
        (
            CAMPAIGN_SERIES,
            {"metric": "delivery_rate"},
            "100.0%",
            {"Delivered": "2", "Sent, where deliveries are told": "2"},
        ),
        (CAMPAIGN_SERIES, {"metric": "open_rate"}, "66.7%", {"Opens": "2", "Delivered, where opens are told": "3"}),
        (CAMPAIGN_SERIES, {"metric": "click_rate"}, "50.0%", {"Clicks": "1", "Delivered, where clicks are told": "2"}),
        (CAMPAIGN_SERIES, {"metric": "conversion_rate"}, "25.0%", {"Conversions": "1", "Recipients": "4"}),
        (
            CAMPAIGN_SERIES,
            {"metric": "open_rate", "channel": "email"},
            "50.0%",
            {"Unique opens": "1", "Delivered": "2"},
        ),
        (CANVAS_SERIES, {"metric": "conversion_rate"}, "0.0%", {"Conversions": "0", "Entries": "1"}),
        (
            CANVAS_SERIES,
            {"metric": "conversion_rate", "channel": "variant", "variation_api_id": "v1"},
            "0.0%",
            {"Conversions": "0", "Entries": "1"},
        ),
    ],
)
def test_a_rate_is_a_share_of_two_numbers_that_are_links(
    pages: Pages, series: str, place: dict[str, str], expected: str, made_of: dict[str, str]
) -> None:
    page = pages.page("number", series=series, **SERIES[series], **place, **ONE)
    assert f"Over all days shown {expected}" in page.text
    assert values_of(page) == made_of
    for name, value in made_of.items():
        addresses = [address for address in page.addresses(value) if "metric" in address]
        ingredients = [parse(pages.get(address).text) for address in addresses]
        assert any(f"{name} " in each.text and f"Sum of 1 day {value}" in each.text for each in ingredients), name


@pytest.mark.parametrize("metric", ["active", "new", "retained", "resurrected", "lost", "stickiness"])
@pytest.mark.parametrize("window", [1, 7])
def test_growth_is_that_of_the_api(quotidian: Quotidian, pages: Pages, metric: str, window: int) -> None:
    asked = {"window": window, **BOTH}
    rows = pages.csv("number", "by-day", series="/v1/growth", metric=metric, **asked)
    answer = quotidian.get("/v1/growth", window=window, **BOTH).json()["data"]
    assert [float(list(row.values())[1]) for row in rows] == pytest.approx([point[metric] for point in answer])
    assert "What it is made of" in pages.page("number", series="/v1/growth", metric=metric, day=DAY).text


def test_windows_and_retention_are_those_of_the_api(quotidian: Quotidian, pages: Pages) -> None:
    asked = {**BOTH, "app_id": "shop"}
    rows = pages.csv("number", "by-day", series="/v1/active_users", metric="active", window=2, **asked)
    answer = quotidian.get("/v1/active_users", window=2, app_id="shop", **BOTH).json()["data"]
    assert [int(list(row.values())[1]) for row in rows] == [point["active"] for point in answer] == [3, 3]
    rows = pages.csv("number", "by-day", series="/v1/retention", metric="retained_1", **asked)
    cohorts = quotidian.get("/v1/retention", app_id="shop", **BOTH).json()["data"]
    assert [int(list(row.values())[1]) for row in rows] == [cohort["retained"][1] for cohort in cohorts] == [2, 0]
    page = pages.page("number", series="/v1/retention", metric="retention_1", **asked)
    assert "Retention after 1 day" in page.text
    assert "Over all days shown 66.7%" in page.text


@pytest.mark.parametrize("metric", ["recipients", "rate", "lift", "lift_interval", "p_value", "sample_ratio"])
def test_numbers_of_an_experiment_are_explained_in_words(french: Pages, pages: Pages, metric: str) -> None:
    asked = {"series": "/v1/campaigns/experiment", "metric": metric, "campaign_id": CAMPAIGN}
    page = pages.page("number", **asked)
    assert "/experiment?" in page.addresses("The report of the experiment")[0]
    assert ENGLISH.findall(french.page("number", **asked).text) == []


def test_names_are_text_and_lead_to_their_pages(pages: Pages) -> None:
    asked = {"series": CAMPAIGN_SERIES, "metric": "opens", "campaign_id": CAMPAIGN}
    page = pages.page("number", **asked, channel="email", variation_api_id=VARIATION, day=DAY)
    assert "i" not in page.tags
    assert list(problems(page)) == []
    assert f"Campaign {NAME} Channel E-mail Variation One <i>" in page.text
    assert dict(parse_qsl(page.addresses(NAME)[0].partition("?")[2]))["campaign_id"] == CAMPAIGN


def test_a_button_with_a_percent_sign_is_text(quotidian: Quotidian, pages: Pages) -> None:
    clicks = [each for each in numbers(quotidian, CAMPAIGN_SERIES) if "50% off" in each.parameters["metric"]]
    (number,) = clicks
    assert "Clicks on button 1, “50% off”" in pages.page("number", **number.parameters, **ONE).text


@pytest.mark.parametrize(
    ("status", "given"),
    [
        (400, {}),
        (400, {"series": "/kpi/dau/data_series"}),
        (404, {"series": "/nothing", "metric": "dau"}),
        (404, {"series": "/kpi/dau/data_series", "metric": "mau"}),
        (404, {"series": "/kpi/dau/data_series", "metric": "<script>" * 100}),
        (404, {"series": "/kpi/dau/data_series", "metric": "dau", "app_id": "nothing"}),
        (400, {"series": "/kpi/dau/data_series", "metric": "dau", "campaign_id": "spring"}),
        (404, {"series": "/kpi/dau/data_series", "metric": "dau", "channel": "email"}),
        (400, {"series": "/kpi/dau/data_series", "metric": "dau", "day": "2999-01-01"}),
        (400, {"series": "/kpi/dau/data_series", "metric": "dau", "day": "yesterday"}),
        (400, {"series": "/kpi/dau/data_series", "metric": "dau", "day": DAY, "cursor": "x"}),
        (400, {"series": "/kpi/dau/data_series", "metric": "dau", "day": DAY, "cursor": "\u00e9\u0000"}),
        (400, {"series": "/kpi/dau/data_series", "metric": "dau", "day": DAY, "part": "10"}),
        (400, {"series": "/kpi/dau/data_series", "metric": "dau", "day": DAY, "part": "\u00b2"}),
        (400, {"series": CAMPAIGN_SERIES, "metric": "opens"}),
        (404, {"series": CAMPAIGN_SERIES, "metric": "opens", "campaign_id": "' OR 1=1 --"}),
        (404, {"series": CAMPAIGN_SERIES, "metric": "opns", "campaign_id": CAMPAIGN}),
        (404, {"series": CAMPAIGN_SERIES, "metric": "opens", "campaign_id": CAMPAIGN, "channel": "fax"}),
        (404, {"series": "/sends/data_series", "metric": "opens", "campaign_id": CAMPAIGN, "send_id": "nothing"}),
        (404, {"series": "/segments/data_series", "metric": "size", "segment_id": "nobody"}),
        (404, {"series": "/v1/growth", "metric": "dau"}),
        (400, {"series": "/v1/growth", "metric": "new", "window": "46"}),
        (404, {"series": "/v1/growth", "metric": "new", "app_id": "nothing"}),
        (404, {"series": "/v1/retention", "metric": "retained_91"}),
        (404, {"series": "/v1/campaigns/experiment", "metric": "luck", "campaign_id": CAMPAIGN}),
        (404, {"series": "/v1/campaigns/experiment", "metric": "rate", "campaign_id": "nothing"}),
    ],
)
def test_what_is_no_number_is_said_in_words(pages: Pages, french: Pages, status: int, given: dict[str, str]) -> None:
    assert "This page cannot be shown" in refused(pages, status, **given).text
    assert ENGLISH.findall(refused(french, status, **given).text) == []


def test_a_number_needs_the_permission_that_its_series_needs(quotidian: Quotidian) -> None:
    reader = Pages(quotidian, quotidian.new_key("dashboard", "kpi.dau.data_series"))
    dau = {"series": "/kpi/dau/data_series", "metric": "dau"}
    assert "Sum of 2 days 5" in reader.page("number", **dau, **BOTH).text
    assert "campaigns.data_series" in refused(reader, 403, series=CAMPAIGN_SERIES, metric="x").text
    assert "growth" in refused(reader, 403, series="/v1/growth", metric="new").text
    page = reader.page("number", **dau, day=DAY)
    assert "Mar 31, 2024 2" in page.text
    assert "lacks the permission explain, which the events of a number need" in page.text
    assert page.tables == {}
    assert reader.get(reader.path("number"), **dau, day=DAY, csv="events").status_code == 404


def test_without_the_engine_the_number_stands_and_one_can_try_again(quotidian: Quotidian, tmp_path: Path) -> None:
    nobody = EngineClient(tmp_path / "nobody.socket")
    services = quotidian.services
    quotidian.services = replace(services, engine=nobody)
    try:
        pages = Pages(quotidian)
    finally:
        quotidian.services = services
    page = pages.page("number", series="/kpi/dau/data_series", metric="dau", day=DAY)
    assert "Mar 31, 2024 2" in page.text
    assert "Distinct users with an event" in page.text
    assert "The engine, which has the events, does not answer at the moment" in page.text
    assert page.addresses("Try again") == [page.url.replace("/kpi/dau/data_series", "%2Fkpi%2Fdau%2Fdata_series")]
    assert page.tables["The values it has had"]


def test_a_number_that_late_events_have_changed_shows_what_it_was(quotidian: Quotidian, pages: Pages) -> None:
    quotidian.deliver(event("users.behaviors.CustomEvent", "ana", "2024-03-20", name="late one"))
    quotidian.deliver(event("users.behaviors.CustomEvent", "bo", "2024-03-20", name="late one"))
    asked = {"series": "/events/data_series", "metric": "count", "event": "late one"}
    history = explained(quotidian, asked, "2024-03-20")["history"]
    rows = pages.csv("number", "history", **asked, day="2024-03-20")
    assert [(int(row["Value"]), int(row["New events"])) for row in rows] == [
        (past["value"], past["arrived"]) for past in history
    ]
    assert [past["value"] for past in history] == [1, 2]


def test_pages_of_events_have_each_event_once(quotidian: Quotidian, pages: Pages) -> None:
    quotidian.deliver(
        *(
            {**event("users.behaviors.CustomEvent", "ana", "2024-03-10", name="many"), "id": f"many-{n}"}
            for n in range(MANY)
        )
    )
    asked = {"series": "/events/data_series", "metric": "count", "event": "many", "day": "2024-03-10"}
    seen: list[str] = []
    page = pages.page("number", **asked)
    assert "First page" not in page.text
    while True:
        rows = [row[1] for row in page.tables["The events that count"].rows]
        assert len(rows) <= 100
        seen += rows
        if not page.addresses("Next page →"):
            break
        page = pages.follow(page, "Next page →")
    assert len(seen) == MANY
    assert set(seen) == {f"many-{n}" for n in range(MANY)}
    assert pages.follow(page, "First page").tables["The events that count"].rows[0][1] == seen[0]
    assert len(pages.csv("number", "events", **asked)) == 1_000
