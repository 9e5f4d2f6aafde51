"""The pages of a campaign and of a send: their numbers are the API's, whatever events call things."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import Quotidian, days_between
from events import email, enrolment, event, purchase
from pages_of import Pages, Parsed, parse, problems

from quotidian.catalogue import CatalogueFile
from quotidian.catalogue.behaviors import Behavior
from quotidian.catalogue.file import Campaign

FIRST, LAST = date(2024, 3, 20), date(2024, 3, 31)
RANGE = {"from": FIRST.isoformat(), "to": LAST.isoformat()}
HOSTILE = "<script>hacked=1</script> \u202e“' & 50% off\n%(name)s " + "long" * 250
NAMES = {"v1": "Short", "v2": HOSTILE}


def push(name: str, user: str, when: str, **properties: object) -> Any:
    given = {"campaign_id": "spring", "message_variation_id": "v1", "platform": "ios", **properties}
    return event(f"users.messages.pushnotification.{name}", user, when, **given)


def _mails() -> Iterator[Any]:
    """Two variations and a control group, twelve days, with sends."""
    for n, day in enumerate(days_between(FIRST, LAST)):
        when, variation = day.isoformat(), f"v{n % 2 + 1}"
        named = {"message_variation_id": variation, "message_variation_name": NAMES[variation]}
        for user in range(n + 2):
            of_send = {"send_id": f"send/{n // 4} & co"} if user else {}
            yield email("Send", f"u{user}", when, "spring", campaign_name=HOSTILE, **named, **of_send)
            yield email("Delivery", f"u{user}", when, "spring", **named, **of_send)
            yield email("Open", f"u{user % 3}", when, "spring", **named, **of_send)
        yield email("Click", "u1", when, "spring", **named)
        yield push("Send", "u2", when)
        yield push("Open", "u2", when, button_string="50% off, <b>now</b>")
        yield email("Send", "u0", when, "spring", message_variation_id=None)
        yield enrolment(f"c{n}", when, "spring", message_variation_id=None)
        yield event("users.campaigns.Conversion", "u1", f"{when}T18:00:00Z", campaign_id="spring")
        yield purchase("u1", f"{when}T19:00:00Z", 4.99)


def _fill(opened: Quotidian) -> None:
    waves = [email("Send", "ana", FIRST.isoformat(), "waves", send_id=f"s{n:02}") for n in range(30)]
    opened.deliver(*_mails(), *waves)
    opened.import_catalogue(
        CatalogueFile(
            campaigns={
                "spring": Campaign(tags=["<b>sale</b>"], conversion_behaviors=[Behavior("Purchase", 172_800)]),
                "quiet": Campaign(name="Quiet"),
            }
        )
    )


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    path: Path = tmp_path_factory.mktemp("campaign") / "data"
    opened = Quotidian(path)
    _fill(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def pages(opened: Quotidian) -> Pages:
    return Pages(opened)


def test_every_number_of_every_variation_is_the_sum_of_the_apis(opened: Quotidian, pages: Pages) -> None:
    rows = pages.csv("campaign", "by-variation", campaign_id="spring", **RANGE)
    assert _told(rows) == _summed(opened.campaign("spring", LAST.isoformat(), 12))


def test_every_number_of_a_send_is_the_sum_of_the_apis(opened: Quotidian, pages: Pages) -> None:
    ids = {"campaign_id": "spring", "send_id": "send/1 & co"}
    rows = pages.csv("send", "by-variation", **ids, **RANGE)
    assert _told(rows) == _summed(opened.send("spring", "send/1 & co", LAST.isoformat(), 12))


def _told(rows: list[dict[str, str]]) -> dict[tuple[str, str, str], float]:
    return {(row["Channel"], row["Variation id"], row["Metric"]): float(row["Value"]) for row in rows}


def _summed(points: list[dict[str, Any]]) -> dict[tuple[str, str, str], float]:
    """The sums by channel, variation and key; a control group's, which each channel lists, once."""
    found: dict[tuple[str, str, str], float] = defaultdict(float)
    for point in points:
        day: dict[tuple[str, str, str], float] = {
            ("", "", key): value for key, value in point.items() if key not in ("time", "messages")
        }
        for channel, elements in point["messages"].items():
            for element in elements:
                place = "control" if "enrolled" in element else channel
                for key, value in element.items():
                    if not key.startswith("variation_"):
                        day[place, element["variation_api_id"] or "", key] = value
        for key, value in day.items():
            found[key] = round(found[key] + value, 6)
    return dict(found)


