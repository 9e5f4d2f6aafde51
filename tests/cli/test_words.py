"""What the program says of what it did: counts, why nothing is new, in narrow terminals, and without Unicode."""

import re
from pathlib import Path
from typing import Any

import pytest
from commands import Command, event, message, session, some_sessions
from currents import write_jsonl
from load import DAY

from quotidian.domain.counts import counted, in_words

NUMBER = re.compile(r"[0-9][0-9.,]*")


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """A data folder with a campaign of 1,200 sends, and a dead letter."""
    folder = tmp_path_factory.mktemp("words")
    command = Command(folder / "data")
    command.init()
    sends = [message("email.Send", f"user {number}", DAY) for number in range(1_200)]
    sessions = [session("ana", DAY), {**session("bo", DAY), "time": "123456789012"}]
    write_jsonl(folder / "files" / "e.jsonl", [*sends, *sessions])
    command.here("ingest", folder / "files")
    return command


def loaded(command: Command, tmp_path: Path, *events: object) -> str:
    return command.here("ingest", write_jsonl(tmp_path / "e.jsonl", events)).stdout


DEAD = {**session("cy", DAY), "time": None}
UNKNOWN = event("messages.email.send", "cy", DAY)
KNOWN = session("ana", DAY)


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([KNOWN], "Nothing new: every event was stored before."),
        ([DEAD, {}], "Nothing new: no record can be used."),
        ([UNKNOWN], "Nothing new: every event is of a type that Quotidian does not know."),
        ([KNOWN, DEAD], "Nothing new: of 2 records, 1 was stored before and 1 cannot be used."),
        (
            [KNOWN, DEAD, UNKNOWN, {**UNKNOWN, "id": "2"}],
            "Nothing new: of 4 records, 1 was stored before, 2 are of types that Quotidian does not know "
            "and 1 cannot be used.",
        ),
    ],
)
def test_a_load_of_nothing_new_says_what_was_the_case(
    command: Command, tmp_path: Path, events: list[object], said: str
) -> None:
    out = loaded(command, tmp_path, *events)
    assert said in out
    assert out.count("Nothing new") == 1


def test_a_count_of_one_has_no_plural() -> None:
    assert [counted(number, "event") for number in (0, 1, 2, 1_200)] == [
        "0 events",
        "1 event",
        "2 events",
        "1,200 events",
    ]
    assert counted(2, "canvas", "canvases") == "2 canvases"
    assert [in_words("a"), in_words("ab"), in_words("abc")] == ["a", "a and b", "a, b and c"]


def test_currencies_without_a_rate_are_named_with_what_to_do(command: Command, tmp_path: Path) -> None:
    buys = [event("behaviors.Purchase", "ana", DAY, price=each, currency="XAU") for each in (1, 2)]
    out = loaded(command, tmp_path, *buys, event("behaviors.Purchase", "ana", DAY, price=1, currency="JPY"))
    assert "2  currency without a rate: XAU: users.behaviors.Purchase" in out
    assert "1  currency without a rate: JPY: users.behaviors.Purchase" in out
    assert "purchases in JPY and XAU" in out
    assert "quotidian catalogue import" in out


def test_a_rebuild_counts_each_day_once(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    command.init()
    assert "day" not in command.here("rebuild").stdout
    loaded(command, tmp_path, session("ana", DAY), message("email.Send", "ana", DAY))
    assert "Rebuilt: the series of 1 day with events" in command.here("rebuild").stdout
    loaded(command, tmp_path, session("ana", "2024-03-29"))
    assert "Rebuilt: the series of 2 days with events" in command.here("rebuild").stdout


# Progress


def test_a_bar_is_shown_only_where_there_is_something_to_do(command: Command, tmp_path: Path) -> None:
    assert "Computing" in command.here("ingest", some_sessions(tmp_path / "new.jsonl", ["new"])).stderr
    again = command.here("ingest", tmp_path / "new.jsonl").stderr
    assert "Computing" not in again
    assert "0/0" not in again
    assert [line for line in again.splitlines() if not line.strip()] == []


# Folders without event files


def test_a_folder_without_event_files_is_said_and_is_a_failure(command: Command, tmp_path: Path) -> None:
    (tmp_path / "empty" / "below").mkdir(parents=True)
    (tmp_path / "empty" / ".hidden.jsonl").touch()
    done = command.here("ingest", tmp_path / "empty", status=2)
    assert done.stdout == ""
    assert f"Error: There are no event files in {tmp_path / 'empty'}; those are .avro, .json, .jsonl" in done.stderr


def test_a_folder_of_other_files_names_them_without_a_table_of_zeros(command: Command, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    out = command.here("ingest", tmp_path, status=1).stdout
    assert out.startswith("Not loaded: 1 of 1 file\n")
    assert "is no event file; those are .avro, .json, .jsonl" in out


# Narrow terminals


@pytest.mark.parametrize("columns", [60, 40])
@pytest.mark.parametrize(
    "words",
    [
        ["ingest", "files"],
        ["series", "campaign", "c", "--days", 2, "--ending-at", DAY],
        ["series", "dau", "--days", 2, "--ending-at", DAY],
        ["status"],
        ["dead-letters"],
    ],
    ids=lambda words: str(words[0]) if isinstance(words, list) else None,
)
def test_no_number_is_divided_between_two_lines(command: Command, words: list[object], columns: int) -> None:
    wide, narrow = (as_shown(command, words, each) for each in (10_000, columns))
    assert sorted(set(NUMBER.findall(narrow))) == sorted(set(NUMBER.findall(wide)))


def as_shown(command: Command, words: list[object], columns: int) -> str:
    """What a command prints as a terminal breaks its lines; paths and ids are no numbers, and sizes on disk change."""
    out = command.here(*words, status=None, COLUMNS=str(columns)).stdout
    lines = re.sub(r"\S*/\S*|\b[0-9a-f]{16}\b|[0-9.]+\s+[kMG]?B\b", "", out).splitlines()
    return "\n".join(line[at : at + columns] for line in lines for at in range(0, max(len(line), 1), columns))


# Without Unicode


@pytest.mark.parametrize("environment", [{"PYTHONIOENCODING": "ascii"}, {"LANG": "C", "LC_ALL": "C"}, {"LANG": "C"}])
def test_bars_are_ascii_where_standard_output_shows_no_more(command: Command, environment: dict[str, Any]) -> None:
    out = command.run("series", "dau", "--days", 2, "--ending-at", DAY, **{"LC_ALL": "", **environment}).stdout
    assert out.endswith(" " + "#" * 40 + "\n")
    assert "…" not in command.run("keys", "list", **{"LC_ALL": "", **environment}).stdout


def test_bars_are_blocks_where_they_can_be(command: Command) -> None:
    words = ("series", "dau", "--days", 2, "--ending-at", DAY)
    assert "█" * 40 in command.run(*words, LC_ALL="C.UTF-8", PYTHONIOENCODING="utf-8").stdout
