"""Whose a data folder is: it is private whatever the umask, and who may not use it is told so."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from stat import S_IMODE
from tempfile import TemporaryDirectory

import pytest
from commands import Command, key_in, some_sessions
from servers import serving, wait_until

from quotidian.store.folder import DataFolder

NOBODY = 65_534
DAY = "2024-03-30"

# Nobody may not even look at Python's own files on some machines: everything is imported before.
AS_NOBODY = """
import importlib, os, pkgutil, sys
import cyclopts.help, rich.panel
import quotidian
for each in pkgutil.walk_packages(quotidian.__path__, "quotidian."):
    if not each.name.endswith("__main__"):
        importlib.import_module(each.name)
from quotidian.cli import main, program
for name in program._COMMANDS:
    program.app[name]
os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
main()
"""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that everybody reaches, as pytest's own are not."""
    with TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    """Files are for everybody, unless a program says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


def as_nobody(data: Path, *words: object) -> str:
    """What a command says on standard error to who may do nothing; it must refuse."""
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, "--data", data, *map(str, words)],
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 2, (done.stdout, done.stderr)
    return done.stderr


def not_private(folder: Path) -> list[tuple[str, str]]:
    """What in a folder others than its owner may use, with its mode; links have no modes of their own."""
    found = [each for each in (folder, *folder.rglob("*")) if not each.is_symlink()]
    modes = [(str(each), S_IMODE(each.stat().st_mode)) for each in found]
    return [(name, f"{mode:04o}") for name, mode in modes if mode & 0o077]


# What is made


def test_all_files_are_private_whatever_the_umask(public: Path) -> None:
    command = Command(public / "data")
    key = key_in(command.run("init").stdout)
    command.run("ingest", some_sessions(public / "e.jsonl", ["ana"]))
    with serving(command, key) as server:
        server.client.get("/kpi/dau/data_series?length=1")
        server.client.post("/events", json={"events": []})
        wait_until(server.is_drained)
        names = {each.name for each in command.data.iterdir()}
        assert {"series.sqlite-wal", "series.sqlite-shm", "inbox.sqlite", "run", "events", "limits"} <= names
        assert not_private(command.data) == []
        assert not_private((command.data / "run" / "metrics").resolve()) == []
    assert not_private(command.data) == []


def test_all_files_of_a_demo_are_private_whatever_the_umask(public: Path) -> None:
    Command(public / "data").run("demo", "--events", 300, "--days", 2, "--no-serve", "--folder", public / "demo")
    assert (public / "demo" / "quotidian-data" / "series.sqlite").exists()
    assert not_private(public / "demo") == []


def test_an_empty_folder_that_is_there_becomes_private(public: Path) -> None:
    command = Command(public / "data")
    command.data.mkdir(mode=0o755)
    command.run("init")
    assert not_private(command.data) == []


# What init refuses


@pytest.mark.parametrize("other", ["notes.txt", ".profile", "events/some.json", "series"])
def test_init_refuses_a_folder_with_other_things_in_it_and_leaves_it_as_it_is(tmp_path: Path, other: str) -> None:
    command = Command(tmp_path / "data")
    (command.data / other).parent.mkdir(mode=0o755, parents=True)
    command.data.chmod(0o755)
    (command.data / other).touch()
    before = sorted(command.data.rglob("*"))
    err = command.here("init", status=2).stderr
    assert f"{command.data} is not empty: it has {other.split('/', maxsplit=1)[0]}" in err
    assert sorted(command.data.rglob("*")) == before
    assert S_IMODE(command.data.stat().st_mode) == 0o755


def test_of_many_other_things_three_are_named(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    command.data.mkdir()
    for name in "abcde":
        (command.data / name).touch()
    assert "it has a, b, c and 2 more; a data folder is" in command.here("init", status=2).stderr


def test_init_takes_a_folder_with_settings_or_what_a_disk_has_at_its_top(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    (command.data / "lost+found").mkdir(parents=True)
    (command.data / "quotidian.toml").write_text("port = 8001")
    command.init()


def test_init_makes_the_series_again_beside_events(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    command.init()
    command.here("ingest", some_sessions(tmp_path / "e.jsonl", ["ana"]))
    for each in command.data.glob("series.sqlite*"):
        each.unlink()
    command.init()
    command.here("recover")
    assert command.kpi("dau", DAY) == [1]


def test_another_workspace_is_added_whatever_lies_in_a_data_folder(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    command.init()
    (command.data / "notes.txt").touch()
    command.here("--workspace", "other", "init")


def test_the_hint_to_run_init_names_the_time_zone(tmp_path: Path) -> None:
    hint = f"quotidian --data {tmp_path / 'data'} init --timezone ZONE"
    assert hint in Command(tmp_path / "data").here("status", status=2).stderr


# A folder of somebody else

COMMANDS = (
    ("init",),
    ("status",),
    ("ingest", "/nowhere"),
    ("ingest", "--watch", "/nowhere"),
    ("series", "dau"),
    ("rebuild",),
    ("recover",),
    ("serve",),
    ("keys", "list"),
    ("keys", "create", "--name", "k", "--all"),
    ("keys", "revoke", 1),
    ("dead-letters",),
    ("demo", "--no-serve"),
)


@pytest.fixture(scope="module")
def of_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder that its owner alone can use."""
    with TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        command = Command(Path(made) / "data")
        command.init()
        command.run("ingest", some_sessions(tmp_path_factory.mktemp("events") / "e.jsonl", ["ana"]))
        yield command.data


