"""`init` that is killed, and `demo` on a folder that is in use: nothing is spoilt."""

import shutil
import time
from pathlib import Path

import pytest
from commands import Command, key_in, some_sessions
from servers import kill_group

from quotidian.store.folder import LOCKS, DataFolder
from quotidian.store.sqlite import open_file

DAY = "2024-03-30"


# An init that was interrupted


@pytest.mark.parametrize("is_opened", [False, True], ids=["an empty file", "a file without tables"])
def test_commands_say_that_init_was_interrupted_and_init_then_works(tmp_path: Path, is_opened: bool) -> None:
    command = Command(tmp_path / "data")
    folder = DataFolder(command.data)
    folder.create()
    folder.series.touch()
    if is_opened:
        engine = open_file(folder.series, timeout_seconds=60, can_shrink=False)
        engine.connect().close()
        engine.dispose()
    for words in (["serve"], ["series", "dau"], ["ingest", tmp_path], ["status"], ["keys", "list"], ["recover"]):
        err = command.here(*words, status=2).stderr
        assert "interrupted" in err
        assert f"quotidian --data {command.data} init" in err
    command.init()
    command.here("ingest", some_sessions(tmp_path / "e.jsonl", ["ana"]))
    assert command.kpi("dau", DAY) == [1]


@pytest.mark.slow
def test_an_init_that_is_killed_at_any_moment_can_be_given_again(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    began = time.monotonic()
    command.run("init")
    lasts = time.monotonic() - began
    for part in range(6):
        shutil.rmtree(command.data)
        process = command.start("init")
        time.sleep(lasts * (0.6 + 0.08 * part))
        kill_group(process)
        if command.data.exists() and (command.data / "series.sqlite").exists():
            # It was done, or is not there at all.
            again = command.start("init")
            _, err = again.communicate(timeout=60)
            assert again.returncode == 0 or "exists already" in err
        else:
            command.run("init")
        assert key_in(command.here("keys", "create", "--name", "k", "--all").stdout)


def test_an_init_that_fails_half_way_leaves_a_folder_that_init_makes(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    command.here("init", "--timezone", "Mars/Base", status=2)
    assert "init" in command.here("keys", "list", status=2).stderr
    command.init()
    assert len(command.here("keys", "list", "--format", "json").stdout.splitlines()) == 1


# demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo's folder."""
    folder = tmp_path_factory.mktemp("made") / "demo"
    Command(folder.parent / "data").run("demo", "--events", 300, "--days", 2, "--no-serve", "--folder", folder)
    return folder


@pytest.mark.parametrize("what", LOCKS)
def test_a_demo_whose_folder_is_in_use_is_refused_before_anything_is_removed(demo: Path, what: str) -> None:
    before = sorted(demo.rglob("*"))
    with DataFolder(demo / "quotidian-data").hold(what, "serve"):
        words = ("demo", "--events", 300, "--days", 2, "--no-serve", "--folder", demo)
        err = Command(demo.parent / "data").run(*words, status=2).stderr
    assert "in use by `quotidian serve`" in err
    assert {*before} <= {*demo.rglob("*")}


WRONG = (
    ("--events", 0),
    ("--events", -5),
    ("--days", 0),
    ("--days", 99_999_999),
    ("--until", "1970-01-01"),
    ("--until", "2040-01-01"),
    ("--seed", -1),
    ("--workers", 0),
    ("--port", 0),
    ("--port", 99_999),
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: " ".join(map(str, wrong)))
def test_a_demo_that_cannot_be_made_is_refused_before_anything_is_removed(demo: Path, wrong: tuple[object]) -> None:
    before = sorted(demo.rglob("*"))
    Command(demo.parent / "data").here("demo", *wrong, "--no-serve", "--folder", demo, status=2)
    assert sorted(demo.rglob("*")) == before


def test_a_demo_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    err = Command(tmp_path / "data").here("demo", "--no-serve", "--folder", tmp_path / "file", status=2).stderr
    assert "is no folder" in err
