"""What every request passes through, in which order it is checked, and the one shape of errors."""

import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from asking import (
    EACH_ANSWERING,
    EACH_ENDPOINT,
    FRENCH,
    READING,
    TAKING_IN,
    ask,
    assert_error,
    fail,
    fill,
    parameters_of,
)
from conftest import Quotidian

from quotidian.api import series
from quotidian.api.endpoint import AnyEndpoint
from quotidian.api.endpoints import PERMISSIONS
from quotidian.control.keys import list_keys, revoke_key
from quotidian.store.series import writing


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    """A Quotidian that tests only ask: one app, one campaign, one send."""
    opened = Quotidian(tmp_path_factory.mktemp("api") / "data")
    fill(opened)
    opened.events.close()  # the API reads series only, and a process can have one event store open
    yield opened
    opened.close()


@EACH_ANSWERING
def test_an_answer_is_json_that_begins_with_success(api: Quotidian, endpoint: AnyEndpoint) -> None:
    response = api.get(endpoint.path, **parameters_of(endpoint))
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.text.startswith('{"message":"success",')


@EACH_ENDPOINT
def test_a_key_that_is_missing_unknown_or_sent_otherwise_is_refused(api: Quotidian, endpoint: AnyEndpoint) -> None:
    others = ("", "Bearer", "Bearer ", "Bearer nobody", f"Basic {api.key}", api.key, f"Bearer {api.key} x", "Bearer é")
    for value in others:
        response = api.client.get(endpoint.path, headers=[(b"Authorization", value.encode("latin-1"))])
        assert_error(response, 401, "Invalid API Key")
    assert_error(api.client.get(endpoint.path), 401, "Invalid API Key")


@pytest.mark.parametrize("parameter", ["api_key", "key", "access_token"])
def test_a_key_in_the_query_is_refused(api: Quotidian, parameter: str) -> None:
    response = api.client.get("/campaigns/list", params={parameter: api.key})
    assert_error(response, 401, "Invalid API Key")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_of_a_key_is_read_in_any_case(api: Quotidian, scheme: str) -> None:
    response = api.client.get("/campaigns/list", headers={"Authorization": f"{scheme} {api.key}"})
    assert response.status_code == 200


@EACH_ENDPOINT
def test_a_key_without_the_permission_is_refused_with_its_name(api: Quotidian, endpoint: AnyEndpoint) -> None:
    others = [permission for permission in PERMISSIONS if permission != endpoint.permission]
    for key in (api.new_key(*others), api.new_key()):
        assert_error(api.get(endpoint.path, key=key, **parameters_of(endpoint)), 403, repr(endpoint.permission))


@EACH_ANSWERING
def test_a_permission_opens_its_own_endpoint_only(api: Quotidian, endpoint: AnyEndpoint) -> None:
    key = api.new_key(endpoint.permission)
    opened = [one for one in READING if api.get(one.path, key=key, **parameters_of(one)).status_code == 200]
    assert opened == [endpoint]


def test_a_permission_is_the_path_with_dots() -> None:
    assert {"kpi.dau.data_series", "campaigns.data_series", "sends.data_series", "campaigns.list"} <= set(PERMISSIONS)


@EACH_ENDPOINT
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_another_method_is_refused_with_those_that_are_right(
    api: Quotidian, endpoint: AnyEndpoint, method: str
) -> None:
    if method == "POST" and endpoint.path in [each.path for each in TAKING_IN]:
        pytest.skip("taken in")
    response = api.client.request(method, endpoint.path)
    assert_error(response, 405, method, "GET")
    assert "GET" in response.headers["allow"]


@EACH_ENDPOINT
def test_a_path_with_anything_more_or_less_is_unknown(api: Quotidian, endpoint: AnyEndpoint) -> None:
    path = endpoint.path
    for other in (f"{path}/", f"{path}//", path[:-1], path.upper(), f"{path}.json", f"/v1{path}", f"{path}%20"):
        assert_error(api.get(other, **parameters_of(endpoint)), 404, "/docs")


def test_the_checks_run_in_order(folder: Path) -> None:
    quotidian = Quotidian(folder, hourly_limit="1")
    path, bad = "/kpi/dau/data_series", {"length": "0"}
    poor = quotidian.new_key("kpi.mau.data_series")
    assert_error(quotidian.client.post("/kpi/nothing", params=bad), 404)
    assert_error(quotidian.client.post(path, params=bad), 405)
    assert_error(quotidian.client.get(path, params=bad), 401)
    assert_error(quotidian.get(path, key=poor, **bad), 403)
    assert_error(quotidian.get(path, **bad), 400, "length")
    assert_error(quotidian.get(path, **bad), 429)
    assert_error(quotidian.get(path, key=poor, **bad), 403)
    quotidian.close()


