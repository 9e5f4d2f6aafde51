"""Does a command's task: in the engine if one runs, else in this process. The output is the same."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from typing import Final

from quotidian.cli.context import Context
from quotidian.cli.errors import print_error, print_warning
from quotidian.cli.output import Unit, progress_bar
from quotidian.domain.errors import FolderInUse, TaskFailed, UserError
from quotidian.engine.protocol import Failure, MessageSocket, connect
from quotidian.engine.tasks import COMPUTING, LOADING, Ingest, Outcome, Task, Update, perform
from quotidian.series.ranges import Failed
from quotidian.telemetry.heartbeat import ENGINE_COMMAND

_ATTEMPTS: Final = 5
_ENGINE_STARTS_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.2
_UNITS: Final[Mapping[str, Unit]] = {LOADING: "bytes", COMPUTING: "percent"}


class _NoEngine(Exception):  # noqa: N818
    """No engine listens."""


def run_task(context: Context, task: Task, *, is_passing: bool = False) -> Outcome:
    """Do a task, with progress bars, which are erased at the end if it is passing.

    Raises UserError if it cannot be done as asked, FolderInUse if another command has the event store, TaskFailed if
    the engine could not do it.
    """
    context.series().dispose()
    give_up = time.monotonic() + _ENGINE_STARTS_SECONDS
    attempts = 0
    while True:
        with _progress(is_passing) as show:
            try:
                return _told(_ask_engine(context, task, show))
            except _NoEngine:
                pass
            except EOFError as error:
                attempts += 1
                if attempts == _ATTEMPTS:
                    raise TaskFailed("the engine ended five times while it was at it; see the server's log") from error
                print_warning("the engine has ended while it was at it; the command begins again")
                give_up = time.monotonic() + _ENGINE_STARTS_SECONDS
                continue
            try:
                return _told(_do(context, task, show))
            except FolderInUse as error:
                # An engine has the store before it listens, and for a moment after.
                if error.holder != ENGINE_COMMAND or time.monotonic() > give_up:
                    raise
        time.sleep(_LOOK_SECONDS)


def _told(outcome: Outcome) -> Outcome:
    """Say what could not be computed."""
    for each in outcome.uncomputed:
        print_error(f"{each}; what was published before stays, and it is tried again")
    return outcome


def _ask_engine(context: Context, task: Task, show: Callable[[Update], None]) -> Outcome:
    try:
        channel = MessageSocket(connect(context.folder.engine_socket))
    except OSError as error:
        raise _NoEngine from error
    try:
        channel.send(task)
        while True:
            match channel.receive_reply():
                case Update() as update:
                    show(update)
                case Outcome() as outcome:
                    return outcome
                case Failure(message, status):
                    raise UserError(message) if status == UserError.status else TaskFailed(message)
    except OSError as error:
        raise EOFError from error
    finally:
        channel.close()


def _do(context: Context, task: Task, show: Callable[[Update], None]) -> Outcome:
    with (
        context.stores(reads_files=isinstance(task, Ingest)) as stores,
        # Closed before the stores: it may have threads that use them.
        closing(perform(stores, task, Failed())) as work,
    ):
        while True:
            try:
                show(next(work))
            except StopIteration as end:
                outcome: Outcome = end.value
                return outcome


@contextmanager
def _progress(is_passing: bool) -> Iterator[Callable[[Update], None]]:
    """A progress bar for each thing that a task does, one after the other."""
    shown = ""
    with ExitStack() as bars:
        advance: Callable[[int, int], None]

        def show(update: Update) -> None:
            nonlocal shown, advance
            if update.label != shown:
                bars.close()
                shown = update.label
                advance = bars.enter_context(progress_bar(shown, _UNITS[shown], is_passing=is_passing))
            advance(update.done, update.total)

        yield show
