"""The page of a canvas: its numbers are those of /canvas/data_series and /canvas/data_summary."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from conftest import Quotidian
from events import Json, event, purchase
from pages_of import Pages

from quotidian.catalogue import CatalogueFile
from quotidian.catalogue.canvases import Canvas, Step

FIRST, LAST = "2024-03-24", "2024-04-02"  # the clocks of Paris are changed between
DAYS = {"from": FIRST, "to": LAST}
EVIL = "<script>alert(1)</script> & \"Co\" 'x' %(rate)s \u202e"


def entry(user: str, when: str, variant: str) -> Json:
    given = {"canvas_name": EVIL, "canvas_variation_name": f"Variant {variant}"}
    return event("users.canvas.Entry", user, when, canvas_id="journey", canvas_variation_id=variant, **given)


def mail(name: str, user: str, when: str, step: str, variant: str = "a") -> Json:
    given = {"canvas_variation_id": variant, "canvas_step_id": step, "canvas_step_name": f"{EVIL} {step}"}
    return event(f"users.messages.email.{name}", user, when, canvas_id="journey", **given)


def conversion(user: str, when: str, index: int) -> Json:
    given = {"canvas_id": "journey", "canvas_step_id": "one", "conversion_behavior_index": index}
    return event("users.canvas.Conversion", user, when, **given)


@pytest.fixture(scope="module")
def quotidian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    opened = Quotidian(tmp_path_factory.mktemp("canvas") / "data")
    opened.deliver(
        *(entry(user, "2024-03-25", variant) for user, variant in (("ana", "a"), ("bo", "b"), ("cy", "a"))),
        entry("dan", "2024-03-31T00:30:00Z", "b"),
        entry("eve", "2024-03-10", "b"),
        *(mail("Send", user, "2024-03-26", "one") for user in ("ana", "bo", "cy", "eve")),
        *(mail("Send", "ana", f"2024-03-{day}", "two") for day in (28, 29, 30)),
        *(mail("Delivery", user, "2024-03-26", "one") for user in ("ana", "bo", "cy")),
        *(mail("Open", "ana", f"2024-03-{day}", "one") for day in (26, 27)),
        mail("Click", "ana", "2024-03-27", "one"),
        mail("Send", "cy", "2024-03-27", "gone"),
        conversion("ana", "2024-03-27", 0),
        conversion("bo", "2024-03-28", 1),
        purchase("ana", "2024-03-27", 19.99),
        purchase("cy", "2024-03-28", 0.1),
        event("users.canvas.Entry", "ana", "2024-03-25", canvas_id="lonely"),
        *(
            event("users.messages.email.Send", user, day, canvas_id="month", canvas_step_id="s")
            for user, days in (
                ("ana", ("2024-03-04", "2024-04-02")),
                ("bo", ("2024-02-02", "2024-03-05", "2024-04-01")),
            )
            for day in days
        ),
    )
    steps = {"gone": Step(name="Gone", deleted=True), "one": Step()}
    canvases = {"journey": Canvas(steps=steps, tags=["T<b>"], archived=True), "planned": Canvas(name="Planned")}
    opened.import_catalogue(CatalogueFile(canvases=canvases))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def pages(quotidian: Quotidian) -> Pages:
    return Pages(quotidian)


def shown(pages: Pages, canvas_id: str = "journey", **given: str) -> Any:
    return pages.client.get("/w/default/canvas", params={"canvas_id": canvas_id, **given})


def summary(quotidian: Quotidian, path: str = "summary") -> Any:
    asked = {"canvas_id": "journey", "length": 10, "ending_at": LAST, "include_deleted_step_data": "true"}
    given: dict[str, Any] = {**asked, "include_step_breakdown": "true", "include_variant_breakdown": "true"}
    return quotidian.get(f"/canvas/data_{path}", **given).json()["data"]


def test_the_funnel_is_made_of_the_summary(quotidian: Quotidian, pages: Pages) -> None:
    api = summary(quotidian)
    entries = api["total_stats"]["entries"]
    rows = pages.csv("canvas", "steps", canvas_id="journey", **DAYS)
    assert [int(row["Recipients"]) for row in rows] == [entries, 4, 1, 1]
    assert [float(row["Share of the entries"]) for row in rows] == [1.0, 1.0, 0.25, 0.25]
    steps = [api["total_stats"], *api["step_stats"].values()]
    for row, stats in zip(rows, steps, strict=True):
        assert int(row["Conversions"]) == stats["conversions"]
        assert int(row["Conversions B"]) == stats["conversions1"]
        assert float(row["Revenue"]) == stats["revenue"]
    assert [int(row["Recipients"]) for row in rows[1:]] == [each["unique_recipients"] for each in steps[1:]]


def test_variants_are_those_of_the_summary(quotidian: Quotidian, pages: Pages) -> None:
    rows = pages.csv("canvas", "variants", canvas_id="journey", **DAYS)
    variants = summary(quotidian)["variant_stats"].values()
    assert [row["Variant"] for row in rows] == [each["name"] for each in variants] == ["Variant b", "Variant a"]
    for row, stats in zip(rows, variants, strict=True):
        assert int(row["Entries"]) == stats["entries"]
        assert float(row["Conversion rate"]) == stats["conversions"] / stats["entries"]
        assert float(row["Revenue"]) == stats["revenue"]
        assert float(row["Revenue an entry"]) == stats["revenue"] / stats["entries"]


def test_the_chart_has_the_days_of_the_series(quotidian: Quotidian, pages: Pages) -> None:
    rows = pages.csv("canvas", "entries", canvas_id="journey", **DAYS)
    days = summary(quotidian, "series")["stats"]
    assert [row["Day"] for row in rows] == [day["time"] for day in days]
    assert [int(row["Entries"]) for row in rows] == [day["total_stats"]["entries"] for day in days]
    assert [int(row["Conversions"]) for row in rows] == [day["total_stats"]["conversions"] for day in days]


def test_messages_of_steps_are_told_by_channel(quotidian: Quotidian, pages: Pages) -> None:
    rows = pages.csv("canvas", "messages", canvas_id="journey", **DAYS)
    mails = summary(quotidian)["step_stats"]["one"]["messages"]["email"][0]
    assert [row["Channel"] for row in rows] == ["E-mail"] * 3
    assert {name: int(rows[0][name]) for name in ("Sent", "Delivered", "Opens", "Clicks")} == {
        "Sent": mails["sent"],
        "Delivered": mails["delivered"],
        "Opens": mails["unique_opens"],
        "Clicks": mails["unique_clicks"],
    }
    assert float(rows[0]["Delivery rate"]) == 3 / 4
    assert float(rows[0]["Open rate"]) == 1 / 3


def test_users_of_more_than_thirty_days_count_once_a_day_and_the_page_says_so(pages: Pages) -> None:
    longer = {"from": "2024-03-02", "to": LAST}
    rows = pages.csv("canvas", "steps", canvas_id="journey", **longer)
    assert [int(row["Recipients"]) for row in rows] == [5, 4, 3, 1]
    assert float(rows[0]["Revenue"]) == 20.09
    assert "A user counts in a step once a day" in shown(pages, **longer).text
    assert "A user counts once in a step" in shown(pages, **DAYS).text


def test_a_user_counts_once_on_thirty_days(pages: Pages) -> None:
    for first, recipients in (("2024-03-04", 2), ("2024-03-03", 4)):
        rows = pages.csv("canvas", "steps", canvas_id="month", **{"from": first, "to": LAST})
        assert [int(row["Recipients"]) for row in rows] == [0, recipients]


def test_without_the_permission_of_summaries_days_are_added_up(quotidian: Quotidian) -> None:
    pages = Pages(quotidian, quotidian.new_key("dashboard", "canvas.data_series"))
    rows = pages.csv("canvas", "steps", canvas_id="journey", **DAYS)
    assert [int(row["Recipients"]) for row in rows] == [4, 4, 3, 1]
    assert "lacks the permission canvas.details" in shown(pages, **DAYS).text


def test_who_may_not_see_the_series_sees_no_canvas(quotidian: Quotidian) -> None:
    answer = shown(Pages(quotidian, quotidian.new_key("dashboard", "canvas.list")))
    assert (answer.status_code, "canvas.data_series" in answer.text) == (403, True)


def test_names_are_text(pages: Pages) -> None:
    html = shown(pages, **DAYS).text
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt; &amp;") >= 4
    assert "T&lt;b&gt;" in html
    assert "deleted" in html
    assert "Archived" in html


def test_a_number_leads_to_what_it_means(pages: Pages) -> None:
    html = shown(pages, **DAYS).text
    series = quote("/canvas/data_series", safe="")
    named = (
        f"series={series}&amp;metric=unique_recipients&amp;canvas_id=journey&amp;channel=step&amp;variation_api_id=one"
    )
    assert named in html


@pytest.mark.parametrize("canvas_id", ["lonely", "planned"])
def test_a_canvas_with_nothing_says_when_there_will_be_something(pages: Pages, canvas_id: str) -> None:
    html = shown(pages, canvas_id).text
    assert "a step appears with its first message" in html
    assert "Nothing on these days." in html


@pytest.mark.parametrize(("canvas_id", "status"), [("nothing", 404), ("", 400), ("'; DROP TABLE points --", 404)])
def test_what_is_no_canvas_is_said(pages: Pages, canvas_id: str, status: int) -> None:
    assert shown(pages, canvas_id).status_code == status