def test_the_table_of_a_channel_has_its_variations_with_links_to_what_each_number_means(
    opened: Quotidian, pages: Pages
) -> None:
    table = pages.page("campaign", campaign_id="spring", **RANGE).tables["E-mail"]
    assert [name for (name, *_) in table.rows] == ["Without a variation", "Short", _seen(HOSTILE), "All variations"]
    sums = _summed(opened.campaign("spring", LAST.isoformat(), 12))
    assert table.column("Sent")[1] == f"{sums['email', 'v1', 'sent']:.0f}"
    of_all = sum(sums["email", variation, "sent"] for variation in ("", "v1", "v2"))
    assert table.column("Sent")[-1] == f"{of_all:.0f}"
    page, asked = _asked(table.links[2][table.columns.index("Unique opens")])
    assert page == "number"
    wanted = {"series": "/campaigns/data_series", "metric": "unique_opens", "campaign_id": "spring", **RANGE}
    assert asked == {**wanted, "channel": "email", "variation_api_id": "v2"}


def _asked(address: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(address)
    return parts.path, {name: value for name, (value,) in parse_qs(parts.query).items()}


def _seen(text: str) -> str:
    return " ".join(text.split())


def test_the_control_group_is_listed_once_whatever_the_channels(pages: Pages) -> None:
    page = pages.page("campaign", campaign_id="spring", **RANGE)
    assert [row[0] for row in page.tables["Control group"].rows] == ["Control group"]
    assert page.tables["Control group"].column("Enrolled") == ["12"]
    assert "Control group" not in page.tables["iOS push"].column("Variation")


def test_names_from_events_are_text(pages: Pages) -> None:
    page = pages.page("campaign", campaign_id="spring", **RANGE)
    assert (1, _seen(HOSTILE)) in page.headings
    assert "Clicks on button 1, “50% off, <b>now</b>”" in page.tables["iOS push"].columns
    assert "#<b>sale</b>" in page.text
    assert list(problems(page)) == []


def test_figures_compare_with_the_days_before(pages: Pages) -> None:
    dates = {"from": "2024-03-26", "to": "2024-03-31"}
    page = pages.page("campaign", campaign_id="spring", **dates)
    # 2 to 7 mails a day with a variation, one without and a push on the days before; then 8 to 13, 1 and 1.
    assert _figure(page, "Sent") == "75"
    assert "+92.3%" in page.text


def _figure(page: Parsed, title: str) -> str:
    return page.text.split(f" {title} ")[1].split()[0]


def test_the_chart_shows_what_is_chosen_day_by_day(opened: Quotidian, pages: Pages) -> None:
    points = opened.campaign("spring", LAST.isoformat(), 12)
    for of, metric, expected in [
        ("", "unique_recipients", [point["unique_recipients"] for point in points]),
        ("email/v2", "opens", [_email(point, "v2")["opens"] for point in points]),
        ("email", "opens", [sum(each.get("opens", 0) for each in point["messages"]["email"]) for point in points]),
        ("email/", "sent", [1] * 12),
        ("control/", "enrolled", [1] * 12),
        ("", "revenue", [point["revenue"] for point in points]),
    ]:
        rows = pages.csv("campaign", "by-day", campaign_id="spring", of=of or None, metric=metric, **RANGE)
        (title,) = [name for name in rows[0] if name != "Day"]
        assert [float(row[title]) for row in rows] == pytest.approx(expected), (of, metric)


def _email(point: dict[str, Any], variation: str) -> dict[str, Any]:
    return next(each for each in point["messages"]["email"] if each["variation_api_id"] == variation)


def test_a_day_of_the_chart_leads_to_what_it_means(pages: Pages) -> None:
    page = pages.page("campaign", campaign_id="spring", of="email/v2", metric="opens", **RANGE)
    address, asked = _asked(page.tables["Day by day"].links[0][1])
    assert (address, asked["day"], asked["variation_api_id"]) == ("number", "2024-03-20", "v2")
    # A total is explained too, and a sum that is not leads to the table that has each of its numbers.
    address, asked = _asked(pages.page("campaign", campaign_id="spring", **RANGE).tables["Day by day"].links[3][1])
    assert (address, asked["metric"], asked["day"]) == ("number", "sent", "2024-03-23")
    mails = pages.page("campaign", campaign_id="spring", of="email", metric="opens", **RANGE)
    expected = {"campaign_id": "spring", "of": "email", "metric": "opens", "from": "2024-03-23", "to": "2024-03-23"}
    assert _asked(mails.tables["Day by day"].links[3][1]) == ("campaign", expected)


@pytest.mark.parametrize("send_id", [None, "send/1 & co"])
def test_every_number_leads_to_a_page_that_has_the_same_number(pages: Pages, send_id: str | None) -> None:
    name = "send" if send_id else "campaign"
    page = pages.page(name, campaign_id="spring", send_id=send_id, **RANGE)
    led = {
        link.address: link.text
        for link in page.links
        if link.address.startswith("number?") and "day=" not in link.address
    }
    assert len(led) > 50
    for address, text in led.items():
        response = pages.get(pages.path(address))
        told = parse(response.text)
        assert response.status_code == 200, (address, told.text)
        assert text.split()[0] in told.text, (address, text)


def test_what_a_channel_does_not_count_is_said_to_be_none(pages: Pages) -> None:
    page = pages.page("campaign", campaign_id="spring", of="control/", metric="opens", **RANGE)
    assert "There is no such number of what you chose" in page.text


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 400),
        ({"campaign_id": "nobody's"}, 404),
        ({"campaign_id": "spring", "of": "<b>"}, 404),
        ({"campaign_id": "spring", "of": "email/none"}, 404),
        ({"campaign_id": "spring", "metric": "<script>"}, 404),
        ({"campaign_id": "spring", "page": "0"}, 400),
        ({"campaign_id": "spring", "page": "²"}, 400),
        ({"campaign_id": "spring", "page": "1" * 5_000}, 400),
        ({"campaign_id": "spring", "from": "yesterday"}, 400),
        ({"campaign_id": "spring", "csv": "nothing"}, 404),
    ],
)
def test_what_is_not_there_is_said_in_words(pages: Pages, asked: dict[str, str], status: int) -> None:
    response = pages.get(pages.path("campaign"), **asked)
    assert response.status_code == status
    assert "This page cannot be shown" in response.text


