"""Signing in: with a key that may see pages, or with a link that works once; attempts are limited."""

import copy
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Quotidian
from pages_of import Pages, parse, problems

from quotidian.api.counters import FileCounters
from quotidian.api.limits import RateLimiter
from quotidian.control.keys import find_key, revoke_key
from quotidian.control.sessions import create_link
from quotidian.control.workspaces import all_workspaces
from quotidian.dashboard.pages.table import PAGES
from quotidian.store.series import writing

UNUSABLE = "This link was used already, or is too old."
TOO_MANY = "Too many attempts to sign in; try again in"
NOON = 1_711_800_000.0


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    opened = Quotidian(tmp_path_factory.mktemp("signing") / "data", sign_in_minute_limit="0")
    opened.events.close()  # no page reads events
    yield opened
    opened.close()


@pytest.fixture
def limited(world: Quotidian, tmp_path: Path) -> Callable[..., Quotidian]:
    """Makes workers of one server with limits, which count in one folder."""

    def made(clock: Clock, **changed: Any) -> Quotidian:
        settings = dataclasses.replace(world.settings, **changed)
        limiter = RateLimiter(settings, FileCounters(tmp_path / "limits"), clock=clock)
        worker = copy.copy(world)
        worker.services = dataclasses.replace(world.services, settings=settings, limiter=limiter)
        return worker

    return made


def link_of(world: Quotidian, secret: str, seconds: int = 60) -> str:
    with writing(world.engine) as connection:
        key = find_key(connection, secret)
        assert key is not None
        return create_link(connection, key.id, seconds)


def names(world: Quotidian) -> list[str]:
    with world.engine.connect() as connection:
        return [workspace.name for workspace in all_workspaces(connection)]


def revoke(world: Quotidian, secret: str) -> None:
    with writing(world.engine) as connection:
        key = find_key(connection, secret)
        assert key is not None
        revoke_key(connection, key.workspace, key.id)


def said(response: Any) -> str:
    return parse(response.text).text


def wait_of(response: Any) -> int:
    assert (response.status_code, TOO_MANY in said(response)) == (429, True)
    return int(response.headers["retry-after"])


# With a key


def test_the_sign_in_page_says_what_it_wants(world: Quotidian) -> None:
    page = parse(Pages.stranger(world).get("/sign-in").text)
    assert list(problems(page)) == []
    assert page.title == "Sign in · Quotidian"
    assert set(page.fields) == {"csrf", "to", "key"}
    assert "quotidian keys create" in page.text


def test_who_asks_for_a_page_signs_in_and_is_led_to_it_with_all_that_it_says(world: Quotidian) -> None:
    pages = Pages.stranger(world)
    asked = pages.get("/w/default/overview?days=7&x=a%20b%2Fc")
    fields = parse(asked.text).fields
    assert asked.url.path == "/sign-in"
    answer = pages.post("/sign-in", fields, key=world.key)
    assert (answer.status_code, answer.url.raw_path) == (200, b"/w/default/overview?days=7&x=a%20b%2Fc")


def test_where_one_wanted_to_go_outlives_a_wrong_key(world: Quotidian) -> None:
    pages = Pages.stranger(world)
    wrong = pages.post("/sign-in", parse(pages.get("/w/default/overview?days=7").text).fields, key="wrong")
    answer = pages.post("/sign-in", parse(wrong.text).fields, key=world.key)
    assert str(answer.url).endswith("/w/default/overview?days=7")


@pytest.mark.parametrize("key", ["", "wrong", "qk_" + "x" * 43, "é", "\0", "%00", "' or 1=1 --", "x" * 1_000])
def test_what_is_no_key_opens_nothing(world: Quotidian, key: str) -> None:
    pages = Pages.stranger(world)
    answer = pages.sign_in(key)
    assert (answer.status_code, "There is no such key" in said(answer)) == (403, True)
    assert pages.get("/").url.path == "/sign-in"


def test_a_key_without_the_permission_is_told_which(world: Quotidian) -> None:
    answer = Pages.stranger(world).sign_in(world.new_key("kpi.dau.data_series"))
    assert answer.status_code == 403
    assert "This key lacks the permission dashboard; make one that has it." in said(answer)


def test_a_key_with_that_permission_alone_sees_no_numbers(world: Quotidian) -> None:
    pages = Pages(world, world.new_key("dashboard"))
    assert pages.page("overview").tables == {}
    for page in PAGES:
        if page.permission:
            answer = pages.get(pages.path(page.name))
            assert (answer.status_code, page.permission in said(answer)) == (403, True)


