"""A real browser that looks at a real server over a small demo, in which some names are markup."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from commands import Command, key_in
from currents import write_jsonl
from events import email, event, session
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from servers import Server, serving

from quotidian.demo import demo_catalogue, write_demo
from quotidian.demo.campaigns import CAMPAIGNS
from quotidian.demo.canvases import CANVAS_ID

MARKUP = '<img src=x onerror="window.hacked=1"></a><script>window.hacked=2</script>'
"""A name that would do something if it were not taken for text."""

# Without the unseen window that the whole program makes for each page: five empty ones take 1.7 s instead of 5.5.
_CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
_MOST_MILLIS = 30_000
"""How long anything may take before it counts as wrong: a busy machine takes seconds for what takes none."""

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


CAMPAIGN = max(CAMPAIGNS, key=lambda each: (each.control > 0, len(each.channels)))
"""A campaign over several channels with a control group."""

_API = next(each for each in CAMPAIGNS if each.sends)

ADDRESSES: dict[str, str] = {
    "sign-in": "sign-in",
    "overview": "w/default/overview",
    "campaigns": "w/default/campaigns",
    "campaign": f"w/default/campaign?campaign_id={CAMPAIGN.id}",
    "send": f"w/default/send?campaign_id={_API.id}&send_id={_API.sends[0]}",
    "experiment": f"w/default/experiment?campaign_id={CAMPAIGN.id}",
    "canvases": "w/default/canvases",
    "canvas": f"w/default/canvas?canvas_id={CANVAS_ID}",
    "segments": "w/default/segments",
    "segment": "w/default/segment?segment_id=lively",
    "events": "w/default/events",
    "event": "w/default/event?event=searched",
    "data": "w/default/data",
    "number": "w/default/number?series=/kpi/dau/data_series&metric=dau",
    "a page that is not there": "w/default/nothing",
}
"""An address of each page."""


def yesterday() -> date:
    return datetime.now(UTC).date() - timedelta(days=1)


@dataclass(frozen=True)
class Site:
    """A server with two workspaces, and a key of each with all permissions."""

    server: Server
    command: Command
    key: str
    other_key: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def link(self) -> str:
        """A link that signs in once."""
        told = self.command.here("keys", "link", 1, "--at", self.url).stdout
        return next(word for word in told.split() if "/sign-in?" in word)


@contextmanager
def showing(folder: Path) -> Iterator[Site]:
    """A site, made in a folder. Skips the test where there is no browser."""
    if _CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium-headless-shell")
    command = Command(folder / "data")
    key = command.init("UTC")
    write_demo(folder / "currents", events=20_000, days=40, until=yesterday(), seed=1)
    catalogue = folder / "catalogue.toml"
    catalogue.write_text(demo_catalogue(), encoding="utf-8")
    command.here("catalogue", "import", catalogue)
    command.here("ingest", folder / "currents")
    command.here("ingest", _hostile(folder / "hostile.jsonl"))
    other = key_in(command.here("--workspace", "other", "init", "--timezone", "UTC").stdout)
    command.here("--workspace", "other", "ingest", _other(folder / "other.jsonl"))
    with serving(command, key, "--workers", 1, QUOTIDIAN_SIGN_IN_MINUTE_LIMIT="0") as server:
        yield Site(server, command, key, other)


def _hostile(path: Path) -> Path:
    day = yesterday().isoformat()
    named = {"campaign_name": MARKUP, "message_variation_name": MARKUP, "message_variation_id": MARKUP}
    return write_jsonl(
        path,
        [
            *(email("Send", f"u{n}", f"{day}T08:00:00Z", MARKUP, **named) for n in range(5)),
            *(email("Open", f"u{n}", f"{day}T09:00:00Z", MARKUP, **named) for n in range(2)),
            event("users.behaviors.CustomEvent", "u1", day, name=MARKUP),
            event("users.canvas.Entry", "u1", day, canvas_id=MARKUP, canvas_name=MARKUP, canvas_variation_id=MARKUP),
            session("u1", day, app_id=MARKUP),
        ],
    )


def _other(path: Path) -> Path:
    day = yesterday().isoformat()
    return write_jsonl(path, [session("solo", day), email("Send", "solo", day, "theirs", campaign_name="Theirs alone")])


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser."""
    expect.set_options(timeout=_MOST_MILLIS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        yield opened
        opened.close()


@contextmanager
def looking(browser: Browser, **given: object) -> Iterator[BrowserContext]:
    """A browser without a past. Nothing that it finds wrong with a page passes."""
    context = browser.new_context(locale="en-GB", **given)  # type: ignore[arg-type]
    context.set_default_timeout(_MOST_MILLIS)
    wrong: list[str] = []
    context.on("page", lambda page: _listen(page, wrong))
    try:
        yield context
        assert wrong == []
    finally:
        context.close()


def _listen(page: Page, wrong: list[str]) -> None:
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if _is_wrong(page, said) else None)


def _is_wrong(page: Page, said: ConsoleMessage) -> bool:
    """Whether it is a complaint, and not that the page itself, which the test sees, is an error page."""
    return said.type in ("error", "warning") and said.location.get("url") != page.url


def sign_in(page: Page, site: Site, key: str = "", url: str = "") -> None:
    """Sign in by the form, as somebody who types a key; `url` is where the site is if it is behind a proxy."""
    page.goto(f"{url or site.url}/sign-in")
    page.get_by_label("Key", exact=True).fill(key or site.key)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/overview*")
