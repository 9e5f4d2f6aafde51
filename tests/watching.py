"""A watch as a process, what it says, and how it ends."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commands import QUOTIDIAN, Command, some_sessions
from servers import kill_group, wait_until
from sqlalchemy import func, select

from quotidian.store.folder import DataFolder
from quotidian.store.series import open_series
from quotidian.store.tables import loaded_files

DAY = "2024-03-30"


class Watching:
    """`quotidian ingest --watch …`, which writes to a file beside the data folder."""

    def __init__(self, command: Command, *arguments: object, **environment: str) -> None:
        self.log = command.data.parent / "watch.log"
        self._before = len(self.log.read_text()) if self.log.exists() else 0
        words = ["--data", command.data, "ingest", "--watch", "--every", 0.2, *arguments]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [QUOTIDIAN, *map(str, words)],
                env={**os.environ, **environment},
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """All that it has said."""
        return self.log.read_text()[self._before :]

    @property
    def rounds(self) -> list[str]:
        """What it said of each round that loaded something."""
        return [line for line in self.said.splitlines() if line[:1].isdigit()]

    def wait_for(self, text: str, times: int = 1) -> None:
        """Wait until it has said something, so often."""
        wait_until(lambda: self.said.count(text) >= times or self.process.poll() is not None, timeout=60)
        assert self.said.count(text) >= times, self.said

    def end(self, how: int = signal.SIGTERM) -> int:
        """End it by a signal; returns its exit status."""
        self.process.send_signal(how)
        status = self.process.wait(timeout=20)
        assert "Traceback" not in self.said, self.said
        return status


@contextmanager
def watching(command: Command, *arguments: object, **environment: str) -> Iterator[Watching]:
    """A watch that has begun; it is ended whatever becomes of the test."""
    watch = Watching(command, *arguments, **environment)
    try:
        watch.wait_for("Watching ")
        yield watch
    finally:
        if watch.process.poll() is None:
            watch.end()
        kill_group(watch.process)


def aged(path: Path) -> Path:
    """A file as if nobody had written it for long: a watch need not wait to see whether it changes."""
    before = time.time_ns() - 120 * 10**9 + time.monotonic_ns() % 10**9
    os.utime(path, ns=(before, before))
    return path


def dau(command: Command) -> int:
    return command.kpi("dau", DAY)[0]


def remembered(command: Command) -> int:
    engine = open_series(DataFolder(command.data))
    with engine.connect() as connection:
        number = connection.execute(select(func.count()).select_from(loaded_files)).scalar_one()
    engine.dispose()
    return number


def has_remembered(command: Command, least: int) -> bool:
    return remembered(command) >= least


def put(path: Path, *users: str) -> Path:
    """A file with sessions of users, which appears whole."""
    written = aged(some_sessions(path.with_name(f".{path.name}"), users))
    return written.rename(path)