@pytest.mark.parametrize("send_id", [None, "nothing"])
def test_a_send_that_is_not_there_is_said_in_words(pages: Pages, send_id: str | None) -> None:
    response = pages.get(pages.path("send"), campaign_id="spring", send_id=send_id)
    assert response.status_code == (404 if send_id else 400)


def test_a_campaign_without_data_says_what_to_do(pages: Pages) -> None:
    page = pages.page("campaign", campaign_id="quiet")
    assert (1, "Quiet") in page.headings
    assert "No message of it has arrived yet" in page.text
    assert "Nothing on these days." in page.text


def test_a_range_of_years_has_the_same_sums_on_a_page_that_is_not_much_larger(pages: Pages) -> None:
    years = {"from": "2016-01-01", "to": "2025-01-01"}
    response = pages.get(pages.path("campaign"), campaign_id="spring", **years)
    page = parse(response.text)
    assert page.tables["E-mail"].rows == pages.page("campaign", campaign_id="spring", **RANGE).tables["E-mail"].rows
    assert len(response.content) < 400_000
    assert "Day by day" not in page.tables
    (address,) = [link.address for link in page.links if link.text == "Numbers: Day by day"]
    assert "numbers=by-day" in address
    half = {"from": "2024-01-01", "to": "2024-06-30"}
    asked = pages.page("campaign", campaign_id="spring", numbers="by-day", **half)
    assert len(asked.tables["Day by day"].rows) == 182


