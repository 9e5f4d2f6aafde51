"""`quotidian status`: what is stored, what is wrong, and an exit status that is about what is wrong."""

import fcntl
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import termios
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from commands import QUOTIDIAN, Command, session, some_sessions
from conftest import Quotidian
from servers import serving, wait_until

from quotidian import __version__
from quotidian.engine.opening import open_stores
from quotidian.inbox.delivery import Delivery
from quotidian.inbox.store import DiskInbox
from quotidian.store.folder import DataFolder
from quotidian.store.identity import read_identity, write_identity
from quotidian.telemetry.heartbeat import Heartbeat

DAY = "2024-03-30"


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Commands on a new data folder."""
    made = Command(tmp_path / "data")
    made.init()
    return made


def told(command: Command, status: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(command.here("status", "--format", "json", status=status).stdout)
    return found


# What is stored


def test_status_says_what_a_new_folder_has(command: Command) -> None:
    said = told(command)
    assert said["version"] == __version__
    assert (said["events"], said["events_stored_at"], said["newest_day"], said["last_load"]) == (0, None, None, None)
    (workspace,) = said["workspaces"]
    assert (workspace["name"], workspace["id"], workspace["timezone"]) == ("default", 1, "Europe/Paris")
    assert workspace["newest_day"] is None


def test_status_says_how_many_events_there_are_and_of_which_day(command: Command, tmp_path: Path) -> None:
    command.here("ingest", some_sessions(tmp_path / "a.jsonl", ["ana", "bo"], DAY))
    command.here("ingest", some_sessions(tmp_path / "b.jsonl", ["ana", "cy", "di"], DAY))
    said = told(command)
    assert (said["events"], said["newest_day"]) == (4, DAY)
    assert said["events_stored_at"].endswith("+00:00")
    out = command.here("status").stdout
    assert re.search(r"^events +4$", out, re.MULTILINE)
    assert re.search(rf"^workspaces +default \(id 1\): days in Europe/Paris, newest day {DAY}$", out, re.MULTILINE)


def test_status_says_what_the_last_load_was(command: Command, tmp_path: Path) -> None:
    files = tmp_path / "in"
    (files / "deep").mkdir(parents=True)
    some_sessions(files / "a.jsonl", ["ana", "bo"], DAY)
    some_sessions(files / "deep" / "b.jsonl", ["ana", "cy"], DAY)
    (files / "c.avro").write_text("nothing of the kind")
    command.here("ingest", files, status=1)
    load = told(command)["last_load"]
    assert load.pop("at").endswith("+00:00")
    assert load == {"workspace": "default", "place": f"{files}/", "files": 2, "failed": 1, "new": 3}
    command.here("ingest", files / "a.jsonl")
    load = told(command)["last_load"]
    assert (load["place"], load["files"], load["new"]) == (str(files / "a.jsonl"), 1, 0)


def test_a_load_of_which_every_file_failed_is_the_last_load_too(command: Command, tmp_path: Path) -> None:
    (tmp_path / "c.avro").write_text("nothing of the kind")
    command.here("ingest", tmp_path / "c.avro", status=1)
    load = told(command)["last_load"]
    assert (load["files"], load["failed"], load["new"]) == (0, 1, 0)


def test_status_tells_workspaces_apart(command: Command, tmp_path: Path) -> None:
    command.here("--workspace", "other", "init", "--timezone", "Asia/Tokyo", "--app-group-id", "tea")
    command.here("--workspace", "other", "ingest", some_sessions(tmp_path / "a.jsonl", ["ana"], DAY))
    said = told(command)
    first, other = said["workspaces"]
    assert (first["last_load"], first["newest_day"]) == (None, None)
    assert (other["id"], other["timezone"], other["app_group_id"], other["newest_day"]) == (2, "Asia/Tokyo", "tea", DAY)
    assert said["last_load"] == other["last_load"]
    assert other["last_load"]["workspace"] == "other"
    assert "other (id 2, app_group_id tea): days in Asia/Tokyo" in command.here("status").stdout


def test_status_says_what_the_stores_take_of_the_disk(command: Command, tmp_path: Path) -> None:
    command.here("ingest", some_sessions(tmp_path / "a.jsonl", ["ana"], DAY))
    disk = told(command)["disk"]
    taken = sum(path.lstat().st_blocks * 512 for path in (command.data / "events").rglob("*") if not path.is_dir())
    assert disk["events"] == taken > 0
    assert min(disk["series"], disk["inbox"], disk["other"], disk["free"]) > 0


def test_the_number_of_events_is_known_while_a_server_holds_them(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    with serving(command, command.init()) as server:
        for user in ("ana", "bo"):
            server.client.post("/events", json={"events": [session(user, DAY)]}).raise_for_status()
        wait_until(lambda: server.dau(DAY) == 2)
        said = told(command)
    assert (said["events"], said["newest_day"], said["last_load"]) == (2, DAY, None)


def test_the_number_of_events_is_put_right_after_a_crash_before_it_was_noted(quotidian: Quotidian) -> None:
    quotidian.deliver(session("ana", DAY), session("bo", DAY))
    found = read_identity(quotidian.folder.events)
    assert found
    assert found.events == 2
    quotidian.events.close()
    write_identity(quotidian.folder.events, msgspec.structs.replace(found, events=1))
    with open_stores(quotidian.folder, "test"):
        pass
    assert read_identity(quotidian.folder.events) == found


def test_the_number_of_events_outlives_recover(command: Command, tmp_path: Path) -> None:
    command.here("ingest", some_sessions(tmp_path / "a.jsonl", ["ana", "bo"], DAY))
    before = told(command)
    command.here("recover")
    after = told(command)
    assert (after["events"], after["events_stored_at"]) == (2, before["events_stored_at"])
    shutil.rmtree(command.data / "events")
    command.here("recover")
    assert (told(command)["events"], told(command)["events_stored_at"]) == (0, None)


# What is wrong


def test_a_server_that_was_not_started_is_nothing_wrong(command: Command) -> None:
    said = told(command, status=0)
    assert (said["server"], said["engine"], said["problems"]) == ("not running", "not running", [])


def test_events_that_wait_for_a_server_that_was_not_started_are_nothing_wrong(command: Command) -> None:
    inbox = DiskInbox(DataFolder(command.data))
    inbox.put([Delivery(1, 1, json.dumps(session("ana", DAY)).encode())], 1 << 20)
    inbox.close()
    said = told(command, status=0)
    assert said["inbox_deliveries"] == 1
    assert said["behind_seconds"] > 1_000


def test_requests_that_are_set_aside_are_wrong_also_without_a_server(command: Command) -> None:
    inbox = DiskInbox(DataFolder(command.data))
    inbox.put([Delivery(1, 1, b"{}")], 1 << 20)
    inbox.set_aside(inbox.take(1 << 20)[0].id, "why")
    inbox.close()
    (problem,) = told(command, status=1)["problems"]
    assert "set aside: 1" in problem


@pytest.mark.parametrize(
    ("name", "said"), [("inbox.sqlite", "inbox.sqlite cannot be read"), ("series.sqlite", "cannot")]
)
def test_a_store_that_cannot_be_read_is_named(command: Command, name: str, said: str) -> None:
    (command.data / name).write_bytes(b"no database, but long enough to be taken for one" * 100)
    assert f"{command.data / name} cannot be read" in command.here("status", status=2).stderr


def test_events_that_are_lost_are_wrong_also_without_a_server(command: Command, tmp_path: Path) -> None:
    command.here("ingest", some_sessions(tmp_path / "a.jsonl", ["ana"], DAY))
    shutil.rmtree(command.data / "events")
    (problem,) = told(command, status=1)["problems"]
    assert "is missing" in problem


def with_engine(command: Command, status: int, silent: float = 0, **state: object) -> dict[str, Any]:
    """What is told while a server that was started a minute ago holds the folder, with an engine in such a state."""
    folder = DataFolder(command.data)
    with folder.hold("serve", "serve"):
        long_ago(folder)
        folder.run.mkdir()
        heartbeat = Heartbeat(folder.engine_state)
        found = msgspec.structs.replace(heartbeat.state, beat_clock=time.monotonic() - silent, **state)
        folder.engine_state.write_bytes(msgspec.json.encode(found))
        return told(command, status)


def long_ago(folder: DataFolder) -> None:
    began = time.time() - 60
    os.utime(folder.path / "serve.lock", (began, began))


def test_an_engine_that_only_starts_is_nothing_wrong(command: Command) -> None:
    folder = DataFolder(command.data)
    with folder.hold("serve", "serve"):
        said = told(command, status=0)
    assert (said["server"], said["engine"]) == ("running", "starting")


def test_an_engine_that_never_comes_is_wrong(command: Command) -> None:
    folder = DataFolder(command.data)
    with folder.hold("serve", "serve"):
        long_ago(folder)
        said = told(command, status=1)
    assert said["engine"] == "gives no sign of life"
    assert said["problems"] == ["The engine of the server gives no sign of life; see the server's log"]


@pytest.mark.parametrize(("silent", "busy_with", "status"), [(1, "", 0), (100, "", 1), (100, "Rebuild", 0)])
def test_an_engine_that_is_silent_is_wrong_unless_it_is_busy(
    command: Command, silent: float, busy_with: str, status: int
) -> None:
    with_engine(command, status, silent, busy_with=busy_with)


@pytest.mark.parametrize(("behind", "status"), [(200, 0), (400, 1)])
def test_an_engine_that_is_more_than_five_minutes_behind_is_wrong(command: Command, behind: float, status: int) -> None:
    said = with_engine(command, status, unpublished_since=time.time() - behind, busy_with="Rebuild")
    assert ["busy with Rebuild" in each for each in said["problems"]] == [True] * status


def test_an_engine_that_cannot_open_the_events_is_wrong(command: Command) -> None:
    assert with_engine(command, 1, trouble="because")["problems"] == ["because"]


# How it looks


def at_terminal(command: Command, columns: int) -> list[str]:
    """The lines that status prints at a terminal of that width."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    words = [str(QUOTIDIAN), "--data", str(command.data), "status"]
    subprocess.run(words, stdin=its, stdout=its, check=False, env=environment)
    os.close(its)
    try:
        return os.read(ours, 65_536).decode().splitlines()
    finally:
        os.close(ours)


def test_at_a_terminal_lines_fit_and_go_on_beneath_where_they_began(command: Command, tmp_path: Path) -> None:
    command.here("ingest", some_sessions(tmp_path / "a.jsonl", ["ana"], DAY))
    shutil.rmtree(command.data / "events")
    lines = at_terminal(command, 80)
    places = [line for line in lines if str(tmp_path) in line]
    assert [line for line in lines if len(line) > 80 and line not in places] == []
    began = next(number for number, line in enumerate(lines) if line.startswith("problems"))
    assert lines[began + 1].startswith(" " * 24)


def test_in_a_pipe_a_problem_is_one_line(command: Command, tmp_path: Path) -> None:
    command.here("ingest", some_sessions(tmp_path / "a.jsonl", ["ana"], DAY))
    shutil.rmtree(command.data / "events")
    out = command.run("status", status=1, COLUMNS="").stdout
    assert re.search(r"^problems +.* is missing, .* recover$", out, re.MULTILINE)
