"""`quotidian data`: what came, and an exit status for cron when a type that used to come does not."""

import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from commands import Command, message, session
from currents import write_jsonl
from daytime import zone_by_day

Json = dict[str, Any]

ZONE = zone_by_day()
TODAY = datetime.now(ZoneInfo(ZONE)).date()
SEND = "users.messages.email.Send"
SESSION = "users.behaviors.app.SessionStart"


@pytest.fixture
def command(tmp_path: Path) -> Command:
    made = Command(tmp_path / "data")
    made.init(ZONE)
    return made


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


def load(command: Command, *events: Json) -> None:
    files = command.data.parent / "files"
    number = len(list(files.glob("*"))) if files.exists() else 0
    command.here("ingest", write_jsonl(files / f"{number}.jsonl", events))


def told(command: Command, *words: object, status: int = 0) -> Json:
    found: Json = json.loads(command.here("data", "--format", "json", *words, status=status).stdout)
    return found


# What came


def test_data_shows_what_came_by_day_and_type(command: Command) -> None:
    dead = {**session("bo", ago(2)), "id": ""}
    load(
        command,
        session("ana", ago(2)),
        session("ana", ago(2)),
        session("bo", ago(2)),
        message("email.Send", "ana", ago(1)),
        dead,
    )
    rows = {(row["time"], row["event_type"]): row for row in told(command)["data"]}
    row = rows[ago(2), SESSION]
    assert (row["events"], row["duplicates"], row["late"], row["dead"]) == (2, 1, 2, {"no id": 1})
    assert rows[ago(1), SEND]["events"] == 1
    out = command.here("data").stdout
    assert out.splitlines()[0].split("  ")[0] == "day"
    assert f"{ago(2)}  {SESSION}" in out
    assert f"          1  no id: {SESSION}" in out


def test_data_of_days_and_of_a_type_leaves_the_others_out(command: Command) -> None:
    load(command, session("ana", ago(20)), message("email.Send", "ana", ago(10)), session("ana", ago(10)))
    assert told(command)["data"] == []
    assert len(told(command, "--from", ago(30))["data"]) == 3
    assert len(told(command, "--from", ago(30), "--to", ago(15))["data"]) == 1
    assert [row["event_type"] for row in told(command, "--to", ago(10), "--type", SEND)["data"]] == [SEND]
    assert "Nothing came of these days." in command.here("data").stdout


def test_data_names_unknown_types_and_hours_without_a_file(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "currents" / f"event_type={SESSION}"
    for hour in ("03", "07"):
        write_jsonl(folder / f"date={ago(2)}-{hour}" / "a.jsonl", [session(hour, ago(2))])
    write_jsonl(
        tmp_path / "currents" / "odd.jsonl",
        [{**session("ana", ago(2)), "event_type": "users.behaviors.app.SessionStat"}],
    )
    command.here("ingest", tmp_path / "currents")
    out = command.here("data").stdout
    assert f"{ago(2)}T04 to {ago(2)}T06 (3 hours): {tmp_path / 'currents'}" in out
    assert re.search(
        rf"users\.behaviors\.app\.SessionStat, [-0-9]{{10}}T[:0-9]{{8}}\+00:00; the nearest known is {SESSION}", out
    )
    assert told(command, "--type", SEND)["gaps"] == []


def test_workspaces_are_told_apart(command: Command) -> None:
    command.here("--workspace", "other", "init", "--app-group-id", "tea")
    load(command, session("ana", ago(1)))
    assert json.loads(command.here("--workspace", "other", "data", "--format", "json").stdout)["data"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "yesterday"), "--from must be a date as YYYY-MM-DD, not 'yesterday'"),
        (("--to", "2024-02-30"), "--to must be a date as YYYY-MM-DD, not '2024-02-30'"),
        (("--from", "2024-03-02", "--to", "2024-03-01"), "--from must not be after 2024-03-01, the last day"),
        (("--regular-days", "8"), "'8' is no whole number from 1 to 7"),
    ],
)
def test_options_that_are_wrong_are_named_with_what_would_be_right(
    command: Command, words: tuple[str, ...], said: str
) -> None:
    assert said in command.here("data", *words, status=2).stderr


# What does not come any more


def every_day(kind: str, first: int, last: int, step: int = 1) -> list[Json]:
    """An event a day, from so many days ago to so many days ago."""
    made = session if kind == SESSION else lambda user, day: message("email.Send", user, day)
    return [made("ana", ago(days)) for days in range(first, last - 1, -step)]


def test_a_type_that_came_every_day_and_not_yesterday_is_missed(command: Command) -> None:
    load(command, *every_day(SESSION, 9, 2), *every_day(SEND, 9, 1))
    out = command.here("data", "--check", status=1).stdout
    assert out.startswith(f"{SESSION} came on 7 of the 7 days until {ago(2)}, and on none since; the last one came at ")
    assert SEND not in out
    (missing,) = told(command, "--check", status=1)["missing"]
    assert (missing["event_type"], missing["last_day"], missing["came_on_days"]) == (SESSION, ago(2), 7)
    assert "What does not come any more:" in command.here("data").stdout


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ((9, 1), ()),
        ((9, 0), ()),
        ((9, 2), ("--silent-days", "2")),
        ((5, 2), ()),
        ((5, 2), ("--regular-days", "5")),
        ((9, 2), ("--type", SEND)),
        ((50, 35), ()),
    ],
)
def test_nothing_is_said_of_a_type_that_comes_or_came_seldom_or_long_ago(
    command: Command, days: tuple[int, int], words: tuple[str, ...]
) -> None:
    load(command, *every_day(SESSION, *days))
    checked = command.here("data", "--check", *words)
    assert (checked.stdout, checked.stderr) == ("", "")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ((9, 3), ("--silent-days", "2")),
        ((5, 2), ("--regular-days", "4")),
        ((40, 30), ()),
        ((9, 2), ("--type", SESSION)),
    ],
)
def test_what_is_missed_goes_by_the_options(command: Command, days: tuple[int, int], words: tuple[str, ...]) -> None:
    load(command, *every_day(SESSION, *days))
    assert SESSION in command.here("data", "--check", *words, status=1).stdout


def test_a_type_that_comes_every_other_day_is_not_missed_on_the_day_between(command: Command) -> None:
    load(command, *every_day(SESSION, 20, 2, step=2))
    assert command.here("data", "--check").stdout == ""


def test_events_of_the_future_do_not_hide_that_a_type_is_missing(command: Command) -> None:
    load(command, *every_day(SESSION, 9, 2), session("ana", ago(-3)))
    assert SESSION in command.here("data", "--check", status=1).stdout


def test_what_is_missed_comes_back_with_its_events(command: Command) -> None:
    load(command, *every_day(SESSION, 9, 2))
    command.here("data", "--check", status=1)
    load(command, session("ana", ago(1)))
    command.here("data", "--check", status=0)


def test_without_any_data_nothing_is_missed(command: Command) -> None:
    assert command.here("data", "--check").stdout == ""
    assert date.fromisoformat(ago(0)) == TODAY
