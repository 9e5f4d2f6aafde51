"""The OpenAPI document: valid, complete, and true of what is answered; and the page at /docs that shows it."""

import copy
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from asking import READING, RETIRED, parameters_of
from conftest import Json, Quotidian
from events import event
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_ui_bundles import swagger_ui
from schemathesis import GenerationMode, checks
from test_whole_path import SEGMENTS
from worlds import RATES, make_world

from quotidian.api.endpoint import AnyEndpoint
from quotidian.api.endpoints import ENDPOINTS
from quotidian.api.v1.formats import TableQuery
from quotidian.catalogue import Behavior, Campaign, CatalogueFile, Variation

EACH_ENDPOINT = pytest.mark.parametrize("endpoint", READING, ids=lambda endpoint: endpoint.path)
EXPECTED = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
KNOWN = {
    "campaign_id": "camp-0",
    "send_id": "camp-0-s1",
    "app_id": "app-a",
    "event": "tea drunk",
    "product": "tea",
    "card_id": "card",
    "cursor": "dGVh",
    "canvas_id": "canvas-0",
    "segment_id": "lively",
    "wait": "0",
    "from": str(datetime.now(UTC).date() - timedelta(days=9)),
}
SLICE: Json = {"length": 40, "ending_at": "2024-03-31"}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    """A made-up world with every channel, and a campaign of which the catalogue says everything."""
    opened = Quotidian(tmp_path_factory.mktemp("openapi") / "data")
    behaviors = [Behavior("Makes Purchase", 3_600, product="tea"), Behavior("Custom", 60, custom_event_name="drunk")]
    entry = Campaign("Name", "For what", ["tag"], schedule_type="time_based", conversion_behaviors=behaviors)
    entry.variations = {"var-new": Variation(), "var-A": Variation("A", "sms")}
    opened.import_catalogue(CatalogueFile(dict(RATES), {"camp-0": entry, "planned": Campaign()}, segments=SEGMENTS))
    opened.deliver(*make_world(5, users=15, days=30).events)
    opened.events.close()  # the API reads series only, and a process can have one event store open
    # Of requests that are made up many would wait for changes that do not come, up to a minute each.
    opened.services.waiting.end()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def document(api: Quotidian) -> Json:
    found: Json = api.client.get("/openapi.json").json()
    return found


@pytest.fixture(scope="module")
def described(api: Quotidian) -> Any:
    """The document and the application, as Schemathesis sees them."""
    return schemathesis.openapi.from_asgi("/openapi.json", api.client.app)


def validator(document: Json, path: str, status: str = "200") -> jsonschema_rs.Draft202012Validator:
    """What the document says of an answer's body."""
    schema = document["paths"][path]["get"]["responses"][status]["content"]["application/json"]["schema"]
    return jsonschema_rs.Draft202012Validator({"components": document["components"], **schema}, validate_formats=True)


def assert_described(document: Json, path: str, answer: Json, status: str = "200") -> None:
    assert [
        f"{error.instance_path}: {error.message}" for error in validator(document, path, status).iter_errors(answer)
    ] == []


# The document


def test_the_document_is_valid_openapi_3_1(document: Json, described: Any) -> None:
    assert document["openapi"].startswith("3.1.")
    described.validate()


def test_every_schema_in_the_document_is_a_schema(document: Json) -> None:
    schemas = [*document["components"]["schemas"].values()]
    for operation in (operation for path in document["paths"].values() for operation in path.values()):
        schemas += [parameter["schema"] for parameter in operation.get("parameters", [])]
        schemas += [
            answer["content"]["application/json"]["schema"]
            for answer in operation["responses"].values()
            if "content" in answer
        ]
        if "requestBody" in operation:
            schemas.append(operation["requestBody"]["content"]["application/json"]["schema"])
    assert len(schemas) > 50
    for schema in schemas:
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def test_the_document_lists_every_path_and_no_other(document: Json) -> None:
    paths = {path for endpoint in ENDPOINTS for path in (endpoint.path, *endpoint.aliases)}
    assert sorted(document["paths"]) == sorted(paths)


@EACH_ENDPOINT
def test_the_document_describes_every_parameter(document: Json, endpoint: AnyEndpoint) -> None:
    for path in (endpoint.path, *endpoint.aliases):
        listed = document["paths"][path]["get"]["parameters"]
        assert [(each["name"], each["in"], each["required"]) for each in listed] == [
            (parameter.name, "query", parameter.required) for parameter in endpoint.query
        ]
        assert [each["name"] for each in listed if not each["description"]] == []


