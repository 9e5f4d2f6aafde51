"""What all pages have in common."""

from collections.abc import Iterator

import pytest
from conftest import Quotidian
from events import session
from pages_of import Pages, parse

from quotidian.dashboard.pages.table import PAGES

DAY = "2024-03-30"


@pytest.fixture(scope="module")
def quotidian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    opened = Quotidian(tmp_path_factory.mktemp("pages") / "data")
    opened.deliver(session("ana", DAY), session("bo", DAY))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def pages(quotidian: Quotidian) -> Pages:
    return Pages(quotidian)


def test_who_signs_in_is_led_to_the_overview(quotidian: Quotidian) -> None:
    answer = Pages.stranger(quotidian).sign_in(quotidian.key)
    assert (answer.status_code, answer.url.path) == (200, "/w/default/overview")


def test_numbers_of_a_page_are_those_of_the_api(quotidian: Quotidian, pages: Pages) -> None:
    rows = pages.csv("overview", "active-users", **{"from": "2024-03-29", "to": DAY})
    assert [(row["Day"], int(row["Active users"])) for row in rows] == [("2024-03-29", 0), (DAY, 2)]
    assert quotidian.kpi("dau", DAY, 2) == [0, 2]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_needs_a_session(quotidian: Quotidian, page: object) -> None:
    answer = Pages.stranger(quotidian).client.get(f"/w/default/{getattr(page, 'name', '')}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "../../sign-in")


@pytest.mark.parametrize("path", ["/", "/sign-in", "/w/default/overview", "/w/default/nothing", "/pages/style.css"])
def test_every_answer_lets_the_browser_run_nothing_but_our_own_scripts(pages: Pages, path: str) -> None:
    headers = pages.client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    "given",
    [
        {"days": "0"},
        {"days": "x"},
        {"days": "99999"},
        {"from": "2024-02-30"},
        {"from": "2024-03-30", "to": "2024-03-01"},
        {"from": "9999-12-31", "to": "9999-12-31"},
        {"from": "0001-01-01", "to": "0001-01-02"},
        {"to": "0001-01-02"},
        {"from": "1900-01-01", "to": "2024-03-01"},
    ],
)
def test_days_that_cannot_be_shown_are_refused_in_words(pages: Pages, given: dict[str, str]) -> None:
    answer = pages.get(pages.path("overview"), **given)
    assert (answer.status_code, parse(answer.text).headings) == (400, [(1, "This page cannot be shown")])


def test_what_is_no_page_is_said_in_the_readers_language(quotidian: Quotidian) -> None:
    pages = Pages(quotidian, language="fr")
    answer = pages.get(pages.path("nothing"))
    assert answer.status_code == 404
    assert "Cette page n’existe pas." in parse(answer.text).text


def test_the_style_sheet_closes_each_brace_that_it_opens(pages: Pages) -> None:
    """A brace that is lost when changes are joined hides all rules below it on wide screens."""
    depth = 0
    for line in pages.get("/pages/style.css").text.splitlines():
        depth += line.count("{") - line.count("}")
        assert 0 <= depth <= (0 if line.startswith("/*") else 2), line
    assert depth == 0