@needs_root
@pytest.mark.parametrize("mode", [0o700, 0o755], ids=["not readable", "not writable"])
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(map(str, words)))
def test_every_command_says_whose_a_folder_is_that_it_may_not_use(
    of_root: Path, words: Sequence[object], mode: int
) -> None:
    of_root.chmod(mode)
    said = as_nobody(of_root, *words)
    assert f"{of_root} belongs to root and has mode {mode:04o}" in said
    assert "the user nobody cannot read and write it; run the command as root, or name a folder of your own" in said


@needs_root
@pytest.mark.parametrize("name", ["events", "series.sqlite"])
def test_a_file_of_somebody_else_within_a_folder_is_named(public: Path, name: str) -> None:
    command = Command(public / "data")
    command.init()
    command.here("ingest", some_sessions(public / "e.jsonl", ["ana"]))
    for each in (command.data, *command.data.iterdir()):
        os.chown(each, NOBODY, NOBODY)
    os.chown(command.data / name, 0, 0)
    for words in (["status"], ["ingest", "/nowhere"], ["recover"]):
        assert f"{command.data / name} belongs to root" in as_nobody(command.data, *words)


@needs_root
@pytest.mark.parametrize("words", [["init"], ["demo", "--no-serve", "--folder", "made/demo"]], ids=" ".join)
def test_who_may_make_no_folder_there_is_told_whose_it_is(public: Path, words: Sequence[str]) -> None:
    there = [word.replace("made", str(public)) for word in words]
    assert f"{public} belongs to root and has mode 0755" in as_nobody(public / "new", *there)


@needs_root
def test_a_folder_below_one_that_nobody_sees_into_is_told_apart_from_one_that_is_not_there(public: Path) -> None:
    (public / "closed").mkdir(mode=0o700)
    for words in (["init"], ["status"], ["serve"]):
        assert f"{public / 'closed'} belongs to root" in as_nobody(public / "closed" / "data", *words)


@needs_root
def test_who_owns_a_folder_that_is_closed_to_its_owner_is_told_how_to_open_it(public: Path) -> None:
    data = public / "data"
    data.mkdir(mode=0o500)
    os.chown(data, NOBODY, NOBODY)
    assert f"let yourself in with: chmod u+rwX {data}" in as_nobody(data, "status")


def test_a_folder_whose_name_a_shell_takes_apart_is_quoted_in_the_hint(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "my data")
    assert f"--data '{tmp_path}/my data' init" in folder.how_to_init()