@EACH_ENDPOINT
def test_the_document_names_the_permission(document: Json, endpoint: AnyEndpoint) -> None:
    assert f"`{endpoint.permission}`" in document["paths"][endpoint.path]["get"]["description"]


@EACH_ENDPOINT
def test_the_examples_and_defaults_of_parameters_are_accepted(
    api: Quotidian, document: Json, endpoint: AnyEndpoint
) -> None:
    needed = parameters_of(endpoint)
    needed |= {name: KNOWN[name] for name in needed.keys() & KNOWN.keys()}
    for parameter in document["paths"][endpoint.path]["get"]["parameters"]:
        schema = parameter["schema"]
        values = [*schema.get("examples", []), *schema.get("enum", [])]
        values += [str(schema[name]).lower() for name in ("default", "minimum", "maximum") if name in schema]
        for value in values:
            response = api.get(endpoint.path, **{**needed, parameter["name"]: value})
            if (endpoint.path, parameter["name"]) == ("/v1/explain", "series") and value != needed["series"]:
                # Each series needs other parameters: the value itself is accepted.
                assert not response.json()["message"].startswith("series "), response.text
            else:
                assert response.status_code == (400 if endpoint.path in RETIRED else 200), response.text


EVERY_OPERATION = pytest.mark.parametrize(
    "endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}"
)


@EVERY_OPERATION
def test_the_document_describes_every_error_that_any_request_can_get(document: Json, endpoint: AnyEndpoint) -> None:
    responses = document["paths"][endpoint.path][endpoint.method.lower()]["responses"]
    errors = {status: response for status, response in responses.items() if status >= "400"}
    assert {"400", "401", "403", "413", "429"} <= errors.keys()
    for status, response in errors.items():
        assert response["description"], status
        assert response["content"] == {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}, status


FORMATS = {
    "application/json",
    "application/x-ndjson",
    "text/csv",
    "application/vnd.apache.parquet",
    "application/vnd.apache.arrow.stream",
}
EACH_TABLE = pytest.mark.parametrize(
    "endpoint",
    [each for each in ENDPOINTS if issubclass(each.parameters, TableQuery)],
    ids=lambda endpoint: endpoint.path,
)


@EACH_TABLE
def test_the_document_names_the_formats_of_a_table_as_they_are_sent(
    api: Quotidian, document: Json, endpoint: AnyEndpoint
) -> None:
    """By the parameter's values and by media types; and that a worker may have too many long answers to send."""
    operation = document["paths"][endpoint.path]["get"]
    [parameter] = [each for each in operation["parameters"] if each["name"] == "format"]
    needed = parameters_of(endpoint)
    needed |= {name: KNOWN[name] for name in needed.keys() & KNOWN.keys()}
    sent = {
        api.get(endpoint.path, **{**needed, "format": form}).headers["content-type"].split(";")[0]
        for form in parameter["schema"]["enum"]
    }
    assert sent == operation["responses"]["200"]["content"].keys() == FORMATS
    assert "503" in operation["responses"]


@EACH_TABLE
def test_a_table_is_as_described(api: Quotidian, document: Json, endpoint: AnyEndpoint) -> None:
    needed = parameters_of(endpoint)
    needed |= {name: KNOWN[name] for name in needed.keys() & KNOWN.keys()}
    if "from" in {parameter.name for parameter in endpoint.query}:
        needed |= {"from": "2024-02-01", "to": "2024-04-30"}
    answer = api.get(endpoint.path, **needed).json()
    assert answer["data"] != []
    assert_described(document, endpoint.path, answer)


def test_the_document_asks_for_a_bearer_key(document: Json) -> None:
    [scheme] = document["security"][0]
    assert document["components"]["securitySchemes"][scheme]["scheme"] == "bearer"


# Answers


@pytest.mark.parametrize("name", ["dau", "mau", "new_users", "uninstalls"])
def test_a_kpi_series_is_as_described(api: Quotidian, document: Json, name: str) -> None:
    path = f"/kpi/{name}/data_series"
    for app in (None, "app-a"):
        assert_described(document, path, api.get(path, **SLICE, app_id=app).json())


def test_every_campaign_series_is_as_described(api: Quotidian, document: Json) -> None:
    path = "/campaigns/data_series"
    answers = [api.get(path, **SLICE, campaign_id=campaign).json() for campaign in campaigns(api)]
    assert len(answers) >= 6
    for answer in answers:
        assert_described(document, path, answer)
        assert_described(document, "/campagnes/séries_de_données", answer)


