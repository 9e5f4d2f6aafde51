"""URLs that answers name: those under which the client reaches this server, also behind a proxy; nobody else's."""

from pathlib import Path

import pytest
from commands import Command
from conftest import Quotidian
from events import event
from servers import free_port
from starlette.testclient import TestClient
from starlette.types import Scope

from quotidian.api.app import make_app
from quotidian.api.forwarded import Proxies
from quotidian.domain.errors import UserError
from quotidian.settings import load_settings

PROTO, HOST, PREFIX, FOR = "x-forwarded-proto", "x-forwarded-host", "x-forwarded-prefix", "x-forwarded-for"


def proxies(trusted: str | None = None) -> Proxies:
    given = {} if trusted is None else {"QUOTIDIAN_TRUSTED_PROXIES": trusted}
    return Proxies.of(load_settings(Path("/nowhere"), given))


def scope(*headers: tuple[str, str], peer: str | None = "127.0.0.1", host: str = "here:8000") -> Scope:
    given = [(b"host", host.encode("latin-1")), *((name.encode(), value.encode("latin-1")) for name, value in headers)]
    return {"type": "http", "scheme": "http", "client": None if peer is None else (peer, 4711), "headers": given}


def url(*headers: tuple[str, str], trusted: str | None = None, peer: str | None = "127.0.0.1") -> str:
    return proxies(trusted).url(scope(*headers, peer=peer), "/events")


def test_the_next_page_of_events_is_at_the_proxy_that_the_client_asked(quotidian: Quotidian) -> None:
    custom = "users.behaviors.CustomEvent"
    quotidian.deliver(*(event(custom, "ana", "2024-03-30", name=f"event {number}") for number in range(51)))
    headers = {"Authorization": f"Bearer {quotidian.key}", PROTO: "https", HOST: "numbers.example"}
    links = []
    for peer in ("127.0.0.1", "192.0.2.7"):
        client = TestClient(make_app(quotidian.services), base_url="http://quotidian:8000", client=(peer, 4711))
        links.append(client.get("/events", headers=headers).links["next"]["url"].partition("?")[0])
    assert links == ["https://numbers.example/events", "http://quotidian:8000/events"]


def test_without_a_proxy_a_url_is_that_of_the_request() -> None:
    assert url() == "http://here:8000/events"


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ([(PROTO, "https")], "https://here:8000/events"),
        ([(PROTO, "HTTPS")], "https://here:8000/events"),
        ([(HOST, "numbers.example")], "http://numbers.example/events"),
        ([(HOST, "numbers.example:8443"), (PROTO, "https")], "https://numbers.example:8443/events"),
        ([(HOST, "[2001:db8::1]:8443")], "http://[2001:db8::1]:8443/events"),
        ([(PREFIX, "/quotidian"), (PROTO, "https")], "https://here:8000/quotidian/events"),
        ([(PREFIX, "/a/b/")], "http://here:8000/a/b/events"),
    ],
)
def test_what_a_trusted_proxy_says_is_believed(headers: list[tuple[str, str]], wanted: str) -> None:
    assert url(*headers) == wanted


def test_of_several_values_the_right_most_counts_which_the_nearest_proxy_wrote() -> None:
    assert url((PROTO, "http, https"), (HOST, "evil.example, good.example")) == "https://good.example/events"
    assert url((HOST, "evil.example"), (HOST, "good.example")) == "http://good.example/events"


@pytest.mark.parametrize("peer", ["192.0.2.1", "127.0.0.2", "::2", "testclient", "", None])
def test_what_anybody_else_says_is_ignored(peer: str | None) -> None:
    headers = [(PROTO, "https"), (HOST, "evil.example"), (PREFIX, "/evil")]
    assert url(*headers, peer=peer) == "http://here:8000/events"


