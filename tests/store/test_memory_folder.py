"""Folders in memory: those of processes that run stay, and those of processes that were killed do not."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from quotidian.store import memory_folder
from quotidian.store.memory_folder import make_memory_folder

MAKE = """
import sys
from pathlib import Path
from quotidian.store.memory_folder import make_memory_folder
print(make_memory_folder(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@contextmanager
def another_process(where: Path) -> Iterator[Path]:
    """The folder of another process, which is killed when the block ends."""
    words = [sys.executable, "-P", "-c", MAKE, str(where)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        made = Path(process.stdout.readline().rstrip("\n"))
        (made / "counters.db").touch()
        yield made
        process.kill()


def test_what_a_killed_process_left_is_removed_and_what_is_in_use_stays(tmp_path: Path) -> None:
    with another_process(tmp_path) as theirs:
        ours = make_memory_folder(tmp_path)
        assert ours is not None
        assert {*tmp_path.iterdir()} == {ours, theirs}
    assert theirs.exists()
    third = make_memory_folder(tmp_path)
    assert {*tmp_path.iterdir()} == {ours, third}


def test_what_others_keep_there_stays(tmp_path: Path) -> None:
    (tmp_path / "quotidian-metrics-1").mkdir()
    (tmp_path / "PostgreSQL.1").touch()
    make_memory_folder(tmp_path)
    assert len([*tmp_path.iterdir()]) == 3


def test_a_folder_that_another_took_for_unused_before_it_was_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, removed = memory_folder._locked, list[Path]()

    def late(folder: Path) -> int | None:
        descriptor = lock(folder)
        if not removed:
            removed.append(folder)
            folder.rmdir()
        return descriptor

    monkeypatch.setattr(memory_folder, "_locked", late)
    made = make_memory_folder(tmp_path)
    assert made not in removed
    assert [*tmp_path.iterdir()] == [made]


def test_without_room_in_memory_there_is_none(tmp_path: Path) -> None:
    assert make_memory_folder(tmp_path / "nothing") is None