def test_every_send_series_is_as_described(api: Quotidian, document: Json) -> None:
    with api.engine.connect() as connection:
        sends = connection.exec_driver_sql("SELECT subject, send_id FROM series WHERE kind = 'send'").all()
    assert len(sends) > 10
    for campaign, send in sends:
        answer = api.get("/sends/data_series", **SLICE, campaign_id=campaign, send_id=send).json()
        assert_described(document, "/sends/data_series", answer)


def test_the_list_and_every_campaigns_details_are_as_described(api: Quotidian, document: Json) -> None:
    assert_described(document, "/campaigns/list", api.get("/campaigns/list").json())
    for campaign in campaigns(api):
        answer = api.get("/campaigns/details", campaign_id=campaign).json()
        assert_described(document, "/campaigns/details", answer)


def test_sessions_events_and_purchases_are_as_described(api: Quotidian, document: Json) -> None:
    for unit in ("day", "hour"):
        narrowed = {**SLICE, "unit": unit, "app_id": "app-a"}
        for path in ("/sessions/data_series", "/purchases/quantity_series", "/purchases/revenue_series"):
            assert_described(document, path, api.get(path, **narrowed).json())
        counted = api.get("/events/data_series", **narrowed, event="tea drunk").json()
        assert_described(document, "/events/data_series", counted)
    for path in ("/events/list", "/events", "/purchases/product_list", "/feed/list"):
        assert_described(document, path, api.get(path).json())


def test_every_canvas_is_as_described(api: Quotidian, document: Json) -> None:
    breakdowns = {f"include_{name}": "true" for name in ("variant_breakdown", "step_breakdown", "deleted_step_data")}
    for canvas in ("canvas-0", "canvas-1"):
        asked: Json = {"canvas_id": canvas, "length": 14, "ending_at": "2024-03-31"}
        for path in ("/canvas/data_series", "/canvas/data_summary"):
            for flags in ({}, breakdowns):
                assert_described(document, path, api.get(path, **asked, **flags).json())
        assert_described(document, "/canvas/details", api.get("/canvas/details", canvas_id=canvas).json())
    assert_described(document, "/canvas/list", api.get("/canvas/list").json())


def test_segments_are_as_described(api: Quotidian, document: Json) -> None:
    assert_described(document, "/segments/list", api.get("/segments/list").json())
    assert_described(document, "/segments/details", api.get("/segments/details", segment_id="lively").json())
    series = api.get("/segments/data_series", **SLICE, segment_id="lively").json()
    assert_described(document, "/segments/data_series", series)


@pytest.mark.parametrize("kind", ["kpis", "campaigns", "sends", "canvases"])
def test_every_export_is_as_described(api: Quotidian, document: Json, kind: str) -> None:
    path = f"/v1/{kind}/export"
    assert_described(document, path, api.get(path, **{"from": "2024-02-20", "to": "2024-03-31"}).json())


@EACH_ENDPOINT
def test_errors_are_as_described(api: Quotidian, document: Json, endpoint: AnyEndpoint) -> None:
    bad = {"length": "0", "page": "x", "campaign_id": "", "cursor": "?", "format": "x"}
    answers = [api.get(endpoint.path, key="nobody"), api.get(endpoint.path, key=api.new_key())]
    answers += [api.get(endpoint.path, **bad)] if endpoint.query else []
    assert [answer.status_code for answer in answers] == [401, 403, 400][: len(answers)]
    for answer in answers:
        assert_described(document, endpoint.path, answer.json(), str(answer.status_code))


BUTTONS = ("_click", "a\nb", "a\rb", "a\u2028b", "\0", "😀", "x" * 1_000)


def test_a_button_of_any_title_is_as_described(quotidian: Quotidian, document: Json) -> None:
    opens = "users.messages.pushnotification.Open"
    push = {"campaign_id": "spring", "message_variation_id": "v1", "platform": "ios"}
    quotidian.deliver(*(event(opens, "ana", "2024-03-30", button_string=button, **push) for button in BUTTONS))
    answer = quotidian.get("/campaigns/data_series", **SLICE, campaign_id="spring").json()
    assert len([key for key in answer["data"][0]["messages"]["ios_push"][0] if "notif_button" in key]) == len(BUTTONS)
    assert_described(document, "/campaigns/data_series", answer)


def test_the_pattern_of_button_keys_means_the_same_to_every_program(document: Json) -> None:
    [pattern] = [each for each in element_schema(document, "ios_push")["patternProperties"] if "notif" in each]
    # Patterns of JSON Schema are those of ECMA 262, whose dot leaves out more than Python's.
    in_python = pattern.replace(".", "[^\n\r\u2028\u2029]")
    assert [button for button in BUTTONS if not re.search(in_python, f"notif_button_1_{button}_click")] == []


