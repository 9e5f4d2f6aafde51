"""Code that lies in the folder in which a command is given is not run: an operator may stand in anybody's folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import Command, key_in, session, some_sessions
from servers import Server, answers, serving, wait_until

DAY = "2024-03-30"
NAMES = ("limits", "chdb", "granian", "json", "quotidian", "multiprocessing", "socket", "starlette", "sitecustomize")


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Commands in a folder with modules of well-known names, each of which leaves a file when it is run."""
    for name in NAMES:
        marker = tmp_path / f"{name}-was-run"
        (tmp_path / f"{name}.py").write_text(f"open({str(marker)!r}, 'w').close()\n")
    return Command(tmp_path / "data")


def assert_nothing_was_run(folder: Path) -> None:
    assert [path.name for path in folder.glob("*-was-run")] == []


def assert_takes_events(server: Server) -> None:
    server.client.post("/events", json={"events": [session("ana", DAY)]}).raise_for_status()
    wait_until(lambda: server.dau() == 1)


def test_a_server_runs_no_code_of_the_current_folder(command: Command, tmp_path: Path) -> None:
    key = key_in(command.run("init", "--timezone", "Europe/Paris").stdout)
    with serving(command, key) as server:
        assert_takes_events(server)
        server.stop()
    assert_nothing_was_run(tmp_path)


def test_loading_runs_no_code_of_the_current_folder(command: Command, tmp_path: Path) -> None:
    command.run("init")
    command.run("ingest", some_sessions(tmp_path / "e.jsonl", ["ana"]))
    assert_nothing_was_run(tmp_path)


def test_a_demo_runs_no_code_of_the_current_folder(command: Command, tmp_path: Path) -> None:
    server = Server(command, "nobody's")
    server.process = command.start("demo", "--events", 300, "--days", 5, "--port", server.port)
    try:
        wait_until(lambda: answers(server.client))
        wait_until(server.engine)
        assert_nothing_was_run(tmp_path)
        assert list((tmp_path / "demo-data/quotidian-data").glob("events*"))
    finally:
        server.end()


def test_as_a_module_it_runs_no_code_of_the_current_folder_but_what_python_takes_for_it(
    command: Command, tmp_path: Path
) -> None:
    # Where `quotidian` itself is looked for, Python alone decides; and it needs some of its own modules for that.
    for path in tmp_path.glob("*.py"):
        if path.stem in ("quotidian", "multiprocessing", "socket"):
            path.unlink()
    subprocess.run(
        [sys.executable, "-m", "quotidian", "--data", command.data, "init"], cwd=tmp_path, check=True, timeout=60
    )
    assert_nothing_was_run(tmp_path)


def test_what_a_user_puts_on_the_path_stays_there(command: Command, tmp_path: Path) -> None:
    key = key_in(command.run("init", "--timezone", "Europe/Paris").stdout)
    own = tmp_path / "own"
    own.mkdir()
    marker = own / "was-run-by"
    (own / "sitecustomize.py").write_text(f"import os\nopen({str(marker)!r}, 'a').write(f'{{os.getpid()}}\\n')\n")
    # An empty entry would be the current folder.
    path = os.pathsep.join(filter(None, [str(own), os.environ.get("PYTHONPATH")]))
    with serving(command, key, PYTHONPATH=path) as server:
        wait_until(server.engine)
        ran = [int(line) for line in marker.read_text().split()]
        assert {*server.workers(), server.engine()} <= {*ran}
