"""The engine: one loop over a table of background work (BACKGROUND, at the end of this file).

Each row does a bounded amount of work a call (one batch, one range of days), so that live events wait for no more than
that. A row that fails hinders no other: background.py, draining.py, postponed.py.
"""

import logging
import time
from collections import deque
from datetime import timedelta
from threading import Event, get_ident
from typing import Final

from quotidian.domain.errors import UserError
from quotidian.engine.background import ONCE, Background, Repeated
from quotidian.engine.draining import Drainer
from quotidian.engine.live_days import LiveDays
from quotidian.engine.pace import Pace
from quotidian.engine.performing import Work, perform
from quotidian.engine.postponed import Postponed
from quotidian.engine.protocol import Failure
from quotidian.engine.retrying import Failures, Rest
from quotidian.engine.task_queue import Job, TaskQueue
from quotidian.engine.tasks import COMPUTING, Ingest, Outcome, RollUp, Task, Update
from quotidian.inbox.drain import Drained
from quotidian.inbox.inboxes import Inboxes
from quotidian.ingest.report import LoadReport
from quotidian.ingest.staging import Staging
from quotidian.ingest.stores import IngestStores
from quotidian.series.new_days import begin_days
from quotidian.series.ranges import Failed, Range, pending
from quotidian.series.rollup import is_left_over, roll_up_range
from quotidian.store.passing import one_line
from quotidian.store.series import before_each_statement
from quotidian.telemetry.heartbeat import Heartbeat
from quotidian.telemetry.metrics import EngineMetrics

_LOG = logging.getLogger(__name__)
_IDLE_SECONDS: Final = 0.1
_LONGEST_REST: Final = 60.0