def test_the_reader_is_answered_in_french(world: Quotidian) -> None:
    answer = Pages.stranger(world, language="fr").sign_in("faux")
    assert "Cette clé n’existe pas" in said(answer)
    assert '<html lang="fr">' in answer.text


def test_spaces_around_a_key_that_was_pasted_do_no_harm(world: Quotidian) -> None:
    assert Pages.stranger(world).sign_in(f"  {world.key}\n").url.path == "/w/default/overview"


# With a link


def test_a_link_signs_in_once(world: Quotidian) -> None:
    link, one, other = link_of(world, world.key), Pages.stranger(world), Pages.stranger(world)
    assert one.get("/sign-in", link=link).url.path == "/w/default/overview"
    assert one.get("/").url.path == "/w/default/overview"
    second = other.get("/sign-in", link=link)
    assert (second.status_code, second.url.path, UNUSABLE in said(second)) == (403, "/sign-in", True)
    assert other.get("/").url.path == "/sign-in"


def test_to_look_whether_a_link_leads_somewhere_does_not_use_it_up(world: Quotidian) -> None:
    link, pages = link_of(world, world.key), Pages.stranger(world)
    assert pages.client.head("/sign-in", params={"link": link}).status_code == 200
    assert pages.get("/").url.path == "/sign-in"
    assert pages.get("/sign-in", link=link).url.path == "/w/default/overview"


def test_a_link_that_is_too_old_opens_nothing(world: Quotidian) -> None:
    answer = Pages.stranger(world).get("/sign-in", link=link_of(world, world.key, -1))
    assert (answer.status_code, UNUSABLE in said(answer)) == (403, True)


def test_a_link_ends_with_its_key(world: Quotidian) -> None:
    key = world.new_key("dashboard")
    link = link_of(world, key)
    revoke(world, key)
    answer = Pages.stranger(world).get("/sign-in", link=link)
    assert (answer.status_code, UNUSABLE in said(answer)) == (403, True)


@pytest.mark.parametrize("link", ["", "x", "\0", "é" * 50, "' or 1=1 --", "x" * 2_000])
def test_what_is_no_link_opens_nothing(world: Quotidian, link: str) -> None:
    answer = Pages.stranger(world).get("/sign-in", link=link)
    assert (answer.status_code, UNUSABLE in said(answer)) == (403, True)


def test_who_has_signed_in_and_gives_a_used_link_is_told_the_way(world: Quotidian) -> None:
    page = parse(Pages(world).get("/sign-in", link="used").text, "http://testserver/sign-in")
    assert "You have signed in already." in page.text
    assert page.addresses("Go to the overview") == ["http://testserver/"]


def test_a_secret_is_nowhere_on_the_pages_that_it_opens(world: Quotidian) -> None:
    link = link_of(world, world.key)
    pages = Pages.stranger(world)
    shown = pages.get("/sign-in", link=link).text + pages.sign_in(world.key).text
    assert [secret for secret in (link, world.key, *pages.client.cookies.values()) if secret in shown] == []


# Attempts


def test_an_address_has_so_many_attempts_a_minute(limited: Callable[..., Quotidian]) -> None:
    clock = Clock()
    pages = Pages.stranger(limited(clock, sign_in_minute_limit=3))
    statuses = [pages.sign_in("wrong").status_code for _ in range(3)]
    clock.now += 10
    answer = pages.sign_in(limited(clock).key)
    assert (statuses, wait_of(answer)) == ([403] * 3, 50)
    assert pages.get("/").url.path == "/sign-in"
    clock.now += 50
    assert pages.sign_in(limited(clock).key).status_code == 200


def test_links_count_as_attempts_and_what_is_refused_uses_none_up(
    limited: Callable[..., Quotidian], world: Quotidian
) -> None:
    pages, link = Pages.stranger(limited(Clock(), sign_in_minute_limit=2)), link_of(world, world.key)
    assert [pages.get("/sign-in", link="x").status_code, pages.sign_in("x").status_code] == [403, 403]
    assert wait_of(pages.get("/sign-in", link=link)) == 60
    assert Pages.stranger(world).get("/sign-in", link=link).status_code == 200


def test_looking_at_the_form_is_no_attempt(limited: Callable[..., Quotidian]) -> None:
    pages = Pages.stranger(limited(Clock(), sign_in_minute_limit=1))
    assert {pages.get("/sign-in").status_code for _ in range(5)} == {200}
    assert pages.client.head("/sign-in?link=x").status_code == 200
    assert pages.post("/sign-in", {"csrf": "x"}, key="x").status_code == 403
    assert pages.sign_in("x").status_code == 403
    assert wait_of(pages.sign_in("x")) == 60


