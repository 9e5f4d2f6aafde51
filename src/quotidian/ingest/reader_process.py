"""The reader process: it runs ClickHouse's readers on files, away from the event store.

`python -P -m quotidian.ingest.reader_process SOCKET MESSAGE FOLDER MEMORY_BYTES PARENT`. It may hang, crash
or take too much memory; then the process that started it (ingest/reader.py) ends it. Its folder may be lost.
"""

import os
import signal
import socket
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from quotidian.domain.errors import UserError
from quotidian.ingest.columns import AVRO_STRUCTURE
from quotidian.ingest.opened import OpenedFiles
from quotidian.ingest.read_json import NO_COMPRESSION, JsonFiles, read_json
from quotidian.ingest.requests import GONE, READY, Done, Failed, Message, Reply, Request, Trouble
from quotidian.ingest.shapes import Shape
from quotidian.ingest.staging import Reading
from quotidian.process.parent import end_with
from quotidian.store.chdb import ChdbStatements
from quotidian.store.events import StatementFailed
from quotidian.store.sql import statement

_CRASHES: Final = (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE)
_FIRST_TO_KILL: Final = "800"
Unread = dict[int, tuple[str, bool]]
_NO_SPACE: Final = ("No space left", "NOT_ENOUGH_SPACE")


class Work:
    """Answers requests with the tables of this process."""

    def __init__(self, folder: Path, memory_bytes: int) -> None:
        self._folder = folder
        (folder / "clickhouse").mkdir()
        self._statements = ChdbStatements(folder / "clickhouse", memory_bytes)
        self._tables = Reading(self._statements)

    def answer(self, request: Request) -> Reply:
        """Read the files of a request into its output."""
        try:
            return self._read(request)
        except StatementFailed as error:
            self._tables.forget()
            reason = str(error)
            return Trouble(reason) if any(each in reason for each in _NO_SPACE) else Failed(reason)
        except UserError as error:
            self._tables.forget()
            # Users do not know the folder of this process; it is in scratch/ in the data folder.
            return Trouble(str(error).replace(str(self._folder / "clickhouse"), str(self._folder.parents[1])))
        except OSError as error:
            self._tables.forget()
            return Trouble(str(error))
        except Exception as error:
            self._tables.forget()
            return Trouble(f"{type(error).__name__}: {error}\n{traceback.format_exc()}")

    def _read(self, request: Request) -> Done:
        for left in self._written():
            left.unlink()
        self._tables.empty(request.bindings)
        with OpenedFiles() as opened:
            names, unread = _open_all(opened, request)
            places = {name: place for place, name in enumerate(names) if name}
            if request.shape is Shape.BODY and places:
                unread |= self._leave_out_broken(request, opened, places)
            unknown = self._fill(request, opened.pattern, places) if places else {}
            unread |= {place: (GONE, False) for name, place in places.items() if opened.is_gone(name)}
        ((rows,),) = self._statements.rows(statement(__package__, "records_counted"), {}, tuple[int])
        # ClickHouse does not notice if there was no room for what it wrote.
        self._statements.require_room()
        for written in self._written() if rows else ():
            written.rename(request.output)
        return Done(names, unread, unknown, rows)

    def _written(self) -> list[Path]:
        return list(self._folder.glob("clickhouse/store/*/*/data.Native"))

    def _leave_out_broken(self, request: Request, opened: OpenedFiles, places: dict[str, int]) -> Unread:
        values = {"files": opened.pattern, "compression": _compression(request)}
        unread: Unread = {}
        for (name,) in self._statements.rows(statement(__package__, "broken_bodies"), values, tuple[str]):
            opened.leave_out(name)
            unread[places.pop(name)] = ("is not a whole JSON document of events", False)
        return unread

    def _fill(self, request: Request, files: str, places: dict[str, int]) -> dict[int, int]:
        if request.shape is Shape.UNKNOWN_AVRO:
            counts = self._statements.rows(statement(__package__, "count_avro"), {"files": files}, tuple[str, int])
            return {places[name]: records for name, records in counts}
        if request.shape is Shape.AVRO:
            types = [request.files[place].type for place in places.values()]
            read = {"files": files, "structure": AVRO_STRUCTURE, "fields": sorted(request.fields)}
            named = {"names": list(places), "types": types, "target": request.target}
            self._statements.run(statement(__package__, "read_avro"), read | named)
        else:
            given = JsonFiles(files, request.shape, request.record_bytes, _compression(request))
            read_json(self._statements, given, request.target)
        return {}


def _compression(request: Request) -> str:
    return "gzip" if request.gzipped else NO_COMPRESSION


def _open_all(opened: OpenedFiles, request: Request) -> tuple[list[str], Unread]:
    names: list[str] = []
    unread: Unread = {}
    for place, file in enumerate(request.files):
        try:
            names.append(opened.open(file.path))
        except FileNotFoundError:
            names.append("")
            unread[place] = (GONE, False)
        except OSError as error:
            names.append("")
            unread[place] = (f"cannot be read: {error.strerror}", True)
    return names, unread


def main(channel: socket.socket, message: Message, work_in: Path, memory_bytes: int) -> None:
    """Answer requests until the parent hangs up."""
    # Ctrl-C is for the parent.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):
        # If the machine runs out of memory, the kernel takes it from here.
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_KILL)
    work = Work(work_in, memory_bytes)
    for crash in _CRASHES:
        # ClickHouse would wait for seconds before it lets itself die.
        signal.signal(crash, signal.SIG_DFL)
    channel.send(READY)
    while channel.recv(len(READY)):
        request = msgspec.msgpack.decode(message.read(), type=Request)
        message.write(msgspec.msgpack.encode(work.answer(request)))
        channel.send(READY)


def _inherited(number: str) -> int:
    """A descriptor that the parent passed, at the lowest number that is free.

    It has the parent's number, which may be among those that files to read get: it would be read as one of them.
    """
    lowest = os.dup(int(number))
    os.close(int(number))
    return lowest


if __name__ == "__main__":
    socket_, message_, folder_, memory_, parent_ = sys.argv[1:]
    end_with(int(parent_))
    main(socket.socket(fileno=_inherited(socket_)), Message(_inherited(message_)), Path(folder_), int(memory_))
    # Skips ClickHouse's shutdown, which takes time to free disk space that is freed anyway.
    os._exit(0)
