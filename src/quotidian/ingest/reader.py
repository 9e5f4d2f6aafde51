"""The reader process seen from outside: it is started, given requests, watched and ended here."""

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from time import monotonic
from typing import Final

import msgspec

from quotidian.domain.errors import QuotidianError
from quotidian.ingest.requests import READY, Message, Reply, Request
from quotidian.ingest.unreadable import too_much_memory
from quotidian.store.events import StatementFailed

_LOOK_SECONDS: Final = 0.05
_CLICKHOUSE_SHARE: Final = 1.5
"""ClickHouse's own memory limit, as a share of the reader's: it counts late, and counts memory that it does not use."""
_LEAST_RATE: Final = 1 << 19
"""Bytes a second that a working reader reads and writes; in one that hangs ClickHouse reads a third of that."""
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


class ReaderEnded(QuotidianError):  # noqa: N818
    """The reader process ended while it read. The text says why; it is printed after a file's name.

    `may_pass` says whether the reason can be something else than the file, so that another try makes sense.
    """

    def __init__(self, reason: str, *, may_pass: bool = False) -> None:
        super().__init__(reason)
        self.may_pass = may_pass


class FileReader:
    """Reads one request at a time. Its process is started when there is the first, and again after one that ended.

    The kernel ends the process with the thread that started it. `seconds` is how long it may take without reading on,
    `memory_bytes` how much memory it may have.
    """

    def __init__(self, scratch: Path, memory_bytes: int, seconds: float) -> None:
        self._scratch = scratch
        self._memory_bytes = memory_bytes
        self._seconds = seconds
        self._process: _Process | None = None
        self._outputs = 0
        self._since = 0.0
        self._done_bytes = 0

    @property
    def pid(self) -> int | None:
        """The process id, if the process runs."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process without waiting for it. Raises OSError if there is no room for its folder."""
        self._running()

    def begin(self, request: Request) -> Path:
        """Have a request read; returns the file that what is read will be in. Raises OSError."""
        process = self._running()
        self._outputs += 1
        output = self._scratch / f"{self._outputs}.read"
        process.ask(msgspec.structs.replace(request, output=str(output)))
        self._mark(process)
        return output

    def reply(self, timeout: float) -> Reply | None:
        """The reply to the request; None if there is none after so many seconds.

        Raises ReaderEnded; StatementFailed if a reader cannot even start.
        """
        until = monotonic() + timeout
        while True:
            process = self._running()
            if process.hears(_LOOK_SECONDS):
                if process.is_ready:
                    return process.reply()
                process.is_ready = True
                self._mark(process)
            elif process.status is not None:
                death = process.death()
                self._kill()
                raise death
            self._watch(process)
            if monotonic() >= until:
                return None

    def end(self) -> None:
        """End the process, whatever it does, and remove output files that nobody took."""
        self._kill()
        for left in self._scratch.glob("*.read"):
            left.unlink()

    def _running(self) -> "_Process":
        if self._process is None:
            self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._process = _Process(self._scratch, int(self._memory_bytes * _CLICKHOUSE_SHARE))
            self._mark(self._process)
        return self._process

    def _kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process = None

    def _watch(self, process: "_Process") -> None:
        """Kill the process if it takes too much. Raises ReaderEnded then."""
        if process.memory() > self._memory_bytes:
            self._kill()
            raise ReaderEnded(too_much_memory(self._memory_bytes))
        if process.done_bytes() - self._done_bytes > self._seconds * _LEAST_RATE:
            self._mark(process)
        if monotonic() - self._since > self._seconds:
            self._kill()
            if not process.is_ready:
                raise StatementFailed(f"The process that reads files has not started within {self._seconds:g} s")
            raise ReaderEnded(f"cannot be read: nothing came of it in {self._seconds:g} s (read_seconds)")

    def _mark(self, process: "_Process") -> None:
        self._since = monotonic()
        self._done_bytes = process.done_bytes()


class _Process:
    """A process that reads, and its folder. `is_ready` once it has started."""

    def __init__(self, scratch: Path, memory_bytes: int) -> None:
        self.is_ready = False
        self._folder = Path(mkdtemp(prefix="reader-", dir=scratch))
        self._channel, theirs = socket.socketpair()
        self._heard = select.poll()
        self._heard.register(self._channel, select.POLLIN)
        self._message, self._log = Message(), Message()
        passed = [theirs.fileno(), self._message.descriptor]
        given = [*map(str, passed), str(self._folder), str(memory_bytes), str(os.getpid())]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - all of it is ours
                # -P: nothing is imported from the current folder.
                [sys.executable, "-P", "-m", "quotidian.ingest.reader_process", *given],
                stdin=subprocess.DEVNULL,
                stdout=self._log.descriptor,
                stderr=self._log.descriptor,
                pass_fds=passed,
            )
        self.pid = self._process.pid
        self.status: int | None = None

    def ask(self, request: Request) -> None:
        self._message.write(msgspec.msgpack.encode(request))
        with suppress(OSError):
            self._channel.send(READY)

    def hears(self, timeout: float) -> bool:
        """Wait for a byte; returns whether one came. If the process has ended instead, `status` is set."""
        if not self._heard.poll(timeout * 1_000):
            return False
        with suppress(OSError):
            if self._channel.recv(len(READY)):
                return True
        self.status = self._process.wait()
        return False

    def reply(self) -> Reply:
        reply: Reply = msgspec.msgpack.decode(self._message.read(), type=Reply)
        return reply

    def death(self) -> QuotidianError:
        """The error for a process that ended by itself, or was killed by others."""
        # Killed by the kernel, for lack of memory, or by somebody: the file need not be the reason.
        was_killed = self.status == -signal.SIGKILL
        if self.is_ready or was_killed:
            return ReaderEnded(f"cannot be read: the process that read it ended ({self.status})", may_pass=was_killed)
        last = self._log.read().decode(errors="replace").strip().rpartition("\n")[2] or f"it ended ({self.status})"
        return StatementFailed(f"The process that reads files cannot start: {last[:300]}")

    def kill(self) -> None:
        """End it, and remove its folder."""
        self._process.kill()
        self._process.wait()
        self._channel.close()
        self._message.close()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def memory(self) -> int:
        """Bytes of memory that it has for itself, without the pages of files and libraries."""
        try:
            _, resident, shared, *_ = Path(f"/proc/{self.pid}/statm").read_bytes().split()
        except (OSError, ValueError):
            return 0
        return (int(resident) - int(shared)) * _PAGE_BYTES

    def done_bytes(self) -> int:
        """Bytes that it has read and written since it began."""
        try:
            read, written, *_ = Path(f"/proc/{self.pid}/io").read_bytes().splitlines()
        except (OSError, ValueError):
            return 0
        return int(read.split()[1]) + int(written.split()[1])
