"""What people do with the dashboard, in a browser, with and without scripts."""

from collections.abc import Iterator

import pytest
from browsing import Site, browsing, looking, showing, sign_in
from playwright.sync_api import Browser, Page, expect


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
