"""The data folder: what lies where in it, and who holds it."""

import fcntl
import json
import math
import os
import shlex
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final, NamedTuple

from quotidian.domain.errors import FolderInUse, UserError
from quotidian.settings import SETTINGS_FILE
from quotidian.store.access import check_access, nearest, refusal
from quotidian.store.memory_folder import make_memory_folder

LOCKS: Final = ("init", "serve", "events")
"""What a process may hold of a data folder."""

_FILES: Final = frozenset(
    (
        *(f"{name}.sqlite{suffix}" for name in ("series", "inbox") for suffix in ("", "-wal", "-shm", "-journal")),
        *(f"{what}.lock" for what in LOCKS),
        *("events", "limits", "scratch", "run", SETTINGS_FILE),
    )
)
"""All that lies in a data folder."""

_OF_THE_DISK: Final = "lost+found"
_NAMED: Final = 3
_TRIED_BYTES: Final = 65_536


def trouble_in(folder: Path) -> str:
    """Why nothing can be written in a folder, such as "No space left on device"; '' if something can."""
    try:
        with TemporaryFile(dir=folder, buffering=0) as file:
            file.write(b"\0" * _TRIED_BYTES)
    except OSError as error:
        return error.strerror or str(error)
    return ""


class Hold(NamedTuple):
    """A data folder that is held. It and its lock stay open, so that the kernel gives their numbers to no others."""

    path: Path
    folder: int
    lock_path: Path
    lock: int

    def is_lost(self) -> bool:
        """Whether the folder or its lock was removed, or another is in its place."""
        return not (_is_still(self.path, self.folder) and _is_still(self.lock_path, self.lock))


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        # A disk that does not answer at the moment can come back.
        return True


