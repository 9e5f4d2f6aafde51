"""Lists of campaigns, canvases, segments and custom events: their numbers are those of the API, added up."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Quotidian
from events import email, event, purchase, session
from pages_of import Pages

from quotidian.catalogue import App, Campaign, CatalogueFile, CustomEvent, Filter, Segment
from quotidian.catalogue.canvases import Canvas

FIRST, LAST = "2024-03-28", "2024-04-02"
DAYS = {"from": FIRST, "to": LAST}
ASKED: dict[str, Any] = {"length": 6, "ending_at": LAST}
FILLERS = 60
EVIL = "<img src=x onerror=alert(1)> & \"Co\" 'x' 100%_off \u202e" + "x" * 1_000

# What is added up of each channel: sent, delivered, opens, clicks.
OF_CHANNELS = {
    "email": ("sent", "delivered", "unique_opens", "unique_clicks"),
    "sms": ("sent", "delivered", None, "clicks"),
    "ios_push": ("sent", None, "total_opens", None),
}


@pytest.fixture(scope="module")
def quotidian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    opened = Quotidian(tmp_path_factory.mktemp("lists") / "data")
    push = {"campaign_id": "nudge", "platform": "ios", "message_variation_id": "p"}
    text = {"campaign_id": "spring", "message_variation_id": "t"}
    opened.deliver(
        *(email("Send", user, "2024-03-28", "spring", campaign_name="Spring sale") for user in ("ana", "bo", "cy")),
        *(email("Delivery", user, "2024-03-28", "spring") for user in ("ana", "bo")),
        *(email("Open", "ana", f"2024-03-{day}", "spring") for day in (28, 29)),
        email("Click", "ana", "2024-03-31", "spring"),
        *(event("users.messages.sms.Send", user, "2024-03-30", **text) for user in ("ana", "bo", "cy", "dan")),
        event("users.messages.sms.Delivery", "bo", "2024-03-30", **text),
        event("users.messages.sms.ShortLinkClick", "bo", "2024-03-30", **text),
        *(event("users.messages.pushnotification.Send", user, "2024-04-01", **push) for user in ("ana", "eve")),
        event("users.messages.pushnotification.Open", "eve", "2024-04-01", **push),
        email("Send", "ana", "2024-03-29", "evil", campaign_name=EVIL),
        email("Send", "ana", "2024-03-29", "old", campaign_name="Old one"),
        event("users.campaigns.Conversion", "ana", "2024-03-30", campaign_id="spring", conversion_behavior_index=0),
        purchase("ana", "2024-03-30", 19.99),
        event("users.canvas.Entry", "ana", "2024-03-29", canvas_id="journey", canvas_variation_id="v"),
        event("users.canvas.Conversion", "ana", "2024-03-30", canvas_id="journey", conversion_behavior_index=0),
        *(session(user, "2024-03-28") for user in ("ana", "bo")),
        *(event("users.behaviors.CustomEvent", "ana", f"2024-03-{day}", name="tea drunk") for day in (22, 28, 28, 29)),
        event("users.behaviors.CustomEvent", "bo", "2024-03-29", name="tea drunk", app_id="shop"),
        event("users.behaviors.CustomEvent", "bo", "2024-03-29", name=EVIL),
    )
    fillers = {f"filler-{n:02}": Campaign(name=f"Filler {n:02}", tags=["Filler"]) for n in range(FILLERS)}
    known = {"old": Campaign(archived=True), "spring": Campaign(tags=["Season", 'T"<%_']), **fillers}
    opened.import_catalogue(
        CatalogueFile(
            campaigns=known,
            canvases={"planned": Canvas(name="Planned")},
            segments={
                "lively": Segment("Lively", [Filter("active", within_days=3)]),
                "evil": Segment(EVIL, [Filter("event", event=EVIL, within_days=2)]),
            },
            apps={"shop": App("The shop <b>")},
            events={"never": CustomEvent(description="Never happened", tags=["Tea"])},
        )
    )
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def pages(quotidian: Quotidian) -> Pages:
    return Pages(quotidian)


def ask(pages: Pages, name: str, **given: str | int) -> Any:
    return pages.client.get(f"/w/default/{name}", params={**DAYS, **given})


def rows(pages: Pages, name: str, **given: str | int) -> list[dict[str, str]]:
    response = ask(pages, name, csv=name, **given)
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.text)))


def ids(pages: Pages, name: str = "campaigns", **given: str | int) -> list[str]:
    return [row["Id"] for row in rows(pages, name, **given)]


def number(text: str) -> float | None:
    return None if text == "" else float(text)


def added_up(points: list[dict[str, Any]], channel: str = "") -> list[float | None]:
    """Sent, delivered, delivery rate, opens, open rate, clicks, click rate of a campaign, from the API's points."""
    sums: list[float | None] = [None] * 7  # sent, delivered of deliverable, opens of openable, clicks of clickable

    def add(place: int, value: float) -> None:
        sums[place] = (sums[place] or 0) + value

    for point in points:
        for name, elements in point["messages"].items():
            if channel and name != channel:
                continue
            sent, delivered, opens, clicks = OF_CHANNELS[name]
            for element in elements:
                reached = element[delivered or sent]
                add(0, element[sent])
                for place, key, of in ((1, delivered, element[sent]), (3, opens, reached), (5, clicks, reached)):
                    if key is not None:
                        add(place, element[key])
                        add(place + 1, of)
    for place in (2, 4, 6):
        of = sums[place]
        sums[place] = sums[place - 1] / of if of else None  # type: ignore[operator]
    return sums


