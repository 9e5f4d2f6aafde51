"""What other sites, and programs that are no browsers, can have a reader's browser do: nothing."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Quotidian
from pages_of import Pages, parse
from sqlalchemy.exc import OperationalError
from starlette.types import Message

from quotidian.control.keys import find_key
from quotidian.control.sessions import create_link
from quotidian.dashboard.addresses import own_page
from quotidian.domain.errors import UserError
from quotidian.store.series import writing

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    opened = Quotidian(
        tmp_path_factory.mktemp("cross") / "data", sign_in_minute_limit="0", trusted_proxies="", body_seconds="1"
    )
    opened.events.close()  # no page reads events
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def pages(world: Quotidian) -> Pages:
    return Pages(world)


def first(pages: Pages, path: str, **headers: str) -> Any:
    """The answer itself, wherever it leads."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return pages.client.get(path, headers=given, follow_redirects=False)


def send(pages: Pages, path: str, content: Any, **headers: str) -> Any:
    given = {"content-type": FORM, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return pages.client.post(path, content=content, headers=given, follow_redirects=False)


def is_page(response: Any, status: int, text: str) -> bool:
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert (response.status_code, text in parse(response.text).text) == (status, True), response.text
    return True


# Forms


@pytest.mark.parametrize("token", [None, "", "wrong", "é", "0" * 64])
def test_a_form_without_the_token_of_its_page_does_nothing(world: Quotidian, token: str | None) -> None:
    given = {"key": world.key, **({} if token is None else {"csrf": token})}
    stranger, pages = Pages.stranger(world), Pages(world)
    stranger.get("/sign-in")
    assert is_page(stranger.post("/sign-in", given), 403, "This form is too old; try again.")
    assert stranger.get("/").url.path == "/sign-in"
    assert is_page(pages.post("/sign-out", given), 403, "This form is too old; try again.")
    assert pages.get("/").url.path == "/w/default/overview"


def test_a_token_is_of_one_browser(world: Quotidian) -> None:
    one, other = Pages.stranger(world), Pages.stranger(world)
    other.get("/sign-in")
    assert is_page(other.post("/sign-in", one.form("/sign-in"), key=world.key), 403, "This form is too old")
    one.sign_in(world.key)
    other.sign_in(world.key)
    token = one.form(one.path("overview"))["csrf"]
    assert is_page(other.post("/sign-out", {"csrf": token}), 403, "This form is too old")


@pytest.mark.parametrize(
    ("headers", "is_taken"),
    [
        ({}, True),
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "none"}, True),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"sec_fetch_site": "same-site"}, False),
        ({"sec_fetch_site": "junk"}, False),
        ({"origin": "http://testserver"}, True),
        ({"origin": "HTTPS://TestServer"}, True),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "http://testserver.evil.example"}, False),
        ({"origin": "http://testserver:8000"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://[::1"}, False),
        ({"origin": "http://evil.example", "sec_fetch_site": "same-origin"}, True),
        ({"origin": "http://testserver", "sec_fetch_site": "cross-site"}, False),
    ],
)
def test_a_form_of_another_sites_page_is_refused(world: Quotidian, headers: dict[str, str], is_taken: bool) -> None:
    stranger = Pages.stranger(world)
    token = stranger.form("/sign-in")["csrf"]
    answer = send(stranger, "/sign-in", f"csrf={token}&key={world.key}", **headers)
    if is_taken:
        assert answer.status_code == 303
    else:
        assert is_page(answer, 403, "This form was sent from a page of another server.")


def test_behind_a_proxy_that_does_not_say_its_name_the_token_alone_decides(folder: Any) -> None:
    opened = Quotidian(folder, trusted_proxies="10.0.0.0/8")
    stranger = Pages.stranger(opened)
    body = f"csrf={stranger.form('/sign-in')['csrf']}&key={opened.key}"
    named = {"x_forwarded_host": "numbers.example"}
    assert send(stranger, "/sign-in", body, origin="https://evil.example", **named).status_code == 403
    assert send(stranger, "/sign-in", body, origin="https://numbers.example", **named).status_code == 303
    stranger.get("/sign-in")
    body = f"csrf={stranger.form('/sign-in')['csrf']}&key={opened.key}"
    assert send(stranger, "/sign-in", body, origin="https://numbers.example").status_code == 303
    opened.close()


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
def test_what_is_no_form_of_ours_is_said_by_a_page(pages: Pages, path: str) -> None:
    not_ours = "This was not sent by the form of this page."
    assert is_page(send(pages, path, b"x" * 4_097), 413, "This form is too long.")
    assert is_page(send(pages, path, iter([b"x"] * 5_000)), 413, "This form is too long.")
    assert is_page(send(pages, path, b"csrf=1&key=2&csrf=1"), 400, "The form has the field “csrf” more than once.")
    assert is_page(send(pages, path, b"{}", content_type="application/json"), 415, not_ours)
    assert is_page(send(pages, path, b"csrf=1", content_type="text/plain"), 415, not_ours)
    assert is_page(send(pages, path, b"csrf=1", content_type="multipart/form-data; boundary=x"), 415, not_ours)
    for garbage in (b"", b"\0\xff\xfe" * 99, b"%ff=%ff&%00", b"=&&&==", b"csrf", "é=é".encode(), b"\x1f\x8b\x08"):
        assert is_page(send(pages, path, garbage), 403, "This form is too old; try again.")


