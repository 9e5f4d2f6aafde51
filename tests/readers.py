"""One process that reads files, for all stores and commands of this process: to start one takes 0.4 s of the CPU."""

import atexit
import threading
from contextlib import chdir
from functools import cache
from pathlib import Path

from temporary import folder_of_process

from quotidian.ingest.reader import FileReader
from quotidian.ingest.requests import Reply, Request
from quotidian.settings import load_settings


class KeptReader(FileReader):
    """Its process goes on when a command has ended, unless it was still to reply: the next would get that reply."""

    def __init__(self, scratch: Path, memory_bytes: int, seconds: float) -> None:
        super().__init__(scratch, memory_bytes, seconds)
        self.limits = memory_bytes, seconds
        self._is_asked = False

    def start(self) -> None:
        """As FileReader says, but not in the folder of a command, which will be gone."""
        if self.pid is None:
            with chdir(self._scratch):
                super().start()

    def begin(self, request: Request) -> Path:
        """As FileReader says."""
        self.start()
        self._is_asked = True
        return super().begin(request)

    def reply(self, timeout: float) -> Reply | None:
        """As FileReader says."""
        reply = super().reply(timeout)
        self._is_asked = reply is None
        return reply

    def end(self) -> None:
        """As FileReader says, if it was still to reply."""
        if self._is_asked:
            super().end()
            self._is_asked = False


@cache
def shared_reader() -> KeptReader:
    """The reader of all tests of this process."""
    defaults = load_settings(Path("/nowhere"), {})
    reader = KeptReader(folder_of_process(), defaults.read_memory_bytes, defaults.read_seconds)
    atexit.register(FileReader.end, reader)
    return reader


def reader_of(scratch: Path, memory_bytes: int, seconds: float) -> FileReader:
    """The shared reader, if it has these limits; a process that another thread starts would end with that thread."""
    shared = shared_reader()
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and shared.limits == (memory_bytes, seconds):
        return shared
    return FileReader(scratch, memory_bytes, seconds)