def test_sends_are_listed_newest_first_with_the_numbers_of_all_their_days(opened: Quotidian, pages: Pages) -> None:
    table = pages.page("campaign", campaign_id="spring", **RANGE).tables["Sends"]
    assert table.column("Send") == ["send/2 & co", "send/1 & co", "send/0 & co"]
    points = opened.send("spring", "send/1 & co", (FIRST + timedelta(days=4 + 14)).isoformat(), 15)
    sums = _summed(points)
    row = dict(zip(table.columns, table.rows[1], strict=True))
    sent = sum(value for (_, _, key), value in sums.items() if key == "sent")
    assert row["Sent"] == f"{sent:.0f}"
    assert row["Revenue"] == f"${sums['', '', 'revenue']:.2f}"
    page, asked = _asked(table.links[1][0])
    assert (page, asked["send_id"]) == ("send", "send/1 & co")
    assert (asked["from"], asked["to"]) == ("2024-03-24", "2024-04-07")
    linked = pages.get(pages.path(table.links[1][0].split("#")[0]))
    assert linked.status_code == 200


def test_sends_are_paged(pages: Pages) -> None:
    first = pages.page("campaign", campaign_id="waves", **RANGE)
    assert first.tables["Sends"].column("Send") == [f"s{n:02}" for n in range(25)]
    second = pages.follow(first, "Older sends →")
    assert second.tables["Sends"].column("Send") == [f"s{n:02}" for n in range(25, 30)]
    assert "There are no more sends." in pages.page("campaign", campaign_id="waves", page="7", **RANGE).text
    before = {"from": "2024-03-10", "to": "2024-03-19"}
    assert "No send began on these days" in pages.page("campaign", campaign_id="waves", **before).text


def test_a_registered_send_is_listed_before_anything_is_sent(opened: Quotidian, pages: Pages) -> None:
    assert opened.post("/sends/id/create", {"campaign_id": "waves", "send_id": "soon"}).status_code == 201
    table = pages.page("campaign", campaign_id="waves").tables["Sends"]
    assert table.column("Send") == ["soon"]
    assert pages.get(pages.path(table.links[0][0])).status_code == 200


def test_a_key_sees_what_its_permissions_allow(opened: Quotidian) -> None:
    pages = Pages(opened, opened.new_key("dashboard", "campaigns.data_series"))
    page = pages.page("campaign", campaign_id="spring", **RANGE)
    assert (1, "spring") in page.headings
    assert "lacks the permission sends.data_series" in page.text
    assert "lacks the permission campaigns.details" in page.text
    assert "Sends" not in page.tables
    assert pages.get(pages.path("send"), campaign_id="spring", send_id="send/1 & co").status_code == 403
    stranger = Pages(opened, opened.new_key("dashboard"))
    assert stranger.get(stranger.path("campaign"), campaign_id="spring").status_code == 403


def test_the_pages_are_in_french(opened: Quotidian) -> None:
    page = Pages(opened, language="fr").page("campaign", campaign_id="spring", **RANGE)
    assert (2, "Par canal et variante") in page.headings
    assert "Groupe de contrôle" in page.tables
    assert "en 2 jours" in page.text
