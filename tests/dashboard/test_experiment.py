"""The page of an experiment: its numbers are the API's, and what it says in words follows from them."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Quotidian
from events import email, enrolment, event, purchase
from pages_of import Pages, parse, problems

from quotidian.catalogue import CatalogueFile
from quotidian.catalogue.file import Campaign, Variation
from quotidian.dashboard import experiments
from quotidian.engine.questions import Refused

RANGE = {"from": "2024-03-01", "to": "2024-03-31"}
HOSTILE = "<script>hacked=1</script> \u202e“' & 50% off %(name)s " + "long" * 250


def _sent(variation: str | None, users: range, name: str | None = None) -> Iterator[Any]:
    for user in users:
        named = {"message_variation_id": variation, "message_variation_name": name}
        yield email("Send", f"u{user}", "2024-03-10", "spring", **named)


def _converted(users: range, index: int = 0) -> Iterator[Any]:
    for user in users:
        given = {"campaign_id": "spring", "conversion_behavior_index": index}
        yield event("users.campaigns.Conversion", f"u{user}", "2024-03-11", **given)


def _events() -> Iterator[Any]:
    """A hundred users a variation and in the control group, thirty without a variation; two have crossed over."""
    yield from _sent("a", range(100), "Short")
    yield from _sent("b", range(100, 200), HOSTILE)
    yield from _sent(None, range(200, 230))
    yield from _sent("b", range(2))
    for user in range(300, 400):
        yield enrolment(f"u{user}", "2024-03-10", "spring", message_variation_name="Nobody")
    yield from _converted(range(5, 45))
    yield from _converted(range(100, 112))
    yield from _converted(range(300, 310))
    yield from _converted(range(200, 201), 1)
    yield from (purchase(f"u{user}", "2024-03-11", 10 + user % 7) for user in (*range(30), *range(300, 320)))
    yield email("Send", "ana", "2024-03-10", "alone")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    opened = Quotidian(tmp_path_factory.mktemp("experiment") / "data")
    opened.deliver(*_events())
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def pages(opened: Quotidian) -> Pages:
    return Pages(opened)


def _answer(opened: Quotidian, **asked: str) -> Any:
    response = opened.get("/v1/campaigns/experiment", campaign_id="spring", **RANGE, **asked)
    assert response.status_code == 200, response.text
    return response.json()


def _number(text: str) -> float | None:
    return float(text) if text else None


@pytest.mark.parametrize("asked", [{}, {"conversion": "1"}, {"conversion": "revenue"}, {"baseline": "a"}])
def test_the_numbers_are_those_of_the_api(opened: Quotidian, pages: Pages, asked: dict[str, str]) -> None:
    rows = pages.csv("experiment", "experiment", campaign_id="spring", **RANGE, **asked)
    answered = _answer(opened, **asked)["data"]
    assert [row["Variation id"] or None for row in rows] == [row["variation_api_id"] for row in answered]
    for told, row in zip(rows, answered, strict=True):
        own = {"Revenue": "revenue", "Mean": "mean"} if "mean" in row else {"Rate": "rate"}
        for title, key in {"Recipients": "recipients", "Converters": "converters", **own}.items():
            assert _number(told[title]) == row[key]
        for title, key in {"Difference": "difference", "Lift": "lift"}.items():
            assert _number(told[title]) == row[key]
            low, high = row[f"{key}_interval"] or (None, None)
            assert (_number(told[f"{title} from"]), _number(told[f"{title} to"])) == (low, high)
        assert _number(told["p-value"]) == row["p_value"]


def test_each_variation_is_told_in_a_sentence(opened: Quotidian, pages: Pages) -> None:
    page = pages.page("experiment", campaign_id="spring", **RANGE)
    row = next(row for row in _answer(opened)["data"] if row["variation_api_id"] == "a")
    low, high = (f"{100 * end:.0f}%" for end in row["lift_interval"])
    more = f"“Short” converts {100 * row['lift']:.0f}% more often than the control group"
    assert f"{more}; the data allow for {low} to {high}." in page.text
    assert "may convert more or less often than the control group" in page.text
    assert (1, "Experiment: spring") in page.headings
    assert list(problems(page)) == []


def test_the_control_group_and_what_has_no_variation_are_told_in_words(pages: Pages) -> None:
    page = pages.page("experiment", campaign_id="spring", **RANGE)
    named = page.tables["Experiment"].column("Variation")
    assert sorted(named) == sorted(
        ["Short", " ".join(HOSTILE.split()), "Without a variation", "Control group (baseline)"]
    )
    assert "The variation without an id" in page.text


def test_names_are_text_and_turn_no_sentence(pages: Pages) -> None:
    response = pages.get(pages.path("experiment"), campaign_id="spring", **RANGE)
    assert "<script>hacked" not in response.text
    page = pages.page("experiment", campaign_id="spring", **RANGE)
    (told,) = [part for part in page.text.split(".") if "script" in part and "may convert" in part]
    assert "\u202e" not in told.split("“")[-2:][0]


def test_too_little_data_is_said(pages: Pages) -> None:
    page = pages.page("experiment", campaign_id="spring", conversion="1", **RANGE)
    assert "The variation without an id has conversions and the control group has none" in page.text
    assert "Fewer than 5 have converted on one of the two sides" in page.text


def test_another_variation_can_be_the_baseline(pages: Pages) -> None:
    page = pages.page("experiment", campaign_id="spring", baseline="a", **RANGE)
    assert (2, "Against “Short”") in page.headings
    assert "The control group converts 75% less often than “Short”" in page.text


def test_revenue_is_compared_by_recipient(pages: Pages) -> None:
    page = pages.page("experiment", campaign_id="spring", conversion="revenue", **RANGE)
    assert "a recipient than the control group" in page.text
    assert page.tables["Experiment"].column("Revenue")[0].startswith("$")


def test_who_received_several_variations_is_counted(opened: Quotidian, pages: Pages) -> None:
    assert _answer(opened)["crossed_over"] == 2
    assert (
        "2 users (at least 0.6% of the recipients) received more than one variation"
        in pages.page("experiment", campaign_id="spring", **RANGE).text
    )


def test_it_holds_for_one_look(pages: Pages) -> None:
    assert "holds for one look" in pages.page("experiment", campaign_id="spring", **RANGE).text
    assert "the experiment still runs" in pages.page("experiment", campaign_id="spring", days="3650").text


def test_a_split_that_is_not_as_intended_is_said(opened: Quotidian, pages: Pages) -> None:
    assert "The split is not as intended" not in pages.page("experiment", campaign_id="spring", **RANGE).text
    intended = Campaign(variations={"a": Variation(weight=90), "b": Variation(weight=10)})
    opened.import_catalogue(CatalogueFile(campaigns={"spring": intended}))
    assert _answer(opened)["sample_ratio"]["mismatch"]
    page = pages.page("experiment", campaign_id="spring", **RANGE)
    assert "The split is not as intended (p < 0.001)" in page.text


def test_a_single_variation_has_nothing_to_compare(pages: Pages) -> None:
    assert "There is nothing to compare" in pages.page("experiment", campaign_id="alone", **RANGE).text
    assert "Compare the variations" not in pages.page("campaign", campaign_id="alone", **RANGE).text


def test_days_without_messages_are_told_as_such(pages: Pages) -> None:
    page = pages.page("experiment", campaign_id="spring", **{"from": "2023-01-01", "to": "2023-01-31"})
    assert "“Short” has no recipients on these days, so there is nothing to compare." in page.text


def test_the_page_of_the_campaign_says_the_same(pages: Pages) -> None:
    page = pages.page("campaign", campaign_id="spring", **RANGE)
    assert "“Short” converts" in page.text
    assert (1, "Experiment: spring") in pages.follow(page, "The whole report").headings


def test_every_number_leads_to_what_it_means(pages: Pages) -> None:
    page = pages.page("experiment", campaign_id="spring", conversion="1", baseline="a", **RANGE)
    led = {link.address for link in page.links if link.address.startswith("number?")}
    assert len(led) > 20
    for address in led:
        response = pages.get(pages.path(address))
        assert response.status_code == 200, (address, parse(response.text).text)


def test_without_the_engine_the_pages_stand(opened: Quotidian, pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*_: object) -> Any:
        raise ConnectionRefusedError

    monkeypatch.setattr(opened.services.engine, "_ask", gone)
    page = pages.page("experiment", campaign_id="spring", **RANGE)
    assert "There is no report at the moment" in page.text
    assert "does not run or has just ended" in page.text
    assert page.addresses("Try again")[0].endswith("experiment?campaign_id=spring&from=2024-03-01&to=2024-03-31")
    assert "Compare the variations" in pages.page("campaign", campaign_id="spring", **RANGE).text


def test_the_page_of_the_campaign_does_not_wait_for_the_engine(
    opened: Quotidian, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def say_nothing(*_: object) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(opened.services.engine, "_ask", say_nothing)
    monkeypatch.setattr(experiments, "_SUMMARY_SECONDS", 0)
    assert "Compare the variations" in pages.page("campaign", campaign_id="spring", **RANGE).text


def test_an_engine_that_refuses_is_quoted(opened: Quotidian, pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> Any:
        return Refused("too many <b>receipts</b>", may_pass=False)

    monkeypatch.setattr(opened.services.engine, "_ask", refuse)
    assert "too many <b>receipts</b>" in pages.page("experiment", campaign_id="spring", **RANGE).text


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 400),
        ({"campaign_id": "nobody's"}, 404),
        ({"campaign_id": "spring", "conversion": "4"}, 400),
        ({"campaign_id": "spring", "conversion": "<b>"}, 400),
        ({"campaign_id": "spring", "baseline": "<b>"}, 404),
        ({"campaign_id": "spring", "csv": "nothing"}, 404),
    ],
)
def test_what_is_not_there_is_said_in_words(pages: Pages, asked: dict[str, str], status: int) -> None:
    response = pages.get(pages.path("experiment"), **asked)
    assert response.status_code == status
    assert "This page cannot be shown" in response.text


def test_it_needs_its_permission(opened: Quotidian) -> None:
    pages = Pages(opened, opened.new_key("dashboard", "campaigns.data_series"))
    assert pages.get(pages.path("experiment"), campaign_id="spring").status_code == 403
    assert "The whole report" not in pages.page("campaign", campaign_id="spring", **RANGE).text


def test_it_is_in_french(opened: Quotidian) -> None:
    page = Pages(opened, language="fr").page("experiment", campaign_id="spring", **RANGE)
    assert "« Short » convertit" in page.text
    assert "plus souvent que le groupe de contrôle ; d’après les données" in page.text