class Engine:
    """The engine of open stores; `run` returns when `stopping` is set."""

    def __init__(
        self,
        stores: IngestStores,
        inboxes: Inboxes,
        task_queue: TaskQueue,
        heartbeat: Heartbeat,
        metrics: EngineMetrics,
    ) -> None:
        self._stores = stores
        self._inboxes = inboxes
        self._task_queue = task_queue
        self._heartbeat = heartbeat
        self._metrics = metrics
        self._staging = Staging(stores.events)
        self._pace = Pace()
        self._live_days = LiveDays()
        self._live_failed = Failed()
        self._seconds = 0.0
        self._is_amid_live_days = False
        self._job: Job | None = None
        self._work: Work | None = None
        self._failed = Failed()
        self._failures = Failures(stores.folder.series)
        self._postponed = Postponed()
        self._drainers = deque(
            Drainer(stores, self._staging, each, self._failures, self._take_in) for each in inboxes.all
        )
        self._background = [Repeated(each, self, self._failures, self._staging.forget) for each in BACKGROUND]
        # Days are out of date that no live event changed, or sends may have to be purged.
        self._is_left_over = False
        self._left_over_rest = Rest(_LONGEST_REST)
        self._thread = 0
        # A range may be large: each of its statements is a sign of life.
        stores.events.before_each = self._beat
        before_each_statement(stores.series, self._beat)

    def run(self, stopping: Event) -> None:
        """Do the background work, row by row, until told to stop."""
        self._thread = get_ident()
        try:
            while not stopping.is_set():
                self._heartbeat.beat()
                busy = [each.run() for each in self._background]
                if not any(busy):
                    stopping.wait(_IDLE_SECONDS)
        finally:
            if self._work:
                # It may have threads that use the event store.
                self._work.close()
                self._end(None)

    def _beat(self) -> None:
        # Statements of other threads do not say that the loop goes on.
        if get_ident() == self._thread:
            self._heartbeat.beat()

    def _bring_back(self) -> bool:
        # The version that starts now may have mended what was in the way.
        if number := sum(each.bring_back() for each in self._inboxes.all):
            _LOG.info("Deliveries that were set aside are tried again: %d", number)
        return False

    def _shrink(self) -> bool:
        return self._inboxes.own.shrink()

    def _tidy(self) -> bool:
        self._stores.events.tidy()
        return False

    def _drain(self) -> bool:
        # Most of what comes while days are computed waits for the next time in any case.
        may_wait = bool(self._live_days.taken)
        # A batch of one inbox a call, in turn.
        self._drainers.rotate()
        return any(each.drain(may_wait=may_wait) for each in self._drainers)

    def _take_in(self, drained: Drained, report: LoadReport) -> None:
        self._count(report)
        self._stores.changes.note_live()
        self._live_days.add(drained)
        self._heartbeat.state.unpublished_since = self._live_days.since

    def _count(self, report: LoadReport) -> None:
        total = report.total
        self._metrics.add(stored=total.new, duplicate=total.duplicate, dead=total.dead, skipped=total.skipped)

    def _roll_up_live_days(self) -> bool:
        """Compute one range of the days that live events changed."""
        # If they fail, they rest, and a job goes on meanwhile.
        self._is_amid_live_days = False
        if not self._live_days.taken:
            if not self._live_days.waits or not self._pace.is_due:
                return False
            self._live_days.take(self._stores, self._postponed.without)
            self._live_failed = Failed()
            self._seconds = 0.0
        started = time.monotonic()
        if self._live_days.taken:
            self._compute_live_days()
        self._is_amid_live_days = bool(self._live_days.taken)
        self._seconds += time.monotonic() - started
        if not self._live_days.taken:
            self._pace.spent(self._seconds)
            self._metrics.rollup_seconds.observe(self._seconds)
            self._heartbeat.state.rolled_up_at = time.time()
            self._heartbeat.state.unpublished_since = self._live_days.since
        return True

    def _compute_live_days(self) -> None:
        wanted = self._live_days.taken[-1]
        try:
            roll_up_range(self._stores, wanted)
            self._postponed.worked(wanted)
        except Exception as error:
            if chunks := self._live_failed.add(wanted, error):
                self._live_days.retake(chunks)
                return
            self._postpone(self._live_failed.found[-1:])
        self._live_days.done()

    def _postpone(self, failed: list[tuple[Range, Exception]]) -> None:
        for each, error in failed:
            self._postponed.add(each)
            self._failures.tell(f"{each}, and is tried again", error)

    def _get_on(self) -> bool:
        """Get on with the job in hand, or begin the next one: a command's, else what is left over."""
        if self._is_amid_live_days and self._heartbeat.state.step == COMPUTING:
            # A piece of what a job computes takes seconds, and each family of the live days would wait for one.
            return False
        if self._work is None:
            self._job = self._task_queue.next()
            task = self._job.task if self._job else self._take_left_over()
            if task is None:
                return False
            self._heartbeat.state.begin(type(task).__name__, task.workspace if isinstance(task, Ingest) else "")
            self._failed = Failed()
            self._work = perform(self._stores, task, self._failed)
        try:
            self._tell(next(self._work))
        except StopIteration as end:
            self._end(end.value)
        except Exception as error:
            self._fail(error)
        else:
            if self._job and not self._job.is_wanted:
                _LOG.info("The command that wanted a job has gone; what was done of it stays")
                self._work.close()
                self._end(None)
        return True

    def _fail(self, error: Exception) -> None:
        if self._job is None:
            # Only what is left over rests: a command's job may come meanwhile.
            self._left_over_rest.failed()
            self._failures.tell("What was left over cannot be computed, and is tried again", error)
            self._end(None)
            return
        status = error.status if isinstance(error, UserError) else 1
        if status == 1:
            self._failures.tell("A job failed", error)
        self._end(Failure(str(error) if status > 1 else f"the engine could not do it: {one_line(error)}", status))

    def _look(self) -> bool:
        """Look for days that are out of date though no live event changed them: after a crash, or an import."""
        if self._work or self._is_left_over:
            return False
        dirty = pending(self._stores)
        self._postponed.keep(dirty)
        self._is_left_over = is_left_over(self._stores) or not all(
            map(self._live_days.covers, map(self._postponed.without, dirty))
        )
        return False

    def _purge(self) -> bool:
        # A rollup purges old sends, also when no day is out of date.
        self._is_left_over = True
        return False

    def _begin_days(self) -> bool:
        return begin_days(self._stores)

    def _take_left_over(self) -> Task | None:
        if not self._is_left_over or not self._left_over_rest.is_due:
            return None
        self._is_left_over = False
        return RollUp()

    def _tell(self, update: Update) -> None:
        state = self._heartbeat.state
        state.step, state.done, state.total = update.label, update.done, update.total
        self._heartbeat.beat()
        if self._job:
            self._job.reply(update)

    def _end(self, reply: Outcome | Failure | None) -> None:
        if isinstance(reply, Outcome):
            self._count(reply.report)
            self._left_over_rest.worked()
        self._postpone(self._failed.found)
        if self._job:
            if reply:
                self._job.reply(reply)
            self._job.close()
        self._job = self._work = None
        self._heartbeat.state.begin("")


BACKGROUND: Final[tuple[Background[Engine], ...]] = (
    Background("trying again what was set aside", Engine._bring_back, every=ONCE),
    Background("taking over live events", Engine._drain),
    Background("computing their days", Engine._roll_up_live_days),
    Background("shrinking the inbox", Engine._shrink),
    Background("tidying the event store", Engine._tidy, every=timedelta(minutes=1), waits_first=True),
    Background("looking for days that are out of date", Engine._look, every=timedelta(seconds=1)),
    Background("publishing days that begin", Engine._begin_days, every=timedelta(seconds=10)),
    Background("purging old sends", Engine._purge, every=timedelta(hours=1)),
    Background("getting on with a job", Engine._get_on),
)
"""All that the engine does, in this order. `every` is how often at most; without it, on each turn of the loop."""
