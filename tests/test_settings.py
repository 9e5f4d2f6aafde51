"""Settings: from the environment, from a file, and what is said of wrong ones."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from commands import Command, some_sessions

from quotidian.domain.errors import UserError
from quotidian.settings import SETTINGS, Settings, load_settings

NUMBERS = [setting.name for setting in SETTINGS if isinstance(setting.default, int)]
TEXTS = [setting.name for setting in SETTINGS if isinstance(setting.default, str) and not setting.choices]
CHOICES = [(setting.name, choice) for setting in SETTINGS for choice in setting.choices]


def in_file(folder: Path, text: str, environment: Mapping[str, str] | None = None) -> Settings:
    (folder / "quotidian.toml").write_text(text, encoding="utf-8")
    return load_settings(folder, environment or {})


def variable(name: str) -> str:
    return f"QUOTIDIAN_{name.upper()}"


def test_without_environment_and_file_every_setting_has_its_default(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {})
    assert {s.name: getattr(settings, s.name) for s in SETTINGS} == {s.name: s.default for s in SETTINGS}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_comes_from_the_environment_or_the_file(tmp_path: Path, name: str) -> None:
    number = next(setting.least for setting in SETTINGS if setting.name == name) + 3
    assert getattr(load_settings(tmp_path, {variable(name): str(number)}), name) == number
    assert getattr(in_file(tmp_path, f"{name} = {number}"), name) == number


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_comes_from_the_environment_or_the_file(tmp_path: Path, name: str) -> None:
    assert getattr(load_settings(tmp_path, {variable(name): "memory://"}), name) == "memory://"
    assert getattr(in_file(tmp_path, f'{name} = "memory://"'), name) == "memory://"


@pytest.mark.parametrize(("name", "choice"), CHOICES)
def test_a_choice_comes_from_the_environment_or_the_file(tmp_path: Path, name: str, choice: str) -> None:
    assert getattr(load_settings(tmp_path, {variable(name): choice}), name) == choice
    assert getattr(in_file(tmp_path, f'{name} = "{choice}"'), name) == choice


@pytest.mark.parametrize("wrong", ["", "Open", "closed", "open "])
def test_what_is_no_choice_is_refused_beside_those_there_are(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(UserError, match=f"QUOTIDIAN_METRICS must be open or key or off, not '{wrong}'"):
        load_settings(tmp_path, {"QUOTIDIAN_METRICS": wrong})
    with pytest.raises(UserError, match=r"metrics in .*quotidian\.toml must be open or key or off"):
        in_file(tmp_path, f'metrics = "{wrong}"')


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    assert in_file(tmp_path, "port = 1\nworkers = 3", {"QUOTIDIAN_PORT": "2"}).port == 2
    assert in_file(tmp_path, "port = 1\nworkers = 3", {"QUOTIDIAN_PORT": "2"}).workers == 3


def test_a_file_may_lie_elsewhere(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text("port = 77")
    assert in_file(tmp_path, "port = 1", {"QUOTIDIAN_CONFIG": str(other)}).port == 77


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere\.toml"):
        load_settings(tmp_path, {"QUOTIDIAN_CONFIG": str(tmp_path / "nowhere.toml")})


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("wrong", ["", "many", "-1", "1.5", "1e3", "0x10", "1 2"])
def test_a_wrong_number_in_the_environment_names_variable_and_value(tmp_path: Path, name: str, wrong: str) -> None:
    with pytest.raises(UserError) as raised:
        load_settings(tmp_path, {variable(name): wrong})
    assert variable(name) in str(raised.value)
    assert repr(wrong) in str(raised.value)


@pytest.mark.parametrize("wrong", ['"many"', "-1", "1.5", "true", "[1]", "2024-03-30", "nan"])
def test_a_wrong_number_in_the_file_names_setting_and_file(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(UserError, match=r"send_window_days in .*quotidian\.toml must be"):
        in_file(tmp_path, f"send_window_days = {wrong}")


def test_a_wrong_text_in_the_file_names_setting_and_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"host in .*quotidian\.toml must be text, not 7"):
        in_file(tmp_path, "host = 7")


def test_an_unknown_setting_is_refused_beside_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"sets send_windowdays, .* send_window_days"):
        in_file(tmp_path, "send_windowdays = 3")


@pytest.mark.parametrize("content", [b"port = ", b"= 3", b"\xff\xfe", b"port = 1\nport = 2", b"port = " + b"[" * 9_000])
def test_a_file_that_is_no_toml_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "quotidian.toml").write_bytes(content)
    with pytest.raises(UserError, match=r"quotidian\.toml cannot be read"):
        load_settings(tmp_path, {})


def test_a_folder_in_place_of_the_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "quotidian.toml").mkdir()
    with pytest.raises(UserError, match=r"quotidian\.toml cannot be read"):
        load_settings(tmp_path, {})


def test_a_wrong_setting_ends_a_command_with_its_name(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    command.init()
    assert "QUOTIDIAN_PORT" in command.run("serve", status=2, QUOTIDIAN_PORT="http").stderr
    (command.data / "quotidian.toml").write_text("load_bytes = 'all'")
    file = some_sessions(tmp_path / "events.jsonl", ["ana"])
    assert "load_bytes" in command.here("ingest", file, status=2).stderr


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("port", "99999"),
        ("workers", "0"),
        ("load_bytes", "0"),
        ("event_memory_bytes", "1000"),
        ("event_memory_bytes", "9" * 30),
    ],
)
def test_a_value_out_of_any_range_is_refused_by_name(tmp_path: Path, name: str, wrong: str) -> None:
    with pytest.raises(UserError, match=variable(name)):
        load_settings(tmp_path, {variable(name): wrong})
