"""`quotidian move`: what is asked before and after it is the same, and nothing is done where it is in the way."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from commands import Command, made_once, some_sessions
from databases.postgres import PASSWORD
from load import DAY

from quotidian.control.nodes import NodeState, note_node
from quotidian.store.folder import DataFolder
from quotidian.store.series import open_series
from quotidian.telemetry.heartbeat import EngineState


def load(folder: Path) -> None:
    command = Command(folder / "data")
    command.init()
    command.here("ingest", some_sessions(folder / "a.jsonl", ("ana", "bo")))


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return made_once(tmp_path, load)


def test_the_series_move_to_postgresql_and_back_and_go_on_there(
    command: Command, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTIDIAN_MOVE_DATABASE", database_url)
    told = command.here("move").stdout
    assert "has the series, compared row by row" in told
    assert "Now set QUOTIDIAN_DATABASE_URL" in told
    assert PASSWORD not in told
    monkeypatch.setenv("QUOTIDIAN_DATABASE_URL", database_url)
    assert "has the series already" in command.here("move", status=2).stderr
    command.run("ingest", some_sessions(tmp_path / "b.jsonl", ("bo", "cy")))
    assert "series.sqlite is in use" in command.here("move", "--database", "embedded", status=2).stderr
    command.data.joinpath("series.sqlite").unlink()
    assert "Now unset QUOTIDIAN_DATABASE_URL" in command.here("move", "--database", "embedded").stdout
    monkeypatch.delenv("QUOTIDIAN_DATABASE_URL")
    assert command.kpi("dau", DAY) == [3]
    command.here("ingest", some_sessions(tmp_path / "c.jsonl", ("di",)))
    assert command.kpi("dau", DAY) == [4]


def test_a_move_beside_a_server_is_refused_with_what_to_do(command: Command, database_url: str) -> None:
    with DataFolder(command.data).hold("serve", "serve"):
        told = command.here("move", "--database", database_url, status=2).stderr
    assert "is in use by `quotidian serve`" in told
    assert "stop it" in told


STATE = NodeState("all", "1", "host", 1, 0.0, 0, 0, 0.0, EngineState(1, 0.0, 0.0, "boot"))


def test_a_move_beside_a_node_elsewhere_is_refused(command: Command, database_url: str) -> None:
    series = open_series(DataFolder(command.data))
    note_node(series, "other", "its inbox", STATE)
    series.dispose()
    told = command.here("move", "--database", database_url, status=2).stderr
    assert "in use by other; stop all nodes before a move" in told


def test_a_move_without_a_place_or_to_where_it_is_says_what_is_right(command: Command) -> None:
    assert "give --to, --database or both" in command.here("move", status=2).stderr
    for option in ("--database", "--to"):
        assert "already" in command.here("move", option, "embedded", status=2).stderr
    told = command.here("move", "--database", "mysql://u:secret@h/d", status=2).stderr
    assert "must be postgresql://" in told
    assert "secret" not in told
    told = command.here("move", "--to", "clickhouse://u:secret@h", status=2).stderr
    assert "must have a database" in told
    assert "secret" not in told


def test_both_stores_move_to_servers_and_back_and_go_on_there(
    command: Command, tmp_path: Path, database_url: str, events_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTIDIAN_MOVE_DATABASE", database_url)
    monkeypatch.setenv("QUOTIDIAN_MOVE_TO", events_url)
    told = command.run("move").stdout
    assert "Moved: 2 events on 2 shards, compared day by day" in told
    assert "Now set QUOTIDIAN_EVENTS_URL" in told
    assert unquote(urlsplit(events_url).password or "") not in told
    for name in ("series.sqlite", "events"):
        command.data.joinpath(name).rename(tmp_path / name)
    monkeypatch.setenv("QUOTIDIAN_DATABASE_URL", database_url)
    monkeypatch.setenv("QUOTIDIAN_EVENTS_URL", events_url)
    command.run("ingest", some_sessions(tmp_path / "b.jsonl", ("bo", "cy")))
    command.run("move", "--to", "embedded", "--database", "embedded")
    for name in ("QUOTIDIAN_DATABASE_URL", "QUOTIDIAN_EVENTS_URL"):
        monkeypatch.delenv(name)
    assert command.kpi("dau", DAY) == [3]
    command.here("ingest", some_sessions(tmp_path / "c.jsonl", ("cy", "di")))
    assert command.kpi("dau", DAY) == [4]


def test_the_events_alone_move_and_the_series_know_them_there(
    command: Command, tmp_path: Path, events_url: str
) -> None:
    command.run("move", QUOTIDIAN_MOVE_TO=events_url)
    command.data.joinpath("events").rename(tmp_path / "events")
    command.run("ingest", some_sessions(tmp_path / "b.jsonl", ("bo", "cy")), QUOTIDIAN_EVENTS_URL=events_url)
    assert command.kpi("dau", DAY) == [3]
    assert command.kpi("mau", DAY) == [3]
