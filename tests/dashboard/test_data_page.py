"""The data page: its numbers are those of `/v1/data` and of `quotidian status`."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import Quotidian
from currents import write_jsonl
from events import email, event, session
from pages_of import Pages, parse, problems

from quotidian.telemetry.heartbeat import Heartbeat

DAY = "2024-03-30"
RANGE = {"from": "2024-03-28", "to": "2024-03-31"}
PREFIX = "currents <b>/dataexport.prod-01.S3.integration.x"
HOSTILE = "users.<script>alert(1)</script>"
SECRET = "someone@example.com"


def _hour(folder: Path, hour: str, *events: object) -> Path:
    """A file of an hour of a prefix of Currents."""
    path = folder / PREFIX / "event_type=users.behaviors.app.SessionStart" / f"date={hour}" / "1" / "a.jsonl"
    path.parent.mkdir(parents=True)
    write_jsonl(path, events)
    return path


@pytest.fixture(scope="module")
def quotidian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quotidian]:
    folder = tmp_path_factory.mktemp("data")
    opened = Quotidian(folder / "data")
    twice, bo = session("ana", DAY), session("bo", "2024-03-29")
    opened.deliver(
        twice,
        twice,
        bo,
        email("Send", "ana", DAY, "spring"),
        {**session("cy", DAY), "id": "", "user": {"user_id": "cy", "email": SECRET}},
        {**event("users.behaviors.app.SessionEnd", "cy", DAY), "id": ""},
        {**session("ana", DAY), "event_type": HOSTILE},
        {**session("ana", DAY), "event_type": "users.behaviors.app.SessionStrat"},
    )
    opened.post_events({**bo, "id": "posted", "properties": {"shoe_size": 42}})
    opened.drain()
    first, third = (_hour(folder, f"{DAY}-{hour}", session("di", f"{DAY}T{hour}:10:00Z")) for hour in ("07", "10"))
    opened.load(first, third)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def pages(quotidian: Quotidian) -> Pages:
    return Pages(quotidian)


def told(quotidian: Quotidian) -> Any:
    response = quotidian.get("/v1/data", **RANGE)
    assert response.status_code == 200, response.text
    return response.json()


def numbers_of(points: list[dict[str, Any]], key: str) -> dict[str, list[int]]:
    """Events, late ones, duplicates, dead ones and unknown ones, by day or by type, of what has any."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0] * 5)
    for point in points:
        numbers = [point[name] for name in ("events", "late", "duplicates")]
        numbers += [sum(point["dead"].values()), point["unknown"]]
        sums[point[key]] = [left + right for left, right in zip(sums[point[key]], numbers, strict=True)]
    return {name: numbers for name, numbers in sums.items() if any(numbers)}


def test_what_came_by_day_is_what_the_api_says(quotidian: Quotidian, pages: Pages) -> None:
    expected = numbers_of(told(quotidian)["data"], "time")
    rows = pages.csv("data", "by-day", **RANGE)
    shown = {row["Day"]: [int(value) for value in list(row.values())[1:]] for row in rows}
    assert list(shown) == ["2024-03-28", "2024-03-29", "2024-03-30", "2024-03-31"]
    for day, (in_time, late, *others) in shown.items():
        assert [in_time + late, late, *others] == expected.get(day, [0] * 5)
    assert sum(expected[DAY]) > 4


def test_what_came_by_type_is_what_the_api_says(quotidian: Quotidian, pages: Pages) -> None:
    rows = pages.csv("data", "by-type", **RANGE)
    names = ("Events", "Late", "Duplicates", "Not usable", "Of unknown type")
    shown = {row["Event type"]: [int(row[name]) for name in names] for row in rows}
    assert shown == numbers_of(told(quotidian)["data"], "event_type")
    page = pages.page("data", **RANGE)
    sums = [sum(numbers) for numbers in zip(*shown.values(), strict=True)]
    assert f"Events of these days {sums[0]} Late {sums[1]} more than a day after they happened" in page.text
    assert f"Duplicates {sums[2]} came again" in page.text
    assert f"Not usable {sums[3]} kept as dead letters" in page.text


def test_what_is_dead_is_told_by_reason_without_what_its_record_says(quotidian: Quotidian, pages: Pages) -> None:
    dead: dict[tuple[str, str], int] = defaultdict(int)
    for point in told(quotidian)["data"]:
        for reason, number in point["dead"].items():
            dead[reason, point["event_type"]] += number
    rows = pages.csv("data", "not-usable", **RANGE)
    assert {(row["Reason"], row["Event type"]): int(row["Records"]) for row in rows} == dead
    assert len(dead) == 2
    page = pages.page("data", **RANGE)
    assert len(page.tables["Dead letters"].rows) == 2
    assert SECRET not in page.text
    assert SECRET not in str(pages.csv("data", "dead-letters", **RANGE))


