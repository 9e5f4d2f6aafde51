"""Entity tags: a client that has an answer is told that it still holds, and gets no body."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from asking import EACH_ANSWERING, fill, parameters_of
from conftest import Quotidian
from events import email, session

from quotidian.api.endpoint import AnyEndpoint, Work

DAU = "/kpi/dau/data_series"
SLICE = {"length": "3", "ending_at": "2024-03-31"}
# Longer than is made before it is sent.
LONG = {"from": "2000-01-01", "format": "ndjson"}
EXPORT = "/v1/campaigns/export"


@pytest.fixture
def api(quotidian: Quotidian) -> Quotidian:
    fill(quotidian)
    return quotidian


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    opened = Quotidian(tmp_path_factory.mktemp("tags") / "data")
    fill(opened)
    opened.events.close()  # the API reads series only, and a process can have one event store open
    yield opened
    opened.close()


def ask(api: Quotidian, path: str, tag: str | None = None, **given: Any) -> Any:
    encoding = given.pop("encoding", "identity")
    headers = {"Authorization": f"Bearer {api.key}", "Accept-Encoding": encoding}
    return api.client.get(path, params=given, headers=headers | ({"If-None-Match": tag} if tag else {}))


def assert_not_modified(response: Any, tag: str) -> None:
    assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", tag)
    assert not {"content-type", "content-length", "content-encoding"} & set(response.headers)


@EACH_ANSWERING
def test_a_client_that_has_the_answer_gets_no_body(filled: Quotidian, endpoint: AnyEndpoint) -> None:
    if endpoint.work is Work.ASK:
        pytest.skip("of the moment at which it is asked for")
    asked = parameters_of(endpoint)
    first = ask(filled, endpoint.path, **asked)
    assert first.status_code == 200
    assert_not_modified(ask(filled, endpoint.path, first.headers["etag"], **asked), first.headers["etag"])


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "made"])
@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("{}", 304),
        ("W/{}", 304),
        ('"other", {}', 304),
        ('"other",W/{} , "more"', 304),
        ("*", 304),
        ('"other"', 200),
        ('W/"other"', 200),
        ("", 200),
        ('"*"', 200),
        ('"', 200),
    ],
)
def test_any_of_the_tags_that_a_client_names_may_be_the_answers(
    filled: Quotidian, header: str, status: int, is_kept: bool
) -> None:
    tag = ask(filled, DAU, **SLICE).headers["etag"]
    # An unknown parameter is ignored, and makes another request of it.
    asked = SLICE if is_kept else {**SLICE, "unknown": header}
    assert ask(filled, DAU, header.format(tag), **asked).status_code == status


def test_tags_may_come_in_several_headers(filled: Quotidian) -> None:
    tag = ask(filled, DAU, **SLICE).headers["etag"]
    key = ("Authorization", f"Bearer {filled.key}")
    headers = [key, ("If-None-Match", '"other"'), ("If-None-Match", tag), ("If-None-Match", '"more"')]
    assert filled.client.get(DAU, params=SLICE, headers=headers).status_code == 304


def test_an_answer_that_has_changed_is_sent(api: Quotidian) -> None:
    tag = ask(api, DAU, **SLICE).headers["etag"]
    api.deliver(session("bo", "2024-03-30"))
    changed = ask(api, DAU, tag, **SLICE)
    assert (changed.status_code, changed.json()["data"][1]["dau"]) == (200, 2)
    assert changed.headers["etag"] != tag


def test_an_answer_holds_when_something_else_has_changed(api: Quotidian) -> None:
    path, asked = "/v1/active_users", {"from": "2024-03-01", "to": "2024-03-31"}
    tags = {each: ask(api, each, **SLICE | asked).headers["etag"] for each in (DAU, path)}
    api.deliver(session("bo", "2024-05-30"))
    assert [ask(api, each, tag, **SLICE | asked).status_code for each, tag in tags.items()] == [304, 304]


def test_a_key_is_asked_for_all_the_same(filled: Quotidian) -> None:
    assert filled.client.get(DAU, params=SLICE, headers={"If-None-Match": "*"}).status_code == 401
    assert ask(filled, DAU, "*", length="0").status_code == 400


def test_an_answer_without_a_body_counts_against_the_limit(filled: Quotidian) -> None:
    tag = ask(filled, DAU, **SLICE).headers["etag"]
    left = [int(ask(filled, DAU, tag, **SLICE).headers["x-ratelimit-remaining"]) for _ in range(3)]
    assert left == [left[0], left[0] - 1, left[0] - 2]


@pytest.mark.parametrize("asked", [{}, LONG], ids=["short", "long"])
def test_the_tag_of_a_packed_answer_is_weak(filled: Quotidian, asked: dict[str, str]) -> None:
    plain, packed = (ask(filled, EXPORT, encoding=encoding, **asked) for encoding in ("identity", "gzip"))
    assert plain.headers["etag"].startswith('"')
    assert packed.headers["etag"].startswith('W/"')
    for encoding, tag in (("identity", plain.headers["etag"]), ("gzip", packed.headers["etag"])):
        response = ask(filled, EXPORT, tag, encoding=encoding, **asked)
        assert_not_modified(response, tag)
        assert "Accept-Encoding" in response.headers["vary"]


def test_a_long_answer_holds_until_something_is_published(api: Quotidian) -> None:
    first = ask(api, EXPORT, **LONG)
    tag = first.headers["etag"]
    assert len(first.content) > 1_000_000
    assert_not_modified(ask(api, EXPORT, tag, **LONG), tag)
    api.deliver(email("Send", "bo", "2024-03-30", "spring"))
    changed = ask(api, EXPORT, tag, **LONG)
    assert changed.status_code == 200
    assert changed.content != first.content
    assert ask(api, EXPORT, changed.headers["etag"], **LONG).status_code == 304


@pytest.mark.parametrize("path", ["/v1/active_users", "/v1/growth", "/v1/retention"])
def test_a_long_answer_of_activity_holds_until_somebody_was_active(api: Quotidian, path: str) -> None:
    asked = {"from": "1900-01-01", "format": "ndjson"}
    first = ask(api, path, **asked)
    tag = first.headers["etag"]
    assert len(first.content) > 1_000_000
    assert_not_modified(ask(api, path, tag, **asked), tag)
    # No number of a day is another then, but those of windows are.
    api.deliver(session("ana", "2024-03-28"), session("bo", "2024-03-30"))
    tag = ask(api, path, **asked).headers["etag"]
    api.deliver(session("bo", "2024-03-28"), session("bo", "2024-03-28T12:00"))
    assert ask(api, path, tag, **asked).status_code == 200


def test_formats_and_ranges_have_tags_of_their_own(filled: Quotidian) -> None:
    asked = [LONG, {**LONG, "format": "csv"}, {**LONG, "from": "2000-01-02"}, {**LONG, "campaign_id": "spring"}]
    tags = [ask(filled, EXPORT, **each).headers["etag"] for each in asked]
    assert len(set(tags)) == len(tags)
    other = filled.add_workspace("other")
    response = filled.client.get(
        EXPORT, params=LONG, headers={"Authorization": f"Bearer {other}", "If-None-Match": tags[0]}
    )
    assert (response.status_code, response.content) == (200, b"")


def test_a_send_that_is_registered_changes_the_tag(filled: Quotidian) -> None:
    tag = ask(filled, "/v1/sends/export", **LONG).headers["etag"]
    assert filled.post("/sends/id/create", {"campaign_id": "spring", "send_id": "next"}).status_code == 201
    response = ask(filled, "/v1/sends/export", tag, **LONG)
    assert response.status_code == 200
    assert json.loads(response.text.splitlines()[0])["send_id"] == "next"