class DataFolder:
    """A folder with everything Quotidian keeps. Raises UserError for a path that cannot be one."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        if set("?%") & set(str(self.path)):
            raise UserError(
                f"The data folder's path may have no ? or % in it, which chDB takes for its own: {self.path}"
            )
        self.events = self.path / "events"
        self.series = self.path / "series.sqlite"
        self.limits = self.path / "limits"
        self.inbox = self.path / "inbox.sqlite"
        self.scratch = self.path / "scratch"
        self.fetched = self.scratch / "fetched"
        self.run = self.path / "run"
        self.metrics = self.run / "metrics"
        self.engine_state = self.run / "engine.json"
        self.engine_socket = self.run / "engine.sock"

    def check_access(self) -> None:
        """Raise UserError if the folder is there, and this process may not read and write it."""
        check_access(self.path, _FILES)

    def create(self) -> None:
        """Make the folder, for its owner alone: it holds what users did, and the hashes of keys.

        Raises UserError if that is impossible, or if there are other things in it than a data folder has.
        """
        self.check_access()
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except PermissionError as error:
            raise UserError(f"Cannot make the data folder {self.path}: {refusal(nearest(self.path.parent))}") from error
        except OSError as error:
            raise UserError(f"Cannot make the data folder {self.path}: {error.strerror}") from error
        self._require_own()
        try:
            self.path.chmod(0o700)
        except OSError as error:
            raise UserError(f"Cannot make the data folder private: {refusal(self.path)}") from error

    @property
    def is_begun(self) -> bool:
        """Whether this is a data folder already; without series in it, if it is that of a node beside a database."""
        return self.series.exists() or self.inbox.exists()

    def _require_own(self) -> None:
        """Raise UserError if there is something in the folder that is not of Quotidian, unless it is one already."""
        if self.is_begun:
            return
        others = sorted(each.name for each in self.path.iterdir() if not self._is_own(each))
        if others:
            named = ", ".join(others[:_NAMED]) + (f" and {len(others) - _NAMED} more" if len(others) > _NAMED else "")
            raise UserError(
                f"{self.path} is not empty: it has {named}; a data folder is for Quotidian alone, so name one with "
                "--data that is empty or not there yet"
            )

    def _is_own(self, path: Path) -> bool:
        if path == self.events:
            # If the series are lost, they are made again from the events. Others may call a folder so, too.
            return not any(path.iterdir()) or (path / "metadata").exists()
        return path.name in _FILES or path.name == _OF_THE_DISK

    def trouble(self) -> str:
        """Why nothing can be written here, such as "No space left on device"; '' if something can."""
        return trouble_in(self.path)

    def require_room(self) -> None:
        """Raise UserError if nothing can be written here."""
        if trouble := self.trouble():
            raise UserError(f"Cannot write in the data folder {self.path}: {trouble}")

    def require(self) -> None:
        """Raise UserError unless `quotidian init` has been here, and this process may use all that is here."""
        self.check_access()
        if not self.series.exists():
            raise UserError(f"{self.path} is not a data folder yet; {self.how_to_init()}")

    def how_to_init(self) -> str:
        """How to make this a data folder. It names the time zone, which cannot be changed later."""
        return (
            f"make it one with: quotidian --data {shlex.quote(str(self.path))} init --timezone ZONE "
            "(such as Europe/Paris: it decides when your days begin, for good; without it that is midnight in UTC)"
        )

    def clear_scratch(self) -> None:
        """Remove what a killed load may have left. Hold "events" first: it is of who has the event store."""
        shutil.rmtree(self.scratch, ignore_errors=True)

    def worker_beat(self, process: int) -> Path:
        """The file whose time is a worker's last sign of life."""
        return self.run / f"worker-{process}"

    def make_run(self) -> Path | None:
        """Make what only the processes of one server need.

        Counters are mapped into memory, and a process that writes into such a map dies if the disk has no room for
        it: so they are in a file system that has no disk, where there is one. Returns the folder made there.
        """
        self.clear_run()
        self.run.mkdir(mode=0o700)
        in_memory = make_memory_folder()
        if in_memory is None:
            self.metrics.mkdir()
        else:
            self.metrics.symlink_to(in_memory)
        return in_memory

    def clear_run(self) -> None:
        """Remove what only the processes of one server needed."""
        if self.metrics.is_symlink():
            shutil.rmtree(self.metrics.readlink(), ignore_errors=True)
        shutil.rmtree(self.run, ignore_errors=True)

    def is_held(self, what: str) -> bool:
        """Whether a process holds `what`."""
        try:
            with (self.path / f"{what}.lock").open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def held_seconds(self, what: str) -> float:
        """For how long a process has held `what`, by the clock of the machine; infinite if none ever has."""
        try:
            since = (self.path / f"{what}.lock").stat().st_mtime
        except OSError:
            return math.inf
        return time.time() - since

    @contextmanager
    def hold(self, what: str, command: str) -> Iterator["Hold"]:
        """Hold `what` (of LOCKS) until the block ends, against every other process.

        The lock is the kernel's, so it ends with its process however that dies; the file's text only says whose it is.
        Raises FolderInUse, saying who holds it.
        """
        lock = self.path / f"{what}.lock"
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise UserError(f"Cannot write in the data folder {self.path}: {error.strerror}") from error
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                holder, said = _holder(descriptor)
                raise FolderInUse(f"{self.path} is in use by {said}; wait for it to end, or stop it", holder) from error
            told = {
                "command": command,
                "pid": os.getpid(),
                "since": datetime.now().astimezone().isoformat(timespec="seconds"),
            }
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(told).encode(), 0)
            folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                yield Hold(self.path, folder, lock, descriptor)
            finally:
                os.close(folder)
        finally:
            os.close(descriptor)


def _holder(descriptor: int) -> tuple[str, str]:
    """The command that holds a lock, and that in words."""
    try:
        holder = json.loads(os.pread(descriptor, 4096, 0))
        return holder["command"], f"`quotidian {holder['command']}` (process {holder['pid']}, since {holder['since']})"
    except (ValueError, KeyError, TypeError):
        return "", "another process that has only just started"