def element_schema(document: Json, channel: str) -> Json:
    answer = document["paths"]["/campaigns/data_series"]["get"]["responses"]["200"]
    points = answer["content"]["application/json"]["schema"]["properties"]["data"]["items"]
    elements: Json = points["properties"]["messages"]["properties"][channel]["items"]["anyOf"][0]
    return elements


def campaigns(api: Quotidian) -> list[str]:
    return [campaign["id"] for campaign in api.get("/campaigns/list").json()["campaigns"]]


# What the document says is not just anything


def test_the_document_says_no_of_a_point_that_is_not_as_it_should_be(api: Quotidian, document: Json) -> None:
    path = "/campaigns/data_series"
    answer = api.get(path, **SLICE, campaign_id="camp-0").json()
    check = validator(document, path)
    assert check.is_valid(answer)
    changes: list[Callable[[Json], object]] = [
        lambda point: point.pop("revenue"),
        lambda point: point.update(unique_recipients=1.5),
        lambda point: point.update(conversions=-1),
        lambda point: point.update(conversions4=1),
        lambda point: point.update(time="2024-03-31T00:00:00"),
        lambda point: point["messages"].update(telepathy=[]),
        lambda point: point["messages"]["email"][0].pop("sent"),
        lambda point: point["messages"]["email"][0].update(sent="1"),
        lambda point: point["messages"]["email"][0].update(delivery_failed=0),
        lambda point: point["messages"]["email"].append({}),
    ]
    for change in changes:
        changed = copy.deepcopy(answer)
        change(changed["data"][0])
        assert not check.is_valid(changed)


# Requests made from the document

EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES") or 40)
"""Requests to each path of each kind; others in each run."""


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@EACH_ENDPOINT
def test_what_is_made_from_the_document_is_answered_as_it_says(
    api: Quotidian, described: Any, endpoint: AnyEndpoint, mode: GenerationMode
) -> None:
    key = {"Authorization": f"Bearer {api.key}"}
    cases = described[endpoint.path]["GET"].as_strategy(generation_mode=mode)

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=cases, known=st.sets(st.sampled_from(sorted(KNOWN))))
    def answered(case: Any, known: set[str]) -> None:
        # Values that the document cannot know; and no series of two thousand years, which takes as long to read, nor
        # an answer that waits for what does not come.
        for name in (known | {"from", "wait"}) & set(case.query or {}):
            case.query[name] = KNOWN[name]
        case.call_and_validate(headers=key, checks=EXPECTED)

    answered()


# The page


def test_the_page_refers_to_no_other_host(api: Quotidian) -> None:
    page = api.client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert re.findall(r"(?:https?:)?//[^\s\"'>]+", page.text) == []


def test_everything_that_the_page_refers_to_is_served(api: Quotidian) -> None:
    texts = [api.client.get(path).text for path in ("/docs", "/docs/start.js")]
    referred = re.findall(r'(?:src|href|url)\s*[=:]\s*"([^"]+)"', "".join(texts))
    assert {"openapi.json", "docs/assets/swagger-ui-bundle.js", "docs/assets/swagger-ui.css"} <= set(referred)
    # From where the page is: a proxy may have taken a prefix from its path.
    assert [path for path in referred if path.startswith("/")] == []
    assert [path for path in referred if api.client.get(f"/{path}").status_code != 200] == []


def test_no_script_or_style_that_is_not_a_file_of_this_server_runs_on_the_page(api: Quotidian) -> None:
    page = api.client.get("/docs")
    policy = dict(rule.split(" ", 1) for rule in page.headers["content-security-policy"].split("; "))
    assert {policy[name] for name in ("object-src", "base-uri", "frame-ancestors")} == {"'none'"}
    assert {policy[name] for name in ("default-src", "form-action")} == {"'self'"}
    assert "script-src" not in policy
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "same-origin"
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\bon[a-z]+=|\bstyle=|javascript:", page.text) == []
    assert api.client.get("/docs/start.js").headers["content-type"].startswith("text/javascript")


def test_the_pages_style_loads_nothing_from_another_host(api: Quotidian) -> None:
    style = api.client.get("/docs/assets/swagger-ui.css").text
    assert re.findall(r"@import[^;]*|url\(\s*[\"']?(?:https?:)?//[^)]*\)", style) == []


@pytest.mark.parametrize(
    "path",
    ["/docs/assets/../docs.html", "/docs/assets/..%2f..%2f__init__.py", "/docs/assets//etc/passwd", "/docs/assets/%00"],
)
def test_only_assets_are_served_as_assets(api: Quotidian, path: str) -> None:
    response = api.client.get(path)
    assert response.status_code == 404
    assert str(swagger_ui.static_path) not in response.text
