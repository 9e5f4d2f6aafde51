"""What people do with the dashboard, in a browser, with and without scripts."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from browsing import ADDRESSES, MARKUP, Site, browsing, looking, showing, sign_in
from playwright.sync_api import Browser, Page, expect
from proxies import PREFIX, proxied


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


def test_other_days_are_a_link_away(page: Page) -> None:
    page.get_by_role("link", name="90 days").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    assert page.url.endswith("?days=90")


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
        page.get_by_role("link", name="7 days").click()
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
def test_names_are_text_and_never_markup(browser: Browser, site: Site, name: str) -> None:
    with looking(browser) as context:
        page = context.new_page()
        sign_in(page, site)
        for parameter in ("campaign_id", "canvas_id", "event", "app_id"):
            page.goto(f"{site.url}/{ADDRESSES[name].split('?')[0]}?{parameter}={quote(MARKUP)}")
            assert page.evaluate("window.hacked") is None
            assert page.locator("img").count() == 0
