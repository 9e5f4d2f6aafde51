"""Following folders and buckets: look, load what is new, wait, and look again, until a signal ends it."""

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from threading import Event
from typing import Final, NamedTuple

from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from quotidian.cli.context import Context
from quotidian.cli.errors import print_error
from quotidian.cli.output import print_round
from quotidian.cli.tasks import run_task
from quotidian.control.loaded import loaded_versions
from quotidian.control.workspaces import Workspace
from quotidian.domain.errors import QuotidianError
from quotidian.engine.tasks import Ingest
from quotidian.ingest.find import Finder
from quotidian.ingest.sources import BadFile, Source
from quotidian.store.passing import one_line
from quotidian.telemetry.visible import visible

_OLD_SECONDS: Final = 60
"""A file that has not changed for this long is complete, even if the clocks of machine and disk differ a little."""
_STILL_SECONDS: Final = 2
_RETRY_ROUNDS: Final = 12

_CAN_PASS: Final = (QuotidianError, DatabaseError, OSError)
"""Errors that another command, a full disk or the network may cause: the next round can succeed."""


class _Failure(NamedTuple):
    version: str
    reason: str
    again_at: float
    """When to try the same version again; infinity for never."""


def follow(context: Context, arguments: Sequence[str], every: float) -> None:
    """Load what the arguments name, and what comes there, until SIGTERM or Ctrl-C.

    Raises UserError if there is nothing to watch there. Later, what fails is told once and tried again.
    """
    engine = context.series()
    known = Known(engine, context.workspace(engine), retry_seconds=_RETRY_ROUNDS * every)
    finder = Finder(arguments, leave_out=context.data)
    is_told, trouble = False, ""
    with _signals() as stopping:
        with suppress(KeyboardInterrupt):
            while not stopping.is_set():
                try:
                    found = finder.find(may_come=True)
                    if not is_told:
                        print(f"Watching {visible(', '.join(arguments))} every {every:g} s; Ctrl-C ends it", flush=True)
                        is_told = True
                    _load(context, known.due(found), known)
                    trouble = ""
                except _CAN_PASS as error:
                    if not is_told:
                        raise
                    trouble = _tell_once(error, trouble)
                stopping.wait(every)
        print("Ended. What is loaded is remembered; the same command goes on from there", flush=True)


def _load(context: Context, due: list[Source], known: "Known") -> None:
    if not due:
        return
    report = run_task(context, Ingest(context.workspace_name, due), is_passing=True).report
    failed = known.note(due, report.failed)
    if report.files or failed:
        print_round(datetime.now(), report, failed)


class Known:
    """What is known of the sources that are watched, from one look to the next."""

    def __init__(self, engine: Engine, workspace: Workspace, retry_seconds: float) -> None:
        self._engine = engine
        self._workspace = workspace
        self._retry_seconds = retry_seconds
        self._loaded: dict[str, str] = {}
        self._failed: dict[str, _Failure] = {}
        self._changing: dict[str, tuple[str, float]] = {}
        """The version in which a source was seen last, and since when."""

    def due(self, found: Sequence[Source]) -> list[Source]:
        """The found sources that should be loaded now."""
        new = [source for source in found if self._loaded.get(source.origin) != source.version]
        with self._engine.connect() as connection:
            self._loaded |= loaded_versions(connection, self._workspace, (source.origin for source in new))
        new = [source for source in new if self._loaded.get(source.origin) != source.version]
        self._changing = {source.origin: self._seen_since(source) for source in new}
        return [source for source in new if self._is_whole(source) and not self._is_given_up(source)]

    def _seen_since(self, source: Source) -> tuple[str, float]:
        before = self._changing.get(source.origin)
        return before if before and before[0] == source.version else (source.version, time.monotonic())

    def _is_whole(self, source: Source) -> bool:
        """Whether the file is complete: it is old, or has not changed for a while."""
        since = self._changing[source.origin][1]
        return time.time() - source.changed_at > _OLD_SECONDS or time.monotonic() - since >= _STILL_SECONDS

    def _is_given_up(self, source: Source) -> bool:
        failure = self._failed.get(source.origin)
        return failure is not None and failure.version == source.version and time.monotonic() < failure.again_at

    def note(self, tried: Sequence[Source], failed: Sequence[BadFile]) -> list[BadFile]:
        """Note which of the tried sources could not be loaded; returns the failures that were not reported before."""
        versions = {source.origin: source.version for source in tried}
        before = {origin: self._failed.pop(origin, None) for origin in versions}
        for file in failed:
            again_at = time.monotonic() + self._retry_seconds if file.may_pass else float("inf")
            self._failed[file.origin] = _Failure(versions[file.origin], file.reason, again_at)
        return [file for file in failed if not _is_same(before[file.origin], self._failed[file.origin])]


def _is_same(before: _Failure | None, now: _Failure) -> bool:
    return before is not None and before[:2] == now[:2]


def _tell_once(error: Exception, told: str) -> str:
    """Print an error, unless it was also the last one printed; returns its text."""
    text = one_line(error)
    if text != told:
        print_error(f"{text}; the watch goes on, and tries again")
    return text


@contextmanager
def _signals() -> Iterator[Event]:
    """Within the block the first SIGTERM or Ctrl-C raises KeyboardInterrupt; later ones must not disturb the ending."""
    stopping = Event()

    def stop(*_: object) -> None:
        if not stopping.is_set():
            stopping.set()
            raise KeyboardInterrupt

    before = {each: signal.signal(each, stop) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
