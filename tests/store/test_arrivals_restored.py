"""What arrived, after restores and crashes that leave other events than were counted."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from commands import Command, made_once, some_sessions
from conftest import Quotidian
from events import email, session

from quotidian.store.events import StatementFailed

SESSION = "users.behaviors.app.SessionStart"
DAY, NEXT = "2024-03-30", "2024-03-31"
USERS = [f"user {number}" for number in range(20)]
RANGE = ("--from", "2024-03-01", "--to", "2024-04-30", "--format", "json")
Json = dict[str, Any]


def load_two_days(folder: Path) -> None:
    command = Command(folder / "data")
    command.init()
    command.here("ingest", some_sessions(folder / "1.jsonl", USERS))
    shutil.copytree(command.data, folder / "monday", symlinks=True)
    command.here("ingest", folder / "1.jsonl")
    command.here("ingest", some_sessions(folder / "2.jsonl", USERS[:15], NEXT))


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Commands on a folder with 20 users on a day, and 15 on the next, in two loads, the first of them twice."""
    return made_once(tmp_path, load_two_days)


def told(command: Command) -> dict[str, tuple[int, int, int]]:
    """Events, duplicates and late ones of each day."""
    rows = json.loads(command.here("data", *RANGE).stdout)["data"]
    return {row["time"]: (row["events"], row["duplicates"], row["late"]) for row in rows}


def test_what_came_is_told_before_anything_is_lost(command: Command) -> None:
    assert told(command) == {DAY: (20, 20, 20), NEXT: (15, 0, 15)}


def test_events_that_are_lost_are_counted_once_when_they_are_loaded_again(command: Command) -> None:
    shutil.rmtree(command.data / "events")
    command.here("recover")
    assert told(command) == {DAY: (0, 20, 0), NEXT: (0, 0, 0)}
    for number in (1, 2):
        command.here("ingest", command.data.parent / f"{number}.jsonl")
    command.here("rebuild")
    assert told(command) == {DAY: (20, 20, 20), NEXT: (15, 0, 15)}


def test_of_events_that_are_older_than_the_series_those_that_are_left_count(command: Command) -> None:
    shutil.rmtree(command.data / "events")
    shutil.copytree(command.data.with_name("monday") / "events", command.data / "events", symlinks=True)
    command.here("recover")
    assert told(command) == {DAY: (20, 20, 20), NEXT: (0, 0, 0)}


def test_events_that_are_newer_than_the_series_count(command: Command) -> None:
    shutil.copy(command.data.with_name("monday") / "series.sqlite", command.data / "series.sqlite")
    command.here("rebuild")
    events = {day: found[0] for day, found in told(command).items()}
    assert events == {DAY: 20, NEXT: 15}


@pytest.mark.parametrize("stored", ["none", "one day of two", "all"])
def test_of_a_batch_that_is_interrupted_what_is_stored_counts(
    quotidian: Quotidian, monkeypatch: pytest.MonkeyPatch, stored: str
) -> None:
    """It is not known which of its events are: ClickHouse stores a part a month, one after the other."""
    some = {"none": "WHERE day < 0", "one day of two": "WHERE bitAnd(day, 1) = 0", "all": ""}[stored]
    events = [session("ana", DAY), session("bo", DAY), session("ana", NEXT), email("Send", "ana", NEXT, "c")]
    run = type(quotidian.events).run

    def interrupted(store: Any, sql: str, *given: Any) -> None:
        if "INSERT INTO quotidian.events" not in sql:
            return run(store, sql, *given)
        run(store, f"{sql} {some}", *given)
        raise StatementFailed("a crash")

    monkeypatch.setattr(type(quotidian.events), "run", interrupted)
    quotidian.post_events(*events)
    with pytest.raises(StatementFailed, match="a crash"):
        quotidian.drain()
    monkeypatch.undo()
    quotidian.reopen()
    even = DAY if date.fromisoformat(DAY).toordinal() % 2 == date(1970, 1, 1).toordinal() % 2 else NEXT
    expected = {"none": {}, "one day of two": {even: counted(events)[even]}, "all": counted(events)}[stored]
    assert of_days(quotidian, "events") == expected
    assert of_days(quotidian, "late") == expected
    quotidian.drain()
    assert of_days(quotidian, "events") == of_days(quotidian, "late") == counted(events)
    assert of_days(quotidian, "duplicates") == {}


def counted(events: list[Json]) -> dict[str, int]:
    days = [event["time"][:10] for event in events]
    return {day: days.count(day) for day in days}


def of_days(quotidian: Quotidian, name: str) -> dict[str, int]:
    """A number of all types together, of the days on which it is not 0."""
    found: dict[str, int] = {}
    for row in quotidian.data("/v1/data", **{"from": "2024-03-01", "to": "2024-04-30"}):
        if row[name]:
            found[row["time"]] = found.get(row["time"], 0) + row[name]
    return found
