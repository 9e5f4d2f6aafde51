"""`quotidian series` for days of which there can be no data: zeros, and a word about them."""

from pathlib import Path

import pytest
from commands import Command, some_sessions


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Commands on a data folder with sessions on two days."""
    command = Command(tmp_path_factory.mktemp("loaded") / "data")
    command.init()
    for day in ("2024-03-28", "2024-03-30"):
        command.here("ingest", some_sessions(command.data.parent / f"{day}.jsonl", ["ana"], day))
    return command


@pytest.mark.parametrize("series", [["dau"], ["new_users"], ["active", "--window", 7]], ids=lambda words: words[0])
@pytest.mark.parametrize("output", ["table", "json", "csv"])
def test_days_after_the_newest_data_are_said_to_be_so(loaded: Command, series: list[object], output: str) -> None:
    done = loaded.here("series", *series, "--days", 3, "--ending-at", "2024-04-02", "--format", output)
    assert done.stderr == "Warning: all days asked for are after the newest data, which is of 2024-03-30\n"
    assert "2024-04-02" in done.stdout


def test_without_an_end_the_days_end_today_and_may_be_after_the_newest_data(loaded: Command) -> None:
    assert "after the newest data, which is of 2024-03-30" in loaded.here("series", "dau").stderr


def test_days_before_the_oldest_data_are_said_to_be_so(loaded: Command) -> None:
    done = loaded.here("series", "dau", "--days", 3, "--ending-at", "2024-03-27")
    assert done.stderr == "Warning: all days asked for are before the oldest data, which is of 2024-03-28\n"


@pytest.mark.parametrize(("days", "ending"), [(3, "2024-04-01"), (2, "2024-03-28"), (1, "2024-03-29")])
def test_where_a_day_may_have_data_nothing_is_said(loaded: Command, days: int, ending: str) -> None:
    assert loaded.here("series", "dau", "--days", days, "--ending-at", ending).stderr == ""


def test_a_workspace_without_events_is_said_to_be_so(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    command.init()
    assert command.here("series", "dau").stderr == "Warning: workspace 'default' has no events yet\n"


def test_the_data_of_another_workspace_does_not_count(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    command.init()
    command.here("--workspace", "other", "init")
    command.here("ingest", some_sessions(tmp_path / "e.jsonl", ["ana"]))
    assert "has no events yet" in command.here("--workspace", "other", "series", "dau").stderr