# Keys


def test_a_key_is_found_nowhere_in_the_data_folder(quotidian: Quotidian) -> None:
    assert quotidian.get("/campaigns/list").status_code == 200
    files = [path for path in quotidian.folder.path.rglob("*") if path.is_file()]
    assert quotidian.folder.series in files
    assert [path for path in files if quotidian.key.encode() in path.read_bytes()] == []


def test_a_key_does_not_open_by_its_hash(quotidian: Quotidian) -> None:
    with quotidian.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT hash FROM keys").scalar_one()
    assert_error(quotidian.get("/campaigns/list", key=kept), 401, "Invalid API Key")


def test_a_revoked_key_is_refused_and_others_are_not(quotidian: Quotidian) -> None:
    other = quotidian.new_key("campaigns.list")
    with writing(quotidian.engine) as connection:
        first = list_keys(connection, quotidian.workspace())[0]
        revoke_key(connection, quotidian.workspace(), first.id)
    assert_error(quotidian.get("/campaigns/list"), 401, "Invalid API Key")
    assert quotidian.get("/campaigns/list", key=other).status_code == 200


# Other ways to ask


def test_a_get_may_name_the_type_of_a_body_that_it_has_not(api: Quotidian) -> None:
    headers = {"Authorization": f"Bearer {api.key}", "Content-Type": "application/json"}
    response = api.client.get("/kpi/dau/data_series?length=1", headers=headers)
    assert response.status_code == 200


def test_a_body_of_a_get_is_ignored(api: Quotidian) -> None:
    headers = {"Authorization": f"Bearer {api.key}", "Content-Type": "application/json"}
    response = api.client.request("GET", "/kpi/dau/data_series?length=1", headers=headers, content='{"length": 2}')
    assert len(response.json()["data"]) == 1


def test_a_body_that_is_too_large_is_refused(api: Quotidian) -> None:
    body = b" " * (api.settings.body_limit_bytes + 1)
    response = api.client.request("GET", "/campaigns/list", headers=authorized(api), content=body)
    assert_error(response, 413, f"{len(body)}", f"{api.settings.body_limit_bytes}")


@pytest.mark.parametrize("length", [b"-1", b"ten", b"\xb2", b"9" * 5000], ids=lambda length: repr(length[:4]))
def test_a_content_length_that_is_no_length_is_no_crash(api: Quotidian, length: bytes) -> None:
    status, _ = ask(api, "/campaigns/list", headers=[(b"content-length", length)])
    assert status in (400, 413)


def test_an_empty_query_is_no_query(api: Quotidian) -> None:
    for url in ("/campaigns/list?", "/campaigns/list?&", "/campaigns/list?&&"):
        assert api.client.get(url, headers=authorized(api)).status_code == 200
    assert_error(api.client.get("/kpi/dau/data_series?", headers=authorized(api)), 400, "length")


@pytest.mark.parametrize("path", [FRENCH, FRENCH.lower(), "/campagnes/séries_de_données"])
def test_the_french_path_is_the_campaign_series(api: Quotidian, path: str) -> None:
    given = {"campaign_id": "spring", "length": 2, "ending_at": "2024-03-30"}
    assert api.data(path, **given) == api.data("/campaigns/data_series", **given)
    assert_error(api.get(path, key=api.new_key("kpi.dau.data_series"), **given), 403, "'campaigns.data_series'")


def test_a_head_request_has_the_headers_of_a_get_and_no_body(api: Quotidian) -> None:
    response = api.client.head("/campaigns/list", headers=authorized(api))
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-length"] == api.get("/campaigns/list").headers["content-length"]


@pytest.mark.parametrize("path", ["/health", "/ready", "/openapi.json", "/docs"])
def test_what_says_nothing_of_anyones_data_needs_no_key(api: Quotidian, path: str) -> None:
    assert api.client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/campaigns/list", "/nothing", "/health", "/metrics", "/docs", "/docs/start.js"])
def test_no_browser_takes_an_answer_for_what_it_is_not(api: Quotidian, path: str) -> None:
    for response in (api.get(path), api.client.post(path), api.client.get(path)):
        assert response.headers["x-content-type-options"] == "nosniff"


def test_an_answer_of_401_says_how_to_send_a_key(api: Quotidian) -> None:
    assert api.get("/campaigns/list", key="nobody").headers["www-authenticate"] == "Bearer"
    assert "www-authenticate" not in api.get("/campaigns/list").headers


