"""What Braze has and this server has not: empty lists, and users that cannot be exported."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from asking import assert_error, fill
from conftest import Json, Quotidian

from quotidian.api.endpoints import ENDPOINTS

LISTS: dict[str, Json] = {
    "/templates/email/list": {"count": 0, "templates": []},
    "/content_blocks/list": {"count": 0, "content_blocks": []},
    "/messages/scheduled_broadcasts": {"scheduled_broadcasts": []},
    "/custom_attributes": {"attributes": []},
    "/catalogs": {"catalogs": []},
    "/preference_center/v1/list": {"preference_centers": []},
}
IDS, SEGMENT = "/users/export/ids", "/users/export/segment"
EACH_EXPORT = pytest.mark.parametrize(
    ("path", "body"), [(IDS, {"external_ids": ["ana"]}), (SEGMENT, {"segment_id": "lively"})]
)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    opened = Quotidian(tmp_path_factory.mktemp("absent") / "data")
    fill(opened)
    opened.events.close()  # the API reads series only, and a process can have one event store open
    yield opened
    opened.close()


@pytest.mark.parametrize("path", LISTS)
def test_what_there_is_none_of_is_an_empty_list_in_brazes_shape(api: Quotidian, path: str) -> None:
    sent: Json = {"page": "1", "limit": "1000", "end_time": "2026-12-31T23:59:59", "cursor": "x"}
    for parameters in ({}, sent):
        response = api.get(path, **parameters)
        assert (response.status_code, response.json()) == (200, {"message": "success", **LISTS[path]})
        assert "link" not in response.headers


@pytest.mark.parametrize("path", LISTS)
def test_an_empty_list_needs_its_own_permission(api: Quotidian, path: str) -> None:
    permission = path[1:].replace("/", ".")
    assert api.get(path, key=api.new_key(permission)).status_code == 200
    assert_error(api.get(path, key=api.new_key("campaigns.list")), 403, permission)


def test_users_asked_for_by_ids_are_not_found_and_the_answer_says_what_is_kept(api: Quotidian) -> None:
    body = {"external_ids": ["ana", "bo"], "fields_to_export": ["email"]}
    response = api.post(IDS, body)
    assert response.status_code == 200
    answer = response.json()
    assert "no profiles" in answer.pop("note")
    assert answer == {"message": "success", "users": [], "invalid_user_ids": ["ana", "bo"]}


@pytest.mark.parametrize(
    "body",
    [
        {"braze_id": "x"},
        {"email_address": "ana@example.org"},
        {"phone": "+123"},
        {"device_id": "x"},
        {"user_aliases": [{"alias_name": "ana", "alias_label": "crm"}]},
        {"external_ids": []} | {"braze_id": "x"},
    ],
)
def test_users_asked_for_otherwise_are_not_found(api: Quotidian, body: Json) -> None:
    answer = api.post(IDS, body).json()
    assert (answer["message"], answer["users"], answer["invalid_user_ids"]) == ("success", [], [])


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "external_ids"),
        ({"external_ids": []}, "names nobody"),
        ({"external_ids": None, "braze_id": ""}, "names nobody"),
        ({"external_ids": "ana"}, "list"),
        ({"external_ids": [1]}, "texts"),
        ({"external_ids": ["ana"] * 51}, "at most 50"),
        ({"external_ids": ["a" * 1_001]}, "1000 characters"),
        (b'{"external_ids": ["\xff"]}', "external_ids"),
        (b"[]", "JSON object"),
        (b"no", "JSON"),
        (b'{"external_ids": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", ""),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_body_that_names_nobody_is_refused(api: Quotidian, body: Any, text: str) -> None:
    response = api.post(IDS, body)
    assert_error(response, 400, text)
    assert len(response.content) < 500


def test_the_export_of_a_segment_is_an_archive_of_no_files(api: Quotidian) -> None:
    answer = api.post(SEGMENT, {"segment_id": "lively", "fields_to_export": ["email"]}).json()
    assert "no profiles" in answer["note"]
    assert answer["message"] == "success"
    assert answer["object_prefix"] != ""
    archive = api.client.get(answer["url"])  # as Braze's: whoever has the URL needs no key
    assert archive.status_code == 200
    assert archive.headers["content-type"] == "application/zip"
    assert zipfile.ZipFile(io.BytesIO(archive.content)).namelist() == []


@pytest.mark.parametrize("segment", ["none", "", None, 1, ["lively"], "x" * 300_000])
def test_a_segment_that_there_is_not_cannot_be_exported(api: Quotidian, segment: Any) -> None:
    assert_error(api.post(SEGMENT, {"segment_id": segment}), 400)


def test_a_segment_of_another_workspace_cannot_be_exported(api: Quotidian) -> None:
    other = api.add_workspace("other")
    assert_error(api.post(SEGMENT, {"segment_id": "lively"}, key=other), 400, "Invalid Segment ID")


@EACH_EXPORT
def test_an_export_needs_a_key_with_its_own_permission_and_uses_the_hourly_limit(
    api: Quotidian, path: str, body: Json
) -> None:
    permission = path[1:].replace("/", ".")
    answers = [api.post(path, body, key=api.new_key(permission)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    first, second = (int(answer.headers["x-ratelimit-remaining"]) for answer in answers)
    assert first - second == 1
    assert_error(api.post(path, body, key=api.new_key("segments.list")), 403, permission)
    assert_error(api.post(path, body, key="nobody"), 401)
    assert_error(api.get(path), 405, "POST")


@EACH_EXPORT
def test_an_export_is_as_described(api: Quotidian, path: str, body: Json) -> None:
    document = api.client.get("/openapi.json").json()["paths"][path]["post"]
    asked = document["requestBody"]["content"]["application/json"]["schema"]
    answered = document["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema_rs.Draft202012Validator(asked).validate(body)
    jsonschema_rs.Draft202012Validator(answered).validate(api.post(path, body).json())
    assert "on disk" not in document["description"]


def test_every_list_and_export_is_in_the_table() -> None:
    assert {*LISTS, IDS, SEGMENT} <= {endpoint.path for endpoint in ENDPOINTS}