def test_unknown_types_and_fields_have_their_nearest_names(quotidian: Quotidian, pages: Pages) -> None:
    page = pages.page("data", **RANGE)
    unknown = {each["event_type"]: each["nearest"] for each in told(quotidian)["unknown_types"]}
    rows = page.tables["Unknown event types"].rows
    assert {row[0]: None if row[1] == "–" else row[1] for row in rows} == unknown
    assert unknown["users.behaviors.app.SessionStrat"] == "users.behaviors.app.SessionStart"
    assert page.tables["Unknown fields"].column("Field") == ["properties.shoe_size"]


def test_hours_without_a_file_are_those_of_the_api(quotidian: Quotidian, pages: Pages) -> None:
    (gap,) = told(quotidian)["gaps"]
    (row,) = pages.csv("data", "gaps", **RANGE)
    assert (row["Prefix"], int(row["Hours"])) == (gap["prefix"], gap["hours"]) == (gap["prefix"], 2)
    assert row["First hour without a file (UTC)"].replace(" ", "T") == gap["from"][:16]
    assert row["Last hour without a file (UTC)"].replace(" ", "T") == gap["to"][:16]
    assert pages.page("data", **{"from": "2024-03-28", "to": "2024-03-28"}).text.count("No hour is missing") == 1


def test_the_last_load_is_told(quotidian: Quotidian, pages: Pages) -> None:
    text = pages.page("data").text
    assert f"Files of {quotidian.folder.path.parent}/{PREFIX}" in text
    assert "Files loaded 2 Files not loaded 0 New events 2" in text


def test_names_from_events_are_text(pages: Pages) -> None:
    page = pages.page("data", **RANGE)
    assert HOSTILE in page.text
    assert "b" not in page.tags
    assert list(problems(page)) == []


def test_a_type_that_does_not_come_any_more_is_missed(quotidian: Quotidian, pages: Pages) -> None:
    days = [quotidian.workspace().today - timedelta(days=n) for n in range(4, 11)]
    quotidian.deliver(*(event("users.behaviors.Uninstall", "ana", day.isoformat()) for day in days))
    (row,) = pages.page("data").tables["What does not come any more"].rows
    assert (row[0], row[2]) == ("users.behaviors.Uninstall", "7")


def test_the_engine_is_said_to_be_silent_until_it_gives_a_sign_of_life(quotidian: Quotidian, pages: Pages) -> None:
    assert "The engine, which stores events and computes numbers: not running." in pages.page("data").text
    quotidian.folder.run.mkdir(exist_ok=True)
    with quotidian.folder.hold("serve", "test"):
        Heartbeat(quotidian.folder.engine_state).beat()
        page = pages.page("data")
    assert "Engine running" in page.text
    assert "What is posted is kept" not in page.text


def test_what_waits_in_the_inbox_is_counted(quotidian: Quotidian, pages: Pages) -> None:
    quotidian.post_events(session("eve", DAY))
    assert "Waiting in the inbox 1 requests of all workspaces" in pages.page("data").text
    quotidian.drain()
    assert "Waiting in the inbox 0 requests of all workspaces" in pages.page("data").text


def test_the_page_needs_the_permission_data(quotidian: Quotidian) -> None:
    reader = Pages(quotidian, quotidian.new_key("dashboard", "kpi.dau.data_series"))
    response = reader.get(reader.path("data"))
    assert response.status_code == 403
    assert "lacks the permission data" in parse(response.text).text


def test_a_workspace_without_events_says_what_to_do_and_tells_nothing_of_others(quotidian: Quotidian) -> None:
    empty = Pages(quotidian, quotidian.add_workspace("empty <i>"), workspace="empty <i>")
    page = empty.page("data")
    assert "No event has come yet" in page.text
    assert "quotidian ingest --workspace empty <i> s3://bucket/prefix" in page.text
    assert "spring" not in page.text
    assert "SessionStrat" not in page.text
    assert empty.csv("data", "by-day")[0]["Events in time"] == "0"


def test_in_french_no_text_is_english(quotidian: Quotidian) -> None:
    text = Pages(quotidian, language="fr").page("data", **RANGE).text
    assert "Ce qui est arrivé, par jour des événements" in text
    for english in ("Event type", "Last came", "Hours without", "of all workspaces", "The server"):
        assert english not in text
