"""Does a command's task: in the engine if one runs, else in this process. The output is the same."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from typing import Final

from quotidian.cli.context import Context
from quotidian.cli.engine_or_here import in_engine_or_here
from quotidian.cli.errors import print_error
from quotidian.cli.output import Unit, progress_bar
from quotidian.domain.errors import TaskFailed, UserError
from quotidian.engine.opening import open_stores
from quotidian.engine.performing import perform
from quotidian.engine.protocol import Failure, MessageSocket
from quotidian.engine.tasks import COMPUTING, LOADING, Ingest, Outcome, Task, Update
from quotidian.series.ranges import Failed

_UNITS: Final[Mapping[str, Unit]] = {LOADING: "bytes", COMPUTING: "percent"}


def run_task(context: Context, task: Task, *, is_passing: bool = False) -> Outcome:
    """Do a task, with progress bars, which are erased at the end if it is passing.

    Raises UserError if it cannot be done as asked, FolderInUse if another command has the event store, TaskFailed if
    the engine could not do it.
    """

    def in_engine(channel: MessageSocket) -> Outcome:
        with _progress(is_passing) as show:
            return _ask_engine(channel, task, show)

    def here() -> Outcome:
        with _progress(is_passing) as show:
            return _do(context, task, show)

    return _told(in_engine_or_here(context, in_engine, here))


def _told(outcome: Outcome) -> Outcome:
    """Say what could not be computed."""
    for each in outcome.uncomputed:
        print_error(f"{each}; what was published before stays, and it is tried again")
    return outcome


def _ask_engine(channel: MessageSocket, task: Task, show: Callable[[Update], None]) -> Outcome:
    channel.send(task)
    while True:
        match channel.receive_reply():
            case Update() as update:
                show(update)
            case Outcome() as outcome:
                return outcome
            case Failure(message, status):
                raise UserError(message) if status == UserError.status else TaskFailed(message)


def _do(context: Context, task: Task, show: Callable[[Update], None]) -> Outcome:
    with (
        open_stores(context.folder, context.command, reads_files=isinstance(task, Ingest)) as stores,
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
