"""Sessions: what a browser keeps for them, until when they last, and that nothing outlives its key."""

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Quotidian
from pages_of import Pages, parse
from sqlalchemy import select
from starlette.testclient import TestClient

from quotidian.api.app import make_app
from quotidian.control.keys import find_key, hash_of, revoke_key
from quotidian.dashboard.routes import dashboard_routes
from quotidian.domain.days import now_micros
from quotidian.store.series import writing
from quotidian.store.tables import keys, sessions

HOUR = 3_600_000_000


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    opened = Quotidian(
        tmp_path_factory.mktemp("sessions") / "data",
        sign_in_minute_limit="0",
        session_hours="3",
        trusted_proxies="10.0.0.0/8",
    )
    opened.events.close()  # no page reads events
    yield opened
    opened.close()


class Clock:
    """What the control plane takes for now, so many microseconds later."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.later = 0
        monkeypatch.setattr("quotidian.control.sessions.now_micros", lambda: now_micros() + self.later)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def secret_of(pages: Pages) -> str:
    [secret] = [value for name, value in pages.client.cookies.items() if name.endswith("-session")]
    return secret


def is_in(pages: Pages) -> bool:
    answer = pages.get("/")
    assert answer.status_code == 200
    return bool(answer.url.path != "/sign-in")


def thief_of(world: Quotidian, pages: Pages) -> Pages:
    """Somebody who has got hold of the cookies of another."""
    thief = Pages.stranger(world)
    thief.client.cookies.update(dict(pages.client.cookies))
    return thief


def workspaces_of(pages: Pages) -> list[str]:
    """The names in the head of the page."""
    page = pages.page("overview")
    return [
        link.text for link in page.links if link.address.startswith("../") and not link.address.startswith("../../")
    ]


def cookies_set(response: Any) -> dict[str, list[str]]:
    """Each cookie that an answer sets, by the last part of its name: its attributes, in lower case."""
    given = [header.split("; ") for header in response.headers.get_list("set-cookie")]
    return {pair.split("=")[0].rpartition("-")[2]: [each.lower() for each in rest] for pair, *rest in given}


def answer_to_key(world: Quotidian, **headers: str) -> Any:
    pages = Pages.stranger(world)
    pages.client.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    form = pages.client.get("/sign-in", follow_redirects=False)
    # What is only for TLS, or below a prefix, the client of the tests keeps back.
    cookie = form.headers["set-cookie"].partition(";")[0]
    fields = {**parse(form.text).fields, "key": world.key}
    pages.client.cookies.clear()
    return pages.client.post("/sign-in", data=fields, headers={"Cookie": cookie}, follow_redirects=False)


# Cookies


def test_scripts_and_other_sites_have_no_use_of_the_cookies(world: Quotidian) -> None:
    answer = answer_to_key(world)
    assert cookies_set(answer)["session"] == ["httponly", "max-age=10800", "path=/", "samesite=strict"]
    assert cookies_set(answer)["form"][1] == "max-age=0"
    form = cookies_set(Pages.stranger(world).get("/sign-in"))["form"]
    assert form == ["httponly", "path=/", "samesite=strict"]


def test_behind_tls_and_a_prefix_cookies_are_for_these_alone(world: Quotidian) -> None:
    answer = answer_to_key(world, x_forwarded_proto="https", x_forwarded_prefix="/analytics")
    attributes = cookies_set(answer)["session"]
    assert attributes == ["httponly", "max-age=10800", "path=/analytics", "samesite=strict", "secure"]
    assert answer.headers["location"] == "w/default/overview"


def test_two_servers_of_a_host_do_not_share_cookies(world: Quotidian) -> None:
    [name] = Pages(world).client.cookies.keys()
    assert name.startswith("quotidian-")
    assert len(name) == len("quotidian-12345678-session")


@pytest.mark.parametrize("value", ["", "x", "é", "a" * 5_000, '"\\000"', "\x7f", "%00"])
def test_a_cookie_that_is_none_of_ours_is_no_session(world: Quotidian, value: str) -> None:
    [name] = Pages(world).client.cookies.keys()
    client = TestClient(make_app(world.services, further=dashboard_routes(world.services)))
    answer = client.get("/", headers=[(b"cookie", f"{name}={value}".encode())])
    assert (answer.status_code, answer.url.path) == (200, "/sign-in")


def test_only_hashes_are_kept(world: Quotidian) -> None:
    secret = secret_of(Pages(world))
    with world.engine.connect() as connection:
        kept = connection.execute(select(sessions.c.hash)).scalars().all()
    assert hash_of(secret) in kept
    assert secret not in kept
    for path in world.folder.path.glob("*.sqlite*"):
        assert secret.encode() not in path.read_bytes()


# Their end


def test_a_session_ends_after_its_hours(world: Quotidian, clock: Clock) -> None:
    pages = Pages(world)
    clock.later = 3 * HOUR - 60_000_000
    assert is_in(pages)
    clock.later = 3 * HOUR
    assert not is_in(pages)


def test_what_is_over_is_removed_with_the_next_sign_in(world: Quotidian, clock: Clock) -> None:
    Pages(world)
    clock.later = 4 * HOUR
    Pages(world)
    with world.engine.connect() as connection:
        assert len(connection.execute(select(sessions)).all()) == 1


def test_a_cookie_stolen_before_the_sign_out_is_dead_after_it(world: Quotidian) -> None:
    pages = Pages(world)
    thief = thief_of(world, pages)
    assert is_in(thief)
    answer = pages.post("/sign-out", pages.form(pages.path("overview")))
    assert (answer.url.path, cookies_set(answer.history[0])["session"][1]) == ("/sign-in", "max-age=0")
    assert [is_in(each) for each in (pages, thief)] == [False, False]


def test_signing_in_again_gives_another_secret_and_ends_the_one_before(world: Quotidian) -> None:
    pages = Pages(world)
    fixed = thief_of(world, pages)
    pages.sign_in(world.key)
    assert secret_of(pages) != secret_of(fixed)
    assert [is_in(pages), is_in(fixed)] == [True, False]


def test_a_session_ends_with_its_key_in_every_worker_at_once(world: Quotidian) -> None:
    secret = world.new_key("dashboard")
    pages = Pages(world, secret)
    workers = [pages, *(thief_of(world, pages) for _ in range(2))]
    assert [is_in(each) for each in workers] == [True] * 3
    with writing(world.engine) as connection:
        key = find_key(connection, secret)
        assert key is not None
        revoke_key(connection, key.workspace, key.id)
    assert [is_in(each) for each in workers] == [False] * 3


def test_a_session_ends_when_its_key_expires(world: Quotidian) -> None:
    secret = world.new_key("dashboard")
    pages = Pages(world, secret)
    with writing(world.engine) as connection:
        connection.execute(keys.update().where(keys.c.hash == hash_of(secret)), {"expires_at": 1})
    assert not is_in(pages)


# Several keys


def test_a_key_of_another_workspace_is_added_and_one_of_the_same_replaces(world: Quotidian) -> None:
    pages = Pages(world, world.new_key("dashboard"))
    pages.sign_in(world.add_workspace("second"))
    assert workspaces_of(pages) == ["default", "second"]
    assert pages.get(pages.path("campaigns")).status_code == 403
    pages.sign_in(world.key)
    assert workspaces_of(pages) == ["default", "second"]
    assert pages.get(pages.path("campaigns")).status_code == 200


def test_each_key_stays_for_its_own_hours(world: Quotidian, clock: Clock) -> None:
    pages = Pages(world)
    clock.later = 2 * HOUR
    pages.sign_in(world.add_workspace("third"))
    assert workspaces_of(pages) == ["default", "third"]
    clock.later = 3 * HOUR
    assert pages.get("/").url.path == "/w/third/overview"
    assert pages.get("/w/default/overview").status_code == 404
    clock.later = 5 * HOUR
    assert not is_in(pages)


def test_a_key_that_is_revoked_leaves_the_others_in(world: Quotidian) -> None:
    secret = world.new_key("dashboard")
    pages = Pages(world, secret)
    pages.sign_in(world.add_workspace("fourth"))
    with writing(world.engine) as connection:
        key = find_key(connection, secret)
        assert key is not None
        revoke_key(connection, key.workspace, key.id)
    assert pages.get("/").url.path == "/w/fourth/overview"
    assert pages.get("/w/default/overview").status_code == 404


def test_to_sign_in_is_a_use_of_the_key(world: Quotidian) -> None:
    secret = world.new_key("dashboard")
    Pages(world, secret)
    world.services.uses.write(0)
    with world.engine.connect() as connection:
        key = find_key(connection, secret)
    assert key is not None
    assert key.id in world.services.inboxes.posted.last_uses()