@pytest.mark.parametrize("channel", ["", "email", "sms"])
@pytest.mark.parametrize("campaign", ["spring", "nudge", "evil"])
def test_numbers_of_campaigns_are_the_days_of_the_api_added_up(
    quotidian: Quotidian, pages: Pages, campaign: str, channel: str
) -> None:
    found = [row for row in rows(pages, "campaigns", channel=channel) if row["Id"] == campaign]
    points = quotidian.data("/campaigns/data_series", campaign_id=campaign, **ASKED)
    if channel and channel not in points[0]["messages"]:
        assert found == []
        return
    columns = ["Sent", "Delivered", "Delivery rate", "Opens", "Open rate", "Clicks", "Click rate"]
    assert [number(found[0][column]) for column in columns] == added_up(points, channel)
    if not channel:
        conversions, recipients = (sum(each[key] for each in points) for key in ("conversions", "unique_recipients"))
        assert number(found[0]["Conversions"]) == conversions
        assert number(found[0]["Conversion rate"]) == conversions / recipients
        assert number(found[0]["Revenue"]) == sum(each["revenue"] for each in points)


def test_numbers_of_canvases_are_the_summary_of_the_api(quotidian: Quotidian, pages: Pages) -> None:
    of = quotidian.get("/canvas/data_summary", canvas_id="journey", **ASKED).json()["data"]["total_stats"]
    found = {row["Id"]: row for row in rows(pages, "canvases")}
    assert {key: number(found["journey"][key]) for key in ("Entries", "Conversions", "Revenue")} == {
        "Entries": of["entries"],
        "Conversions": of["conversions"],
        "Revenue": of["revenue"],
    }
    assert number(found["journey"]["Conversion rate"]) == 1
    assert (found["planned"]["Entries"], found["planned"]["Conversion rate"]) == ("0", "")


def test_sizes_of_segments_are_those_of_the_last_day(quotidian: Quotidian, pages: Pages) -> None:
    found = {row["Id"]: int(row["Size"]) for row in rows(pages, "segments", to="2024-03-29")}
    sizes = {
        segment: quotidian.data("/segments/data_series", segment_id=segment, length=1, ending_at="2024-03-29")
        for segment in found
    }
    assert found == {segment: points[0]["size"] for segment, points in sizes.items()} == {"lively": 2, "evil": 1}


def test_counts_of_custom_events_are_those_of_the_api(quotidian: Quotidian, pages: Pages) -> None:
    found = {row["Id"]: int(row["Times"]) for row in rows(pages, "events")}
    counts = {name: quotidian.data("/events/data_series", event=name, **ASKED) for name in found}
    assert found == {name: sum(point["count"] for point in points) for name, points in counts.items()}
    assert found == {"tea drunk": 4, EVIL: 1, "never": 0}


def test_a_custom_event_is_compared_with_the_days_before(pages: Pages) -> None:
    assert "+300.0%" in ask(pages, "events", text="tea").text  # 4 after 1 on the six days before