# Metrics


def test_metrics_are_open_if_nothing_else_is_set(quotidian: Quotidian) -> None:
    assert quotidian.client.get("/metrics").status_code == 200


def test_metrics_may_be_behind_a_key_with_the_permission(folder: Path) -> None:
    quotidian = Quotidian(folder, metrics="key", hourly_limit="1")
    assert_error(quotidian.client.get("/metrics"), 401, "Invalid API Key")
    assert_error(quotidian.get("/metrics", key="nobody"), 401, "Invalid API Key")
    assert_error(quotidian.get("/metrics", key=quotidian.new_key("campaigns.list")), 403, "'metrics'")
    twice = [("Authorization", f"Bearer {quotidian.key}")] * 2
    assert_error(quotidian.client.get("/metrics", headers=twice), 400, "Authorization")
    for _ in range(3):  # which uses up no limit
        answer = quotidian.get("/metrics", key=quotidian.new_key("metrics"))
        assert (answer.status_code, "quotidian_requests_total" in answer.text) == (200, True)
    assert [quotidian.client.get(path).status_code for path in ("/health", "/ready", "/docs")] == [200] * 3
    quotidian.close()


def test_metrics_that_are_off_are_nowhere(folder: Path) -> None:
    quotidian = Quotidian(folder, metrics="off")
    assert_error(quotidian.get("/metrics"), 404, "/docs")
    quotidian.close()


# Crashes


@pytest.fixture
def crashing(api: Quotidian, monkeypatch: pytest.MonkeyPatch) -> Quotidian:
    """The series cannot be found, for no reason that anyone has thought of."""
    monkeypatch.setattr(series, "find_series", fail)
    return api


def test_a_crash_is_answered_with_a_number_and_no_traceback(crashing: Quotidian) -> None:
    response = crashing.get("/kpi/dau/data_series", length=1)
    assert_error(response, 500, "Internal error")
    assert "secret" not in response.text
    assert "RuntimeError" not in response.text


