"""A disk that is full or cannot be written: it is said, nothing acknowledged is lost, and all goes on by itself."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from commands import Command, key_in, session, some_sessions
from load import DAY, Connector, assert_all_counted, body_of, numbered_batches, post
from servers import serving, wait_until

pytestmark = pytest.mark.slow

DISK_BYTES = 64 << 20


class Disk:
    """A small disk, which can be filled, freed, and made read-only while nobody writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    def fill(self, room: int = 0) -> None:
        """Leave no more room; others may free some, so do it again while it must stay full."""
        with self._ballast.open("ab", buffering=0) as ballast, suppress(OSError):
            while ballast.write(b"\0" * 65_536):
                pass
        if room:
            os.truncate(self._ballast, self._ballast.stat().st_size - room)
            return
        # To the last byte.
        with self._ballast.open("ab", buffering=0) as ballast, suppress(OSError):
            while ballast.write(b"\0" * 512):
                pass

    def keep_full_until(self, holds: Callable[[], object]) -> None:
        """Leave no room whatever others free, until something is so."""

        def holds_while_full() -> object:
            self.fill()
            return holds()

        wait_until(holds_while_full)

    def free(self) -> None:
        """Give the room back."""
        self._ballast.unlink()

    def remount(self, how: str) -> None:
        """Make it `ro` or `rw`."""
        subprocess.run(["mount", "-o", f"remount,{how}", self.path], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=700", "tmpfs", str(path)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode:
        assert not (os.environ.get("CI") and os.geteuid() == 0), mounted.stderr
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


def initialised(command: Command) -> str:
    """The folder's first key. Made in a process of its own: this one would keep files of the disk open."""
    return key_in(command.run("init").stdout)


# Full


def test_a_full_disk_is_answered_503_and_what_was_acknowledged_counts_when_there_is_room(
    disk: Disk, tmp_path: Path
) -> None:
    command = Command(disk.path / "data")
    with serving(command, initialised(command)) as server:
        connector = Connector(server, server.key, numbered_batches(400), Random(7))
        try:
            connector.start()
            wait_until(lambda: len(connector.acknowledged) > 500)
            disk.keep_full_until(lambda: connector.statuses.get(503, 0) >= 20)
            assert server.dau() >= 0
            disk.free()
            connector.stop()
        finally:
            connector.abandon()
        server.wait_until_drained()
        assert set(connector.statuses) == {200, 503}
        assert connector.retry_after == {"5"}
        assert_all_counted(server, connector)
        assert server.dau() == 8_000


def test_workers_live_through_a_disk_that_is_full_before_they_are_asked_anything(disk: Disk) -> None:
    command = Command(disk.path / "data")
    key = initialised(command)
    with serving(command, key) as server:
        workers = server.workers()
        # Both have begun: one that begins on a full disk cannot open its inbox, and is started again.
        wait_until(lambda: all((command.data / "run" / f"worker-{worker}").exists() for worker in workers))
        disk.fill()
        for number in range(200):
            response = server.client.post("/events", json={"events": [session(f"user {number}", DAY)]})
            assert response.status_code in (200, 503)
            assert server.client.get("/kpi/dau/data_series?length=1").status_code == 200
        assert server.workers() == workers
        disk.free()
        wait_until(lambda: server.client.post("/events", json={"events": [session("ana", DAY)]}).status_code == 200)
        server.wait_until_drained()
        assert server.dau() >= 1


def test_an_engine_that_finds_the_disk_full_goes_on_when_there_is_room(disk: Disk) -> None:
    command = Command(disk.path / "data")
    with serving(command, initialised(command)) as server:
        post(server, session("ana", DAY))
        wait_until(lambda: server.dau() == 1)
        with server.engine_paused():
            for batch in numbered_batches(50, size=100):
                post(server, *batch)
            disk.fill()
        disk.keep_full_until(lambda: "Background work failed" in server.log.read_text())
        assert server.gauges()["quotidian_inbox_deliveries"] > 0
        disk.free()
        server.wait_until_drained()
        assert server.dau() == 5_001


def test_a_load_that_finds_the_disk_full_says_so_and_is_made_whole_by_another(disk: Disk, tmp_path: Path) -> None:
    command = Command(disk.path / "data")
    initialised(command)
    file = some_sessions(tmp_path / "e.jsonl", [f"user {number}" for number in range(20_000)])
    command.run("ingest", some_sessions(tmp_path / "one.jsonl", ["ana"]))
    disk.fill(room=400_000)
    err = command.run("ingest", file, status=1).stderr
    assert "space" in err or "full" in err
    disk.fill()
    assert "No space left" in command.run("ingest", file, status=2).stderr
    disk.free()
    assert "20,000" in command.run("ingest", file).stdout
    assert '"dau": 20001' in command.run("series", "dau", "--days", 1, "--ending-at", DAY, "--format", "json").stdout


def test_a_load_that_is_handed_to_a_server_says_that_the_disk_is_full(disk: Disk, tmp_path: Path) -> None:
    command = Command(disk.path / "data")
    file = some_sessions(tmp_path / "e.jsonl", [f"user {number}" for number in range(20_000)])
    with serving(command, initialised(command)) as server:
        post(server, session("ana", DAY))
        wait_until(lambda: server.dau() == 1)
        disk.fill()
        err = command.run("ingest", file, status=1).stderr
        assert "space" in err or "full" in err
        disk.free()
        command.run("ingest", file)
        assert server.dau() == 20_001


# Read-only


@pytest.mark.parametrize("words", [("init",), ("init", "--workspace", "other"), ("serve",), ("ingest", "FILE")])
def test_a_folder_that_cannot_be_written_is_said(disk: Disk, tmp_path: Path, words: tuple[str, ...]) -> None:
    command = Command(disk.path / "data")
    if words != ("init",):
        initialised(command)
    file = some_sessions(tmp_path / "e.jsonl", ["ana"])
    disk.remount("ro")
    command = Command(command.data) if command.data.exists() else Command(disk.path)
    typed = [str(file) if word == "FILE" else word for word in words]
    err = command.run(*typed, status=2).stderr
    assert str(disk.path) in err
    assert "read-only" in err.lower() or "readonly" in err.lower()


@pytest.fixture
def on_disk() -> Iterator[Path]:
    """A folder that is not in memory, where no file can be made immutable."""
    with TemporaryDirectory(prefix="quotidian-", dir="/var/tmp") as name:
        yield Path(name)


def freeze(data: Path, how: str) -> None:
    """Make the files of a data folder immutable (`+i`) or mutable (`-i`), also for those who have them open.

    A disk that is written to cannot be remounted. Left out is what processes have mapped into their memory: a write to
    that cannot fail but by a signal.
    """
    files = [data, data / "events", *data.glob("*.sqlite"), *data.glob("*-wal")]
    changed = subprocess.run(["chattr", how, *map(str, files)], capture_output=True, text=True, check=False)
    if changed.returncode:
        pytest.skip(f"files cannot be made immutable here: {changed.stderr}")


def test_a_running_server_whose_folder_cannot_be_written_answers_503_to_posts_and_goes_on_afterwards(
    on_disk: Path,
) -> None:
    command = Command(on_disk / "data")
    with serving(command, initialised(command)) as server:
        post(server, session("ana", DAY))
        wait_until(lambda: server.dau() == 1)
        try:
            freeze(command.data, "+i")
            response = server.client.post("/events", content=body_of([session("bo", DAY)]))
            assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
            assert server.dau() == 1
        finally:
            freeze(command.data, "-i")
        post(server, session("cy", DAY))
        wait_until(lambda: server.dau() == 2)


# A full inbox


def test_a_full_inbox_is_answered_503_and_what_it_has_counts(tmp_path: Path) -> None:
    command = Command(tmp_path / "data")
    with serving(command, initialised(command), QUOTIDIAN_INBOX_BYTES="50000") as server:
        wait_until(server.engine)
        connector = Connector(server, server.key, numbered_batches(60), Random(7))
        try:
            with server.engine_paused():
                connector.start()
                wait_until(lambda: connector.statuses.get(503, 0) >= 20)
                told = server.gauges()
                assert 0 < told["quotidian_inbox_bytes"] <= 50_000
            connector.stop()
        finally:
            connector.abandon()
        server.wait_until_drained()
        assert connector.retry_after == {"5"}
        assert_all_counted(server, connector)
        assert server.dau() == 1_200