@pytest.mark.parametrize("first", ["2024-03-28", "2023-02-01", "2015-01-01"])
def test_the_small_chart_shows_when_most_was_sent_however_long_the_range(pages: Pages, first: str) -> None:
    html = ask(pages, "campaigns", **{"text": "nudge", "from": first, "to": "2024-04-20"}).text
    path = html.split('<path class="line" d="M')[1].split('"')[0]
    heights = [float(point.split(",")[1]) for point in path.split("L")]
    assert len(heights) <= 60
    assert (heights[0], min(heights)) == (23, 1)


def test_the_largest_number_comes_first_unless_another_order_is_asked_for(pages: Pages) -> None:
    assert ids(pages)[:3] == ["spring", "nudge", "evil"]
    # What has no such number is last, whichever way the others go.
    assert ids(pages, sort="sent")[:4] == ["evil", "nudge", "spring", "filler-00"]
    assert ids(pages, sort="name")[1:4] == ["filler-00", "filler-01", "filler-02"]
    assert ids(pages, sort="-open_rate")[:2] == ["nudge", "spring"]  # equal, and so by name
    assert ids(pages, sort="click_rate")[0] == "spring"
    assert ids(pages, sort="-conversion_rate")[0] == "spring"


def test_each_column_leads_to_its_order_and_says_which_there_is(pages: Pages) -> None:
    html = ask(pages, "campaigns", sort="-opens").text
    assert html.count('aria-sort="descending"') == 1
    for name in ("name", "-sent", "-delivered", "-delivery_rate", "opens", "-open_rate", "-clicks", "-revenue"):
        assert f"sort={name}" in html
    assert 'aria-sort="ascending"' in ask(pages, "campaigns", sort="click_rate").text


def test_pages_have_fifty_rows_and_the_last_one_the_rest(pages: Pages) -> None:
    first, second = ask(pages, "campaigns").text, ask(pages, "campaigns", page=2).text
    assert "1 to 50 of 63" in first
    assert "51 to 63 of 63" in second
    assert first.count('<a class="name"') == 50
    assert second.count('<a class="name"') == 13


def test_a_page_past_the_end_leads_back(pages: Pages) -> None:
    response = ask(pages, "campaigns", page=3)
    assert response.status_code == 200
    assert "There is no page 3: the last one is 2." in response.text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SPRING", ["spring"]),
        ("100%_off", ["evil"]),
        ("100%", ["evil"]),
        ("100_", []),
        ("%", ["evil"]),
        ("_", ["evil"]),
        ("'x'", ["evil"]),
        ('"Co"', ["evil"]),
        ("nudge", ["nudge"]),
        ("\\", []),
        ("' OR 1=1 --", []),
    ],
)
def test_a_search_takes_its_text_as_it_is(pages: Pages, text: str, found: list[str]) -> None:
    assert ids(pages, text=text) == found


def test_tags_and_channels_and_the_archive_narrow_the_list(pages: Pages) -> None:
    assert ids(pages, tag="Season") == ["spring"]
    assert ids(pages, tag='T"<%_') == ["spring"]
    assert ids(pages, tag="Sea") == []
    assert len(ids(pages, tag="Filler")) == FILLERS
    assert ids(pages, channel="ios_push") == ["nudge"]
    assert "old" not in ids(pages)
    assert "old" in ids(pages, archived="too")
    assert ids(pages, archived="only") == ["old"]
    assert ids(pages, "events", tag="Tea") == ["never"]


def test_nothing_found_says_so_and_leads_to_everything(pages: Pages) -> None:
    html = ask(pages, "campaigns", text="no such", sort="name").text
    assert "Nothing matches this search." in html
    assert f'<a href="campaigns?from={FIRST}&amp;to={LAST}&amp;sort=name">Show all</a>' in html


def test_the_form_keeps_days_and_order_and_what_was_searched_for(pages: Pages) -> None:
    html = ask(pages, "campaigns", text='a"b', sort="name", tag="Season", channel="sms", archived="too").text
    for kept in (
        f'<input type="hidden" name="from" value="{FIRST}">',
        '<input type="hidden" name="sort" value="name">',
        'name="text" value="a&#34;b"',
        '<option value="Season" selected>',
        '<option value="sms" selected>',
        '<option value="too" selected>',
    ):
        assert kept in html