def test_a_crash_is_found_in_the_log_by_its_number(crashing: Quotidian, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        message = crashing.get("/kpi/dau/data_series", length=1).json()["message"]
    number = message.split()[2].strip(";")
    [record] = [record for record in caplog.records if number in record.getMessage()]
    assert record.exc_info is not None
    assert "a secret of the server" in str(record.exc_info[1])


def test_after_a_crash_the_next_request_is_answered(api: Quotidian, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(series, "find_series", fail)
        assert api.get("/kpi/dau/data_series", length=1).status_code == 500
    assert api.kpi("dau", "2024-03-30") == [1]


# A base URL with a slash at its end


@EACH_ANSWERING
def test_a_path_behind_a_base_url_with_a_slash_at_its_end_is_the_path(api: Quotidian, endpoint: AnyEndpoint) -> None:
    for path in (endpoint.path, *endpoint.aliases):
        once = ask(api, path, query=urlencode(parameters_of(endpoint)).encode())
        for _ in range(2):  # the second is known
            assert ask(api, f"/{path}", query=urlencode(parameters_of(endpoint)).encode()) == once
        assert once[0] == 200


def test_a_path_with_two_slashes_needs_the_key_and_counts_as_the_path(quotidian: Quotidian) -> None:
    path = "//kpi/dau/data_series"
    assert ask(quotidian, path, b"length=1", [(b"authorization", b"Bearer nobody")])[0] == 400  # two of them
    assert quotidian.client.get(f"http://testserver{path}?length=1").status_code == 401
    for _ in range(3):
        assert ask(quotidian, path, b"length=1")[0] == 200
    told = [line for line in quotidian.client.get("/metrics").text.splitlines() if "requests_total{" in line]
    assert 'quotidian_requests_total{endpoint="/kpi/dau/data_series",method="GET",status="200"} 3.0' in told


@pytest.mark.parametrize(
    "path", ["//metrics", "//health", "//ready", "//docs", "//openapi.json", "//docs/examples", "//"]
)
def test_only_endpoints_have_a_path_with_two_slashes(api: Quotidian, path: str) -> None:
    assert ask(api, path)[0] == 404


@EACH_ENDPOINT
def test_slashes_elsewhere_make_another_path(api: Quotidian, endpoint: AnyEndpoint) -> None:
    query = urlencode(parameters_of(endpoint)).encode()
    for path in (f"//{endpoint.path}", f"/.{endpoint.path}", f"/{endpoint.path}/", endpoint.path.replace("/", "//")):
        if path != f"/{endpoint.path}":
            assert ask(api, path, query)[0] == 404, path


# Errors that repeat what was sent


def test_an_unknown_path_is_repeated_no_further_than_one_reads(api: Quotidian) -> None:
    response = api.get("/" + "x" * 20_000)
    assert_error(response, 404, "'/xxxx", "'…; /docs lists what there is")
    assert len(response.content) < 250


def test_a_method_that_was_made_up_is_repeated_no_further_than_one_reads(api: Quotidian) -> None:
    response = api.client.request("B" * 20_000, "/campaigns/list", headers=authorized(api))
    assert_error(response, 405, "'BBBB", "use ")
    assert len(response.content) < 250


@EACH_ENDPOINT
def test_a_parameter_of_any_length_is_repeated_no_further_than_one_reads(api: Quotidian, endpoint: AnyEndpoint) -> None:
    for parameter in endpoint.query:
        wanted = {**parameters_of(endpoint), parameter.name: "\n" * 20_000}
        response = api.client.get(endpoint.path, params=wanted, headers=authorized(api))
        assert_error(response, 400)
        assert len(response.content) < 700


@pytest.mark.parametrize("header", ["content-length", "content-encoding"])
def test_a_header_is_repeated_no_further_than_one_reads(api: Quotidian, header: str) -> None:
    headers = {**authorized(api), header: "9" * 20_000}
    response = api.client.post("/events", content=b"{}", headers=headers)
    assert_error(response, 413 if header == "content-length" else 415, "'9999", "'…")
    assert len(response.content) < 250


# Hostile requests

HOSTILE = (
    "x" * 50_000,
    "\0",
    "spring\0",
    "' OR '1'='1",
    "'; DROP TABLE points; --",
    '") UNION SELECT hash FROM keys --',
    "%(workspace)s",
    "{0.__class__}",
    "../../etc/passwd",
    "\r\nX-Injected: 1",
    "😀\u202e",
    "%00%ff",
)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_a_hostile_value_of_any_parameter_is_refused(api: Quotidian, text: str) -> None:
    for endpoint in READING:
        for parameter in endpoint.query:
            response = api.get(endpoint.path, **{**parameters_of(endpoint), parameter.name: text})
            assert_error(response, 400)
            assert len(response.text) < 1_000
            assert "x-injected" not in response.headers
    assert api.kpi("dau", "2024-03-30") == [1]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_a_hostile_name_of_a_parameter_is_ignored(api: Quotidian, text: str) -> None:
    assert api.get("/kpi/dau/data_series", **{"length": "1", text: "1"}).status_code == 200


def test_thousands_of_unknown_parameters_are_ignored(api: Quotidian) -> None:
    many = "".join(f"&unknown-{number}=x" for number in range(5_000))
    status, _ = ask(api, "/kpi/dau/data_series", query=f"length=1{many}".encode())
    assert status == 200


def test_a_parameter_given_thousands_of_times_is_refused(api: Quotidian) -> None:
    url = "/kpi/dau/data_series?" + "length=1&" * 5_000
    assert_error(api.client.get(url, headers=authorized(api)), 400, "length", "5000 times")


@pytest.mark.parametrize("octets", ["%ff", "%c3%28", "%ed%a0%80", "%f4%90%80%80", "%", "%zz", "%e9"])
def test_text_that_is_no_utf_8_names_nothing(api: Quotidian, octets: str) -> None:
    url = f"/campaigns/data_series?length=1&campaign_id={octets}"
    assert_error(api.client.get(url, headers=authorized(api)), 400, "Invalid Campaign ID")
    assert_error(api.client.get(f"/campaigns/{octets}", headers=authorized(api)), 404)


@pytest.mark.parametrize("host", [b"[", b"]", b"", b"a b", b"::::", b"\xff", b"x" * 10_000])
def test_a_hostile_host_changes_no_answer(api: Quotidian, host: bytes) -> None:
    headers = [(b"host", host)]
    assert ask(api, "/campaigns/list", headers=headers)[0] == 200
    assert ask(api, "/events", headers=headers)[0] == 200
    assert ask(api, "/campaigns/none", headers=headers) == (404, ask(api, "/campaigns/none")[1])


@pytest.mark.parametrize("query", [b"\xff\xfe=1", b"length=\xff", b"\0", b"&=&=", b"length[]=1", b"a" * 100_000])
def test_a_query_that_no_client_sends_is_refused(api: Quotidian, query: bytes) -> None:
    status, body = ask(api, "/kpi/dau/data_series", query=query)
    assert status == 400
    assert b"length" in body


def authorized(api: Quotidian) -> dict[str, str]:
    return {"Authorization": f"Bearer {api.key}"}