def test_a_form_that_does_not_arrive_whole_is_not_waited_for(pages: Pages) -> None:
    async def never() -> Message:
        await asyncio.sleep(60)
        raise AssertionError("waited")

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    for receive in (never, gone):
        status, body = asyncio.run(_post(pages, receive))
        assert (status, "The form did not arrive whole; send it again." in body) == (408, True)


async def _post(pages: Pages, receive: Any) -> tuple[int, str]:
    scope = {"type": "http", "method": "POST", "path": "/sign-in", "raw_path": b"/sign-in", "query_string": b""}
    headers = [(b"content-type", FORM.encode()), (b"content-length", b"10")]
    scope |= {"headers": headers, "http_version": "1.1", "scheme": "http", "root_path": "", "server": ("local", 80)}
    sent: list[Message] = []

    async def sending(message: Message) -> None:
        sent.append(message)

    await pages.client.app(scope, receive, sending)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent).decode()


# Links from elsewhere

HOSTILE = (
    *("//evil.example", "\\\\evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "///"),
    *("w/default/..%2f..%2f..", "w/../../other", "w/default/../../../logout", "w/%2e%2e/logout", "w/./overview"),
    *("w/default/overview\r\nSet-Cookie: x=1", "w/default/overview\n", "w/default/over view", "w/default/\tx", "w//x"),
    *("w/default/overview?x=\\", "w/default/overview?x=\x00", 'w/default/overview?x="', "w/default/overview#x"),
    *("http:w/default/overview", "sign-out", "w/default/overview/../../..", "w\\default\\overview", "x" * 5_000),
    *("w/é/x", "w/default/", "%2f%2fx", "/", "./", ".."),
)


@pytest.mark.parametrize("to", HOSTILE)
def test_nobody_is_led_away_from_our_pages(world: Quotidian, pages: Pages, to: str) -> None:
    assert own_page(to) is None
    stranger = Pages.stranger(world)
    asked = stranger.client.get("/sign-in", params={"to": to})
    assert (asked.status_code, parse(asked.text).fields["to"]) == (200, "")
    if len(to) < 4_000:
        body = {"csrf": parse(asked.text).fields["csrf"], "key": world.key, "to": to}
        answer = stranger.client.post("/sign-in", data=body, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "w/default/overview")
    answer = pages.client.get("/sign-in", params={"to": to}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "w/default/overview")
    answer = pages.client.get("/language", params={"to": "en", "back": to}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "./")


def test_the_language_is_changed_and_leads_back_to_the_page(pages: Pages) -> None:
    page = pages.page("overview", days="7")
    french = pages.follow(page, "Français")
    assert (french.url, french.title) == (
        "http://testserver/w/default/overview?days=7",
        "Vue d’ensemble · default · Quotidian",
    )
    assert pages.follow(french, "English").title == "Overview · default · Quotidian"
    assert first(pages, "/language?to=xx&back=sign-in?link=secret").headers["location"] == "sign-in"


def test_the_language_of_the_sign_in_page_is_changed_and_where_one_wanted_to_go_is_not(world: Quotidian) -> None:
    stranger = Pages.stranger(world)
    asked = stranger.get("/w/default/overview?days=7")
    french = stranger.follow(parse(asked.text, str(asked.url)), "Français")
    assert (french.title, french.fields["to"]) == ("Se connecter · Quotidian", "w/default/overview?days=7")


def test_pages_are_not_kept_and_their_styles_are_looked_at_again(pages: Pages) -> None:
    assert pages.get("/sign-in").headers["cache-control"] == "no-store"
    style = pages.get("/pages/style.css")
    assert style.headers["cache-control"] == "no-cache"
    again = first(pages, "/pages/style.css", if_none_match=style.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "to"), [("/w/default/overview?days=7", "w%2Fdefault%2Foverview%3Fdays%3D7"), ("/", "")]
)
def test_a_link_in_a_letter_leads_to_its_page_although_the_cookie_is_kept_back(
    world: Quotidian, pages: Pages, path: str, to: str
) -> None:
    root = "../" * (path.count("/") - 1) or "./"
    for headers in ({"sec_fetch_site": "cross-site"}, {"accept": "text/html,*/*"}):
        answer = first(Pages.stranger(world), path, **headers)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert f'<meta http-equiv="refresh" content="0; url={root}sign-in?to={to}">' in answer.text
    wanted = "w/default/overview?days=7" if to else "w/default/overview"
    # The page that leads on is ours, so the browser gives the cookie.
    assert first(pages, f"/sign-in?to={to}", sec_fetch_site="same-origin").headers["location"] == wanted