@pytest.mark.parametrize(
    "given",
    [
        {"page": "0"},
        {"page": "x"},
        {"page": "99999999999999999999"},
        {"sort": "size"},
        {"sort": "--sent"},
        {"sort": "name; DROP TABLE listed"},
        {"channel": "pigeon"},
        {"archived": "maybe"},
        {"text": "x" * 201},
    ],
)
def test_what_a_list_cannot_be_asked_for_is_said(pages: Pages, given: dict[str, str]) -> None:
    assert ask(pages, "campaigns", **given).status_code == 400


def test_a_segments_page_has_the_sizes_of_the_api(quotidian: Quotidian, pages: Pages) -> None:
    found = pages.csv("segment", "sizes", segment_id="lively", **DAYS)
    points = quotidian.data("/segments/data_series", segment_id="lively", **ASKED)
    assert [(row["Day"], int(row["Size"])) for row in found] == [(each["time"], each["size"]) for each in points]


def test_a_custom_events_page_has_the_counts_of_the_api_and_those_of_apps(quotidian: Quotidian, pages: Pages) -> None:
    found = pages.csv("event", "counts", event="tea drunk", **DAYS)
    points = quotidian.data("/events/data_series", event="tea drunk", **ASKED)
    assert [(row["Day"], int(row["Times"])) for row in found] == [(each["time"], each["count"]) for each in points]
    of_app = quotidian.data("/events/data_series", event="tea drunk", app_id="shop", **ASKED)
    apps = pages.csv("event", "apps", event="tea drunk", **DAYS)
    assert [(row["App"], int(row["Times"]), float(row["Share"])) for row in apps] == [
        ("The shop <b>", sum(each["count"] for each in of_app), 0.25)
    ]


@pytest.mark.parametrize(
    ("name", "given", "status"),
    [
        ("segment", {"segment_id": "nobody"}, 404),
        ("segment", {}, 400),
        ("event", {"event": "' OR 1=1"}, 404),
        ("event", {}, 400),
        ("event", {"event": EVIL}, 200),
        ("segment", {"segment_id": "evil"}, 200),
        ("event", {"event": "never"}, 200),
    ],
)
def test_pages_of_items_say_what_there_is_not(pages: Pages, name: str, given: dict[str, str], status: int) -> None:
    response = ask(pages, name, **given)
    assert (response.status_code, "<img src=x" in response.text) == (status, False)


def test_names_are_text(pages: Pages) -> None:
    for page in ("campaigns", "segments", "events"):
        html = ask(pages, page).text
        assert "<img src=x" not in html
        assert "&lt;img src=x onerror=alert(1)&gt; &amp;" in html


def test_segments_say_in_words_who_is_in_them(quotidian: Quotidian, pages: Pages) -> None:
    assert "Users who had at least 1 session within 3 days" in ask(pages, "segments").text
    french = Pages(quotidian, language="fr")
    assert "Utilisateurs qui ont eu au moins 1 session en 3 jours" in ask(french, "segments").text
    assert "Utilisateurs qui ont eu au moins 1 session en 3 jours" in ask(french, "segment", segment_id="lively").text


@pytest.mark.parametrize(
    ("page", "needed"),
    [
        ("campaigns", ("campaigns.list", "campaigns.data_series")),
        ("canvases", ("canvas.list", "canvas.data_series")),
        ("segments", ("segments.list", "segments.data_series")),
        ("events", ("events.list", "events.data_series")),
    ],
)
def test_a_list_needs_the_permissions_of_its_names_and_of_its_numbers(
    quotidian: Quotidian, page: str, needed: tuple[str, str]
) -> None:
    for permission, missing in (needed, needed[::-1]):
        answer = ask(Pages(quotidian, quotidian.new_key("dashboard", permission)), page)
        assert (answer.status_code, missing in answer.text) == (403, True)
    assert ask(Pages(quotidian, quotidian.new_key("dashboard", *needed)), page).status_code == 200


def test_an_empty_workspace_is_told_what_to_do(quotidian: Quotidian) -> None:
    pages = Pages(quotidian, quotidian.add_workspace("empty"), workspace="empty")
    for page, told in (
        ("campaigns", "quotidian ingest"),
        ("canvases", "quotidian ingest"),
        ("segments", "quotidian catalogue import"),
        ("events", "quotidian ingest"),
    ):
        assert told in pages.client.get(f"/w/empty/{page}").text


def test_a_page_of_fifty_campaigns_is_small(pages: Pages) -> None:
    assert len(ask(pages, "campaigns", tag="Filler").content) < 200_000
