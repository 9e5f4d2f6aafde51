"""`quotidian explain`: what a number is made of, in the terminal."""

import json
from typing import get_args, get_type_hints

import pytest
from commands import Command, session
from currents import write_jsonl
from everything import DAY, some_of_everything

from quotidian.cli.explain import explain
from quotidian.cli.series_kinds import SERIES
from quotidian.series.explain.question import SERIES as EXPLAINED


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Command:
    return some_of_everything(Command(tmp_path_factory.mktemp("explain") / "data"))


def test_every_series_that_is_stored_can_be_explained() -> None:
    names = get_args(get_type_hints(explain)["name"])
    assert {SERIES[name].path for name in names} == EXPLAINED.keys()


def test_a_number_is_shown_with_its_definition_events_and_receipts(loaded: Command) -> None:
    out = loaded.here("explain", "campaign", "Spring sale", DAY, "revenue").stdout.splitlines()
    assert out[0] == "2.50"
    assert out[1].startswith("What the events users.behaviors.Purchase of the day were worth")
    header, first, *others = out[out.index("") + 1 :]
    assert header.split() == ["time", "id", "type", "receipt_time", "receipt_id"]
    assert first.split()[0] == f"{DAY}T13:00:00+01:00"
    assert first.split()[2:4] == ["users.behaviors.Purchase", f"{DAY}T12:00:00+01:00"]
    assert others == []


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (("dau", DAY), 2),
        (("mau", DAY, "--app-id", "ios"), 2),
        (("sessions", DAY), 2),
        (("event", "Tea drunk", DAY), 1),
        (("purchases", DAY, "--product", "Pot"), 1),
        (("revenue", DAY), 2.5),
        (("segment", "tea", DAY), 1),
        (("campaign", "c1", DAY, "sent", "--channel", "email", "--variation", "v"), 1),
        (("send", "c1", "may", DAY, "unique_recipients"), 1),
        (("canvas", "welcome", DAY, "entries", "--channel", "variant", "--variation", "va"), 1),
    ],
)
def test_json_has_what_the_api_answers(loaded: Command, words: tuple[str, ...], value: float) -> None:
    found = json.loads(loaded.here("explain", *words, "--format", "json").stdout)
    assert list(found) == ["value", "definition", "events", "users", "complete", "history", "cursor"]
    assert (found["value"], found["complete"]) == (value, True)
    assert len(found["events"]) > 0


def test_csv_has_a_line_an_event(loaded: Command) -> None:
    lines = loaded.here("explain", "dau", DAY, "--format", "csv", "--events", 1).stdout.splitlines()
    assert lines[0] == "time,id,type,receipt_time,receipt_id"
    assert len(lines) == 2


def test_that_there_are_more_events_is_said(loaded: Command) -> None:
    assert "and more; --events shows" in loaded.here("explain", "dau", DAY, "--events", 1).stdout
    assert "and more" not in loaded.here("explain", "dau", DAY).stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("campaign", "c1", DAY), "names no number; ask for it as: quotidian explain campaign CAMPAIGN_ID DAY METRIC"),
        (("dau",), "quotidian explain dau DAY"),
        (("dau", "yesterday"), "the day must be a date such as 2026-03-29, not 'yesterday'"),
        (("dau", "2099-01-01"), "after today"),
        (("dau", DAY, "mau"), "metric must be one of dau"),
        (("dau", DAY, "--product", "Pot"), "--product does not go with the series dau"),
        (("campaign", "nobody", DAY, "revenue"), "no campaign 'nobody'"),
        (("campaign", "c1", DAY, "opens", "--channel", "fax"), "channel must be one of email, not 'fax'"),
    ],
)
def test_what_names_no_number_is_refused(loaded: Command, words: tuple[str, ...], said: str) -> None:
    assert said in loaded.here("explain", *words, status=2).stderr


def test_what_is_out_of_date_is_said(tmp_path_factory: pytest.TempPathFactory) -> None:
    command = Command(tmp_path_factory.mktemp("fresh") / "data")
    command.init()
    write_jsonl(command.data.parent / "events.jsonl", [session("ana", DAY)])
    command.here("ingest", command.data.parent / "events.jsonl")
    assert "out of date" not in command.here("explain", "dau", DAY).stderr
