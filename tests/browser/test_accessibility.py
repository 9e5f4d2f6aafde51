"""Every page can be used by everybody: checked by axe, in light and dark, on a telephone and on a desk."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import ADDRESSES, Site, browsing, looking, showing, sign_in
from playwright.sync_api import Browser, Page

from quotidian.dashboard.pages.table import PAGES


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with showing(tmp_path_factory.mktemp("site")) as shown:
        yield shown


@pytest.fixture(scope="module")
def browser(site: Site) -> Iterator[Browser]:
    with browsing() as opened:
        yield opened


@pytest.fixture(scope="module", params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[Page]:
    with looking(browser, color_scheme=request.param) as context:
        opened = context.new_page()
        sign_in(opened, site)
        yield opened


def test_an_address_of_every_page_is_known() -> None:
    assert {page.name for page in PAGES} - ADDRESSES.keys() == set()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", ADDRESSES)
def test_a_page_is_accessible_and_no_wider_than_the_screen(page: Page, site: Site, name: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site.url}/{ADDRESSES[name]}")
    for details in page.locator("details").all():
        details.evaluate("each => { each.open = true; }")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0
