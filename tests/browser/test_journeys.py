"""What people do with the dashboard, in a browser, with and without scripts."""

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from browsing import ADDRESSES, CAMPAIGN, MARKUP, Site, browsing, looking, showing, sign_in, yesterday
from commands import key_in
from playwright.sync_api import Browser, Page, expect
from proxies import PREFIX, proxied

from quotidian.demo.canvases import CANVAS


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with showing(tmp_path_factory.mktemp("site")) as shown:
        yield shown


@pytest.fixture(scope="module")
def browser(site: Site) -> Iterator[Browser]:
    with browsing() as opened:
        yield opened


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def page(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[Page]:
    """A page of who has signed in."""
    with looking(browser, java_script_enabled=request.param) as context:
        opened = context.new_page()
        sign_in(opened, site)
        yield opened


@pytest.fixture(scope="module")
def same_page(browser: Browser, site: Site) -> Iterator[Page]:
    """A page of who has signed in, for tests that only look."""
    with looking(browser) as context:
        opened = context.new_page()
        sign_in(opened, site)
        yield opened


def test_other_days_are_a_link_away(page: Page) -> None:
    page.get_by_role("link", name="90 days").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    assert page.url.endswith("?days=90")


def test_a_closer_look_is_a_link_of_the_axis_away(page: Page) -> None:
    page.locator("#active-users .x-axis a").first.click()
    assert "from=" in page.url
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")


def test_a_campaign_is_found_and_a_number_of_it_taken_apart(page: Page, site: Site) -> None:
    page.get_by_role("link", name="Campaigns", exact=True).click()
    page.get_by_label("Name or id").fill(CAMPAIGN.name.upper())
    page.get_by_role("button", name="Search").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name=CAMPAIGN.name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(CAMPAIGN.name)
    number = page.get_by_role("region", name="E-mail").first.locator("tbody a").first
    shown = number.inner_text()
    number.click()
    expect(page.locator(".figure .number").first).to_have_text(shown)
    days = page.locator("summary")
    if days.count():
        days.first.click()
    page.locator("table a", has_text=re.compile("^[1-9]")).first.click()
    assert "day=" in page.url
    expect(page.get_by_role("heading", name="What it means")).to_be_visible()
    expect(page.locator("table").last.locator("tbody tr").first).to_be_visible()


def test_lists_are_sorted_by_their_columns(page: Page) -> None:
    page.get_by_role("link", name="Campaigns", exact=True).click()
    page.get_by_role("columnheader").get_by_role("link", name="Revenue").click()
    expect(page.locator("th[aria-sort]")).to_contain_text("Revenue")


@pytest.mark.parametrize(
    ("menu", "what", "seen"),
    [
        ("Canvases", CANVAS, "Entered the canvas"),
        ("Segments", "Lively", "Size on the last day"),
        ("Custom events", "searched", "Times a day, on average"),
    ],
)
def test_what_a_list_names_is_a_link_away(page: Page, menu: str, what: str, seen: str) -> None:
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=menu, exact=True).click()
    page.get_by_role("link", name=what, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(what)
    expect(page.get_by_text(seen).first).to_be_visible()


def test_the_data_page_tells_what_came(page: Page, site: Site) -> None:
    page.get_by_role("link", name="Data", exact=True).click()
    table = page.get_by_role("region", name="By event type")
    expect(table.get_by_text("users.behaviors.app.SessionStart", exact=True)).to_be_visible()


def test_variations_are_compared_with_the_one_that_is_chosen(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/{ADDRESSES['experiment']}&conversion=revenue")
    expect(page.locator("svg .whisker").first).to_be_attached()
    baseline = page.locator("select[name=baseline]")
    chosen = baseline.locator("option").last.get_attribute("value")
    baseline.select_option(chosen)
    if page.url.endswith("revenue"):  # without scripts the choice needs its button
        page.locator("form:has(select[name=baseline]) button").click()
    page.wait_for_url("**baseline=*")
    expect(page.locator("select[name=baseline]")).to_have_value(str(chosen))


def test_a_page_is_read_in_french_and_stays_so(page: Page) -> None:
    page.get_by_role("link", name="Français").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vue d’ensemble")
    page.get_by_role("link", name="Campagnes", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Campagnes")


def test_with_two_keys_one_goes_from_workspace_to_workspace(page: Page, site: Site) -> None:
    assert page.goto(f"{site.url}/w/other/campaigns").status == 404  # type: ignore[union-attr]
    sign_in(page, site, site.other_key)
    page.get_by_role("link", name="Campaigns", exact=True).click()
    expect(page.get_by_text("Theirs alone")).to_be_visible()
    page.get_by_role("link", name="default").click()
    expect(page.get_by_text(CAMPAIGN.name)).to_be_visible()
    expect(page.get_by_text("Theirs alone")).to_have_count(0)


def test_who_signs_out_is_out(page: Page) -> None:
    shown = page.url
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.goto(shown)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


@pytest.mark.parametrize("told", [{}, {"X_Forwarded_Prefix": PREFIX}], ids=["says nothing", "tells its prefix"])
def test_everything_works_under_a_proxys_prefix(browser: Browser, site: Site, told: dict[str, str]) -> None:
    with proxied(site.server.port, **told) as url, looking(browser) as context:
        page = context.new_page()
        refused: list[str] = []
        page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
        sign_in(page, site, url=url)
        for address in ADDRESSES.values():
            page.goto(f"{url}/{address}")
            assert page.locator("link[rel=stylesheet]").evaluate("each => each.sheet.cssRules.length") > 50
        page.goto(f"{url}/{ADDRESSES['overview']}")
        page.get_by_role("group", name="Days shown").get_by_role("link", name="7 days").click()
        with page.expect_download() as download:
            page.locator("summary").first.click()
            page.get_by_role("link", name="Download as CSV").first.click()
        assert download.value.path().read_text().startswith("Day,")
        page.get_by_role("link", name="Français").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Vue d’ensemble")
        page.get_by_role("button", name="Se déconnecter").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Se connecter")
        assert refused == [f"{url}/{ADDRESSES['a page that is not there']}"]


@pytest.mark.parametrize("name", ADDRESSES)
def test_names_are_text_and_never_markup(same_page: Page, site: Site, name: str) -> None:
    for parameter in ("campaign_id", "canvas_id", "event", "app_id"):
        same_page.goto(f"{site.url}/{ADDRESSES[name].split('?')[0]}?{parameter}={quote(MARKUP)}")
        assert same_page.evaluate("window.hacked") is None
        assert same_page.locator("img").count() == 0


def test_a_link_signs_in_once(browser: Browser, site: Site) -> None:
    address = site.link()
    with looking(browser) as context:
        page = context.new_page()
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    with looking(browser) as context:
        page = context.new_page()
        page.goto(address)
        expect(page.get_by_role("alert")).to_contain_text("used already")


def test_a_cookie_that_was_stolen_is_dead_after_the_sign_out(browser: Browser, site: Site) -> None:
    with looking(browser) as context, looking(browser) as thief:
        page = context.new_page()
        sign_in(page, site)
        thief.add_cookies(context.cookies())  # type: ignore[arg-type]
        stolen = thief.new_page()
        stolen.goto(f"{site.url}/{ADDRESSES['overview']}")
        expect(stolen.get_by_role("heading", level=1)).to_have_text("Overview")
        page.get_by_role("button", name="Sign out").click()
        stolen.reload()
        expect(stolen.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_key_that_is_revoked_is_out_at_once(browser: Browser, site: Site) -> None:
    key = key_in(site.command.here("keys", "create", "--name", "short", "--all").stdout)
    listed = map(json.loads, site.command.here("keys", "list", "--format", "json").stdout.splitlines())
    with looking(browser) as context:
        page = context.new_page()
        sign_in(page, site, key)
        site.command.here("keys", "revoke", max(each["id"] for each in listed))
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_the_keyboard_is_enough(browser: Browser, site: Site) -> None:
    with looking(browser) as context:
        page = context.new_page()
        page.goto(f"{site.url}/sign-in")
        expect(page.locator("#key")).to_be_focused()
        page.keyboard.type(site.key)
        page.keyboard.press("Enter")
        page.wait_for_url("**/overview*")
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_text("Skip to the numbers")
        page.keyboard.press("Enter")
        assert page.url.endswith("#main")
        plot = page.locator("#active-users .plot")
        plot.focus()
        page.keyboard.press("ArrowLeft")
        expect(plot.locator("output")).to_contain_text("Active users")


def test_numbers_of_a_page_are_those_of_the_api(browser: Browser, site: Site) -> None:
    day = yesterday().isoformat()
    with looking(browser) as context:
        page = context.new_page()
        sign_in(page, site)
        page.goto(f"{site.url}/{ADDRESSES['number']}&day={day}")
        shown = page.locator(".figure .number").first.inner_text()
    assert int(shown.replace(",", "")) == site.server.dau(day)


def test_the_documentation_works_under_a_proxys_prefix(browser: Browser, site: Site) -> None:
    with proxied(site.server.port) as url, looking(browser) as context:
        page = context.new_page()
        answer = page.goto(f"{url}/docs")
        assert answer is not None
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        expect(page.get_by_text("/kpi/dau/data_series").first).to_be_visible()
