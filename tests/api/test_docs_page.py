"""The page at /docs: where it is, and examples, which only who has a key is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from asking import assert_error, fill
from conftest import Quotidian
from events import email

from quotidian.catalogue import Campaign, CatalogueFile

EXAMPLES = "/docs/examples"
ALL = {
    "campaign_id": "spring",
    "send_id": "spring-1",
    "canvas_id": "journey",
    "segment_id": "lively",
    "event": "tea drunk",
}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    opened = Quotidian(tmp_path_factory.mktemp("docs") / "data")
    fill(opened)
    opened.events.close()  # the API reads series only, and a process can have one event store open
    yield opened
    opened.close()


def examples(api: Quotidian, key: str | None = None) -> dict[str, str]:
    response = api.get(EXAMPLES, key=key)
    assert response.status_code == 200, response.text
    found: dict[str, str] = response.json()["examples"]
    return found


@pytest.mark.parametrize("path", ["//docs", "/docs/", "/docs ", "/docs.html", "/docs/start.js/"])
def test_it_has_one_address(api: Quotidian, path: str) -> None:
    assert api.client.get(f"http://testserver{path}", follow_redirects=False).status_code == 404


def test_without_pages_nothing_is_at_the_root(api: Quotidian) -> None:
    assert_error(api.client.get("/", follow_redirects=False), 404, "/docs")


def test_the_examples_are_what_the_keys_workspace_has(api: Quotidian) -> None:
    assert examples(api) == ALL
    assert examples(api, api.add_workspace("empty")) == {}


def test_requests_filled_in_with_examples_succeed(api: Quotidian) -> None:
    found = examples(api)
    for path, names in {
        "/campaigns/data_series": ["campaign_id"],
        "/sends/data_series": ["campaign_id", "send_id"],
        "/canvas/data_series": ["canvas_id"],
        "/segments/data_series": ["segment_id"],
        "/events/data_series": ["event"],
    }.items():
        assert api.get(path, length=7, **{name: found[name] for name in names}).status_code == 200


def test_without_a_key_no_id_is_told(api: Quotidian) -> None:
    assert_error(api.client.get(EXAMPLES), 401)
    assert_error(api.get(EXAMPLES, key="nobody"), 401)
    for path in ("/openapi.json", "/docs", "/docs/start.js"):
        page = api.client.get(path).text
        assert [each for each in ("spring-1", "journey", "lively", "tea drunk") if each in page] == []


@pytest.mark.parametrize(
    ("permissions", "told"),
    [
        (["kpi.dau.data_series"], []),
        (["campaigns.data_series", "sends.data_series"], []),
        (["campaigns.list"], ["campaign_id"]),
        (["campaigns.list", "sends.data_series"], ["campaign_id", "send_id"]),
        (["canvas.list"], ["canvas_id"]),
        (["segments.list"], ["segment_id"]),
        (["events.list"], ["event"]),
    ],
)
def test_a_key_is_told_what_its_permissions_let_it_list(
    api: Quotidian, permissions: list[str], told: list[str]
) -> None:
    assert examples(api, api.new_key(*permissions)) == {name: ALL[name] for name in told}


def test_examples_use_up_the_hourly_limit(folder: Path) -> None:
    opened = Quotidian(folder, hourly_limit="2")
    assert [opened.get(EXAMPLES).status_code for _ in range(3)] == [200, 200, 429]
    opened.close()


def test_a_campaign_that_is_archived_is_no_example(quotidian: Quotidian) -> None:
    quotidian.deliver(email("Send", "ana", "2024-03-30", "spring", send_id="spring-1"))
    assert examples(quotidian) == {"campaign_id": "spring", "send_id": "spring-1"}
    quotidian.import_catalogue(CatalogueFile(campaigns={"spring": Campaign(archived=True), "new": Campaign()}))
    assert examples(quotidian) == {"campaign_id": "new"}


def test_a_send_that_is_no_longer_kept_is_no_example(folder: Path) -> None:
    opened = Quotidian(folder, send_keep_days="5")
    opened.deliver(email("Send", "ana", "2024-03-30", "spring", send_id="spring-1"))
    assert examples(opened) == {"campaign_id": "spring"}
    opened.close()


def test_the_pages_script_asks_for_examples_with_the_readers_key(api: Quotidian) -> None:
    script = api.client.get("/docs/start.js").text
    assert f'fetch("{EXAMPLES.lstrip("/")}"' in script
    assert "Authorization" in script