def test_who_has_not_signed_in_is_led_on_once(world: Quotidian) -> None:
    for site in ("same-origin", "none", "same-site"):
        answer = first(Pages.stranger(world), "/w/default/overview", sec_fetch_site=site, accept="text/html")
        assert (answer.status_code, answer.headers["location"]) == (303, "../../sign-in?to=w%2Fdefault%2Foverview")
    answer = first(Pages.stranger(world), "/sign-in?to=w%2Fdefault%2Foverview", sec_fetch_site="cross-site")
    assert is_page(answer, 200, "Sign in")


# What cannot be asked for


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/", {"GET", "HEAD"}),
        ("POST", "/", {"GET", "HEAD"}),
        ("DELETE", "/sign-in", {"GET", "HEAD", "POST"}),
        ("GET", "/sign-out", {"POST"}),
        ("POST", "/w/default/overview", {"GET", "HEAD"}),
        ("OPTIONS", "/language", {"GET", "HEAD"}),
    ],
)
def test_another_method_is_answered_by_a_page(pages: Pages, method: str, path: str, allowed: set[str]) -> None:
    answer = pages.client.request(method, path)
    assert is_page(answer, 405, "This page is not made to be asked for in this way.")
    assert set(answer.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    "path",
    [
        *("/w/", "/w/default/", "/w/default/nothing", "/w/default/overview/", "/w/nobody/overview", "/w/a/b/c"),
        *("/w/%2e%2e/overview", "/w/%ff/overview", "/pages/", "/pages/x", "/pages/..%2f__init__.py"),
        *("/pages/%2e%2e/app.py", "/pages//etc/passwd"),
    ],
)
def test_what_is_not_there_is_said_by_a_page_whose_links_work(pages: Pages, path: str) -> None:
    answer = pages.client.get(path)
    assert answer.status_code == 404
    page = parse(answer.text, f"http://testserver{path}")
    assert page.addresses("Go to the overview") == ["http://testserver/"]


@pytest.mark.parametrize("path", ["/nothing", "/w", "/pages", "/sign-in/", "/campaigns/nothing"])
def test_paths_of_no_page_are_answered_as_the_apis(pages: Pages, path: str) -> None:
    answer = pages.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")


def test_the_api_is_not_asked_with_a_cookie(pages: Pages) -> None:
    assert pages.client.get("/campaigns/list").status_code == 401


# Failures


def test_a_failure_is_a_page_that_says_nothing_of_the_servers_inside(
    world: Quotidian, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret of the server")

    pages = Pages(world)
    monkeypatch.setattr("quotidian.dashboard.sessions.find_session", fail)
    answer = pages.get(pages.path("overview"))
    assert is_page(answer, 500, f"Internal error {answer.headers['x-request-id']}")
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] in caplog.text


def test_stores_that_cannot_be_used_are_said_by_a_page(world: Quotidian, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        raise UserError("Another command is writing to the series store; try again when it has ended")

    def broken(*_: object) -> None:
        raise OperationalError("SELECT a secret", None, OSError("disk I/O error"))

    pages, stranger = Pages(world), Pages.stranger(world)
    monkeypatch.setattr("quotidian.dashboard.sessions.find_session", broken)
    monkeypatch.setattr("quotidian.dashboard.sessions.open_session", locked)
    for answer in (pages.get("/"), stranger.sign_in(world.key)):
        assert is_page(answer, 503, "The stores cannot be used at the moment; try again.")
        assert (answer.headers["retry-after"], "secret" in answer.text) == ("5", False)


def test_no_secret_is_logged(world: Quotidian, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "quotidian")
    with writing(world.engine) as connection:
        key = find_key(connection, world.key)
        assert key is not None
        link = create_link(connection, key.id, 60)
    pages = Pages(world)
    pages.get("/sign-in", link=link)
    pages.get("/sign-in", link=link)
    pages.get("/w/default/nothing", link=link)
    pages.sign_in(world.key[:-1])
    world.services.observations.flush()
    assert "/sign-in" in " ".join(str(getattr(record, "requests", "")) for record in caplog.records)
    logged = " ".join(f"{record.__dict__}" for record in caplog.records)
    assert [each for each in (link, world.key[:-1], *pages.client.cookies.values()) if each in logged] == []
