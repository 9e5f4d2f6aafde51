"""`quotidian experiment`: how the variations of a campaign compare, in the terminal."""

import json

import pytest
from commands import Command, event
from currents import write_jsonl
from everything import DAY, some_of_everything

RANGE = ("--from", "2024-03-01", "--to", "2024-03-31")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Command:
    command = some_of_everything(Command(tmp_path_factory.mktemp("experiment") / "data"))
    (command.data.parent / "split.toml").write_text("[campaigns.c1]\nname = 'Spring sale'\ncontrol_weight = 1\n")
    enrolled = [
        event("campaigns.EnrollInControl", user, DAY, campaign_id="c1", message_variation_id=None)
        for user in ("ana", "bo")
    ]
    write_jsonl(command.data.parent / "enrolled.jsonl", enrolled)
    command.here("ingest", command.data.parent / "enrolled.jsonl")
    return command


def test_a_table_has_a_line_a_variation_and_says_what_to_mind(loaded: Command) -> None:
    told = loaded.here("experiment", "Spring sale", *RANGE, "--conversion", "revenue")
    header, variation, control, *rest = told.stdout.splitlines()
    assert header.split()[:6] == ["variation_api_id", "name", "recipients", "converters", "mean", "difference"]
    assert variation.split()[:5] == ["v", "-", "1", "1", "2.50"]
    assert control.split()[:5] == ["-", "(control", "group)", "2", "0"]
    assert "fixed in advance" in " ".join(rest)
    assert "fewer than 5 converters" in told.stderr
    assert "1 user had receipts of several rows" in told.stderr


def test_json_has_what_the_api_answers_and_csv_a_line_a_number(loaded: Command) -> None:
    answer = json.loads(loaded.here("experiment", "c1", *RANGE, "--format", "json").stdout)
    assert (answer["campaign_id"], answer["crossed_over"], len(answer["data"])) == ("c1", 1, 2)
    lines = loaded.here("experiment", "c1", *RANGE, "--format", "csv").stdout.splitlines()
    assert lines[:2] == ["control,variation_api_id,metric,value", "0,v,recipients,1.0"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nobody",), "no campaign 'nobody'"),
        (("c1", "--baseline", "x"), "baseline must be a variation_api_id of the campaign ('v'), not 'x'"),
        (("c1", "--from", "soon"), "--from must be a date as YYYY-MM-DD, not 'soon'"),
        (("c1", "--from", "2024-04-01", "--to", "2024-03-01"), "--from must not be after 2024-03-01"),
        (("c1", "--conversion", "4"), "--conversion"),
    ],
)
def test_what_cannot_be_asked_is_refused(loaded: Command, words: tuple[str, ...], said: str) -> None:
    assert said in loaded.here("experiment", *words, status=2).stderr