@pytest.mark.parametrize(
    ("trusted", "peer", "is_believed"),
    [
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "::ffff:10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("192.0.2.1, 2001:db8::/32", "2001:db8::5", True),
        ("192.0.2.1, 2001:db8::/32", "192.0.2.1", True),
        ("192.0.2.1, 2001:db8::/32", "127.0.0.1", False),
        ("", "127.0.0.1", False),
        ("0.0.0.0/0", "2001:db8::5", False),
    ],
)
def test_proxies_are_trusted_by_address_and_network(trusted: str, peer: str, is_believed: bool) -> None:
    assert url((PROTO, "https"), trusted=trusted, peer=peer).startswith("https:") is is_believed


HOSTILE = (
    *("evil.example/x", "evil.example>; rel=next, <http://x", 'a"b', "a b", "a\r\nb", "a\tb", "user@evil.example", "é"),
    *("evil.example?x", "evil.example#x", "evil\\example", "a:b", "a:123456", "[::1", "::1", "x" * 300, ":80", "a,<b>"),
)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_host_that_can_be_none_is_in_no_url(value: str) -> None:
    assert url((HOST, value)) == "http://here:8000/events"
    assert proxies().url(scope(host=value), "/events") == "/events"


@pytest.mark.parametrize("value", ["ftp", "javascript", "https://evil.example", "", "https\0", "https;"])
def test_a_scheme_that_is_not_http_or_https_is_ignored(value: str) -> None:
    assert url((PROTO, value)) == "http://here:8000/events"


@pytest.mark.parametrize(
    "value", ["/", "//evil.example", "quotidian", "/a>b", "/a b", "/a?b", "/a\r\nb", "/é", "/" + "a" * 200]
)
def test_a_prefix_that_is_no_path_is_ignored(value: str) -> None:
    assert url((PREFIX, value)) == "http://here:8000/events"


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ([], "127.0.0.1"),
        ([(FOR, "192.0.2.1")], "192.0.2.1"),
        ([(FOR, "evil, 192.0.2.9, 192.0.2.1")], "192.0.2.1"),
        ([(FOR, "192.0.2.9"), (FOR, "192.0.2.1")], "192.0.2.1"),
        ([(FOR, "192.0.2.9, 192.0.2.1, 127.0.0.1, ::1")], "192.0.2.1"),
        ([(FOR, "192.0.2.1:4711")], "192.0.2.1"),
        ([(FOR, "[2001:db8::1]:4711")], "2001:db8::1"),
        ([(FOR, "2001:db8::1")], "2001:db8::1"),
        ([(FOR, "unknown")], "127.0.0.1"),
        ([(FOR, "192.0.2.1, unknown")], "127.0.0.1"),
        ([(FOR, "")], "127.0.0.1"),
        ([(FOR, "é\x00, [")], "127.0.0.1"),
    ],
)
def test_who_asks_is_the_nearest_that_is_no_proxy(headers: list[tuple[str, str]], wanted: str) -> None:
    assert proxies().client(scope(*headers)) == wanted
    assert proxies("").client(scope(*headers)) == "127.0.0.1"
    assert proxies().client(scope(*headers, peer="192.0.2.7")) == "192.0.2.7"
    assert proxies().client(scope(*headers, peer=None)) == ""


def test_the_host_is_known_unless_a_proxy_keeps_it_to_itself() -> None:
    assert proxies("").known_host(scope()) == "here:8000"
    assert proxies().known_host(scope()) == ""
    assert proxies().known_host(scope((HOST, "numbers.example"))) == "numbers.example"
    assert proxies("").known_host(scope((HOST, "evil.example"))) == "here:8000"


@pytest.mark.parametrize("value", ["localhost", "10.0.0.0/33", "10.0.0.1/8", "nginx:80", "*", "127.0.0.1;::1"])
def test_a_proxy_that_is_no_address_and_no_network_is_refused_by_name(value: str) -> None:
    with pytest.raises(UserError, match="trusted_proxies must be addresses and networks"):
        proxies(f"127.0.0.1,{value}")


def test_serve_refuses_a_proxy_that_is_none_in_one_sentence(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    command.init()
    said = command.run("serve", "--port", free_port(), status=2, QUOTIDIAN_TRUSTED_PROXIES="nginx").stderr
    assert "trusted_proxies" in said
    assert "'nginx'" in said
    assert "Traceback" not in said
