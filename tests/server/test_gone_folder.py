"""A server whose data folder is removed or replaced ends, says why in one sentence, and leaves what is there alone."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import Command, session
from servers import Server, is_running, serving, wait_until

from quotidian.store.folder import DataFolder

DAY = "2024-03-30"
GONE = "was removed, or another is in its place, so the server has ended"


def remove(folder: Path) -> None:
    shutil.rmtree(folder)


def replace(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "run").mkdir()


def make_anew(folder: Path) -> None:
    shutil.rmtree(folder)
    Command(folder).init()


def move(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))


def lose_the_lock(folder: Path) -> None:
    (folder / "serve.lock").unlink()


@pytest.mark.parametrize("lose", [remove, replace, make_anew, move, lose_the_lock])
def test_a_server_whose_folder_has_gone_ends_with_one_sentence(tmp_path: Path, lose: Callable[[Path], None]) -> None:
    command = Command(tmp_path / "data")
    with serving(command, command.init()) as server:
        server.client.post("/events", json={"events": [session("ana", DAY)]}).raise_for_status()
        wait_until(lambda: server.dau() == 1)
        children = [*server.workers(), server.engine()]
        in_memory = DataFolder(command.data).metrics.resolve()
        before = len(server.log.read_text())
        lose(command.data)
        left = names_in(command.data)
        assert server.process.wait(timeout=5) == 1
        assert said_since(server, before) == [f"Error: The data folder {command.data} {GONE}"]
        assert not any(map(is_running, children))
        assert not in_memory.exists() or command.data in in_memory.parents
        assert names_in(command.data) == left


def said_since(server: Server, start: int) -> list[str]:
    """Lines of the log, without those of requests."""
    return [line for line in server.log.read_text()[start:].splitlines() if "quotidian.requests" not in line]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_folder_that_is_there_is_not_taken_for_lost(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with folder.hold("serve", "serve") as hold:
        (tmp_path / "series.sqlite").touch()
        tmp_path.chmod(0o755)
        assert not hold.is_lost()


def test_a_disk_that_does_not_answer_is_not_a_lost_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with DataFolder(tmp_path).hold("serve", "serve") as hold:

        def fail(self: Path) -> os.stat_result:
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(Path, "stat", fail)
        assert not hold.is_lost()
