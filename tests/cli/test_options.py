"""Options, variables and completion: what is wrong is refused at once, and what is ignored is said."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from commands import Command

from quotidian.cli.program import _COMMANDS
from quotidian.settings import SETTINGS, unknown_variables

WRONG = (
    (["serve", "--workers", "0"], "--workers", "'0' is no whole number from 1 to 256"),
    (["serve", "--workers", "1.5"], "--workers", "'1.5' is no whole number from 1 to 256"),
    (["serve", "--port", "80000"], "--port", "'80000' is no whole number from 1 to 65535"),
    (["serve", "--port", "http"], "--port", "'http' is no whole number from 1 to 65535"),
    (["demo", "--port", "-1"], "--port", "'-1' is no whole number from 1 to 65535"),
    (["demo", "--workers", "1000"], "--workers", "'1000' is no whole number from 1 to 256"),
    (["demo", "--events", "0"], "--events", "'0' is no whole number from 1 to 1000000000"),
    (["demo", "--days", "-3"], "--days", "'-3' is no whole number from 1 to 36500"),
    (["demo", "--seed", "-1"], "--seed", "'-1' is no whole number from 0 to 9223372036854775807"),
    (["ingest", ".", "--every", "0"], "--every", "'0' is no number from 0.1 to 86400"),
    (["ingest", ".", "--every", "nan"], "--every", "'nan' is no number from 0.1 to 86400"),
    (["ingest", ".", "--every", "1e400"], "--every", "'1e400' is no number from 0.1 to 86400"),
    (["series", "dau", "--days", "-5"], "--days", "'-5' is no whole number from 1 to 1000000"),
    (["series", "active", "--window", "91"], "--window", "'91' is no whole number from 1 to 90"),
    (["dead-letters", "--limit", "-1"], "--limit", "'-1' is no whole number from 1 to 1000000000"),
    (["dead-letters", "--limit", "9" * 30], "--limit", f"'{'9' * 30}' is no whole number from 1 to 1000000000"),
    (["keys", "revoke", "1.5"], "", "'1.5' is no whole number from 1 to 9223372036854775807"),
)


@pytest.mark.parametrize(
    ("words", "option", "right"), WRONG, ids=lambda each: " ".join(each)[:40] if isinstance(each, list) else ""
)
def test_a_number_out_of_range_is_refused_at_once_with_the_value_and_what_would_be_right(
    tmp_path: Path, words: Sequence[str], option: str, right: str
) -> None:
    command = Command(tmp_path / "data")
    said = command.here(*words, status=2).stderr
    assert option in said
    assert right in said
    assert list(tmp_path.iterdir()) == []


def test_no_option_can_be_emptied_or_denied_where_that_means_nothing(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    for words in [[name] for name in _COMMANDS] + [["keys", "create"], ["catalogue", "import"]]:
        shown = command.here(*words, "--help").stdout
        assert "--empty-" not in shown
        assert [word for word in shown.split() if word.startswith("--no-")] in ([], ["--no-serve", "--no-serve"])


# Variables


def variables(*names: str) -> list[tuple[str, str]]:
    return list(unknown_variables(dict.fromkeys(names, "1")))


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("QUOTIDIAN_WORKER", "QUOTIDIAN_WORKERS"),
        ("QUOTIDIAN_HORLY_LIMIT", "QUOTIDIAN_HOURLY_LIMIT"),
        ("QUOTIDIAN_SEND_WINDOW", "QUOTIDIAN_SEND_WINDOW_DAYS"),
        ("QUOTIDIAN_DATE", "QUOTIDIAN_DATA"),
        ("quotidian_port", "QUOTIDIAN_PORT"),
        ("QUOTIDIAN_SERVICE_HOST", ""),
        ("QUOTIDIAN_PORT_8000_TCP_ADDR", ""),
    ],
)
def test_a_variable_that_is_no_setting_is_found_with_the_nearest_one_that_is(name: str, nearest: str) -> None:
    assert variables(name) == [(name, nearest)]


def test_every_setting_and_what_is_chosen_before_them_is_known() -> None:
    assert variables(*(f"QUOTIDIAN_{setting.name.upper()}" for setting in SETTINGS)) == []
    assert variables("QUOTIDIAN_DATA", "QUOTIDIAN_WORKSPACE", "QUOTIDIAN_CONFIG", "QUOTIDIAN_SERVER", "PATH") == []


def test_a_variable_that_is_no_setting_is_said_and_stops_nothing(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    command.init()
    said = command.run("keys", "list", QUOTIDIAN_WORKER="secret").stderr
    assert said.endswith("QUOTIDIAN_WORKER is no setting, and is ignored; did you mean QUOTIDIAN_WORKERS?\n")
    assert "secret" not in said
    assert command.run("keys", "list", QUOTIDIAN_WORKERS="3").stderr == ""


# Completion

TYPED = (
    ("ke", "keys"),
    ("--data x keys cr", "create"),
    ("keys create --ex", "--expires"),
    ("serve --wor", "--workers --workspace"),
    ("series da", "dau"),
    ("completion b", "bash"),
    ("catalogue im", "import"),
)


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script for bash, as a process of its own prints it, in which commands are loaded when needed."""
    folder = tmp_path_factory.mktemp("completion")
    (folder / "quotidian.bash").write_text(Command(folder / "data").run("completion", "bash").stdout)
    return folder / "quotidian.bash"


@pytest.mark.parametrize(("typed", "completed"), TYPED)
def test_bash_completes(script: Path, typed: str, completed: str) -> None:
    words = f"COMP_WORDS=(quotidian {typed}); COMP_CWORD={len(typed.split())}"
    ask = f'source {script}; {words}; _quotidian; echo "${{COMPREPLY[@]}}"'
    assert subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True).stdout.strip() == completed


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_every_command(tmp_path: Path, shell: str) -> None:
    text = Command(tmp_path / "data").here("completion", shell).stdout
    assert [name for name in _COMMANDS if name not in text] == []