def test_workers_count_together_and_addresses_apart(limited: Callable[..., Quotidian]) -> None:
    clock = Clock()
    workers = [limited(clock, sign_in_minute_limit=2, trusted_proxies="10.0.0.0/8") for _ in range(2)]
    readers = [Pages.stranger(worker) for worker in workers]

    def attempt(worker: int, address: str) -> int:
        readers[worker].client.headers["x-forwarded-for"] = address
        return int(readers[worker].sign_in("wrong").status_code)

    assert [attempt(0, "192.0.2.1"), attempt(1, "192.0.2.1"), attempt(0, "192.0.2.1")] == [403, 403, 429]
    assert [attempt(1, "192.0.2.2"), attempt(0, "junk, 192.0.2.2, 10.1.1.1"), attempt(1, "192.0.2.2")] == [
        403,
        403,
        429,
    ]
    assert [attempt(0, "2001:db8::1"), attempt(1, "2001:db8::2"), attempt(0, "2001:db8::ffff:3")] == [403, 403, 429]
    assert attempt(0, "2001:db8:0:1::1") == 403


def test_who_is_no_proxy_cannot_take_another_address(limited: Callable[..., Quotidian]) -> None:
    pages = Pages.stranger(limited(Clock(), sign_in_minute_limit=2))
    answers = []
    for number in range(3):
        pages.client.headers["x-forwarded-for"] = f"192.0.2.{number}"
        answers.append(pages.sign_in("wrong").status_code)
    assert answers == [403, 403, 429]


def test_all_together_have_twenty_times_as_many_and_one_address_cannot_use_them_up(
    limited: Callable[..., Quotidian],
) -> None:
    worker = limited(Clock(), sign_in_minute_limit=1)
    busy = Pages.stranger(worker)
    assert [busy.sign_in("x").status_code for _ in range(25)] == [403] + [429] * 24
    assert [Pages.stranger(worker).sign_in("x").status_code for _ in range(19)] == [403] * 19
    assert Pages.stranger(worker).sign_in(worker.key).status_code == 429


def test_no_limit_is_no_limit(limited: Callable[..., Quotidian]) -> None:
    pages = Pages.stranger(limited(Clock(), sign_in_minute_limit=0))
    assert {pages.sign_in("x").status_code for _ in range(12)} == {403}


@pytest.mark.parametrize(("outage", "status"), [("open", 200), ("closed", 503)])
def test_counting_that_fails_locks_nobody_out_unless_a_setting_wants_it(
    limited: Callable[..., Quotidian], tmp_path: Path, outage: str, status: int
) -> None:
    worker = limited(Clock(), sign_in_minute_limit=1, rate_limit_outage=outage)
    (tmp_path / "limits").write_text("no folder")
    assert [Pages.stranger(worker).sign_in(worker.key).status_code for _ in range(3)] == [status] * 3


# Workspaces


def test_another_key_is_added_and_each_workspace_is_a_link_away(world: Quotidian) -> None:
    other = world.add_workspace("sign in/other")
    pages = Pages(world)
    assert parse(pages.sign_in(other).text).title.startswith("Overview · sign in/other")
    page = pages.page("overview")
    assert [page.addresses(name) != [] for name in ("default", "sign in/other")] == [True, True]
    assert pages.follow(page, "sign in/other").title.startswith("Overview · sign in/other")


@pytest.mark.parametrize(
    "name", ["a b", "é", "..", ".", "", "a/b", "a\\b", "~1", "%2F", "a?b#c", "<script>", "a\nb", "\u202eabc", "x" * 300]
)
def test_any_name_of_a_workspace_has_an_address(world: Quotidian, name: str) -> None:
    pages = Pages.stranger(world)
    answer = pages.sign_in(world.add_workspace(name, app_group_id=f"group {name}"))
    assert (answer.status_code, parse(answer.text).headings[0]) == (200, (1, "Overview"))
    assert pages.get("/").url == answer.url
    assert "<script>Ov" not in answer.text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_of_a_workspace_is_shown_with_a_key_of_another(world: Quotidian, page: Any) -> None:
    pages = Pages(world)
    if "secret" not in names(world):
        world.add_workspace("secret")
    for csv in (None, "active-users"):
        answer = pages.get(f"/w/secret/{page.name}", csv=csv)
        assert (answer.status_code, "You have not signed in with a key of the workspace" in said(answer)) == (404, True)
        assert answer.text.replace("secret", "nobody") == pages.get(f"/w/nobody/{page.name}", csv=csv).text
