"""What the engine does, step by step: take over deliveries, bring their days up to date, and get on with a job.

Steps are short (a bounded piece of a load, a range of days), so that live events never wait for more than one of them.
What a step raises hinders no other: retrying.py, draining.py, postponed.py.
"""

import logging
import time
from threading import Event
from typing import Final

from quotidian.domain.days import now_micros
from quotidian.domain.errors import UserError
from quotidian.engine.draining import Drainer
from quotidian.engine.live_days import Fresh
from quotidian.engine.pace import Pace
from quotidian.engine.postponed import Postponed
from quotidian.engine.protocol import Failure
from quotidian.engine.retrying import Failures, Rest, Step
from quotidian.engine.task_queue import Desk, Job
from quotidian.engine.tasks import Outcome, RollUp, Task, Update, Work, perform
from quotidian.inbox.drain import Drained
from quotidian.inbox.store import Inbox
from quotidian.ingest.report import LoadReport
from quotidian.ingest.staging import Staging
from quotidian.ingest.stores import IngestStores
from quotidian.series.rollup import Failed, Range, has_pending_listings, pending, roll_up_range
from quotidian.store.passing import one_line
from quotidian.telemetry.heartbeat import Heart
from quotidian.telemetry.metrics import EngineMetrics

_LOG = logging.getLogger(__name__)
_IDLE_SECONDS: Final = 0.1
_LOOK_SECONDS: Final = 1.0
_PURGE_SECONDS: Final = 3_600.0
_TIDY_SECONDS: Final = 60.0
_GATHER_MICROS: Final = 300_000
_GATHER_BYTES: Final = 4 << 20
_LONGEST_REST: Final = 60.0


class Engine:
    """The engine of open stores; `run` returns when `stopping` is set."""

    def __init__(self, stores: IngestStores, inbox: Inbox, desk: Desk, heart: Heart, metrics: EngineMetrics) -> None:
        self._stores = stores
        self._inbox = inbox
        self._desk = desk
        self._heart = heart
        self._metrics = metrics
        self._staging = Staging(stores.events)
        self._pace = Pace()
        self._fresh = Fresh()
        self._fresh_failed = Failed()
        self._seconds = 0.0
        self._job: Job | None = None
        self._work: Work | None = None
        self._failed = Failed()
        self._failures = Failures()
        self._postponed = Postponed()
        self._drainer = Drainer(stores, self._staging, inbox, self._failures, self._take_in)
        self._is_brought_back = False
        self._left_over_rest = Rest(_LONGEST_REST)
        self._looked_at = 0.0
        self._purged_at = 0.0
        self._tidied_at = time.monotonic()

    def run(self, stopping: Event) -> None:
        """Take steps until told to stop: a little of everything that there is to do."""
        steps = [
            Step(name, do, self._failures, self._staging.forget)
            for name, do in (
                ("trying again what was set aside", self._bring_back),
                ("taking over live events", self._drain),
                ("computing their days", self._roll_up_fresh),
                ("shrinking the inbox", self._inbox.shrink),
                ("tidying the event store", self._tidy),
                ("getting on with a job", self._get_on),
            )
        ]
        while not stopping.is_set():
            self._heart.beat()
            busy = [step.take() for step in steps]
            if not any(busy):
                stopping.wait(_IDLE_SECONDS)

    def _bring_back(self) -> bool:
        """Once: whatever was in the way may be mended in the version that starts now."""
        if not self._is_brought_back:
            if number := self._inbox.bring_back():
                _LOG.info("Deliveries that were set aside are tried again: %d", number)
            self._is_brought_back = True
        return False

    def _tidy(self) -> bool:
        if time.monotonic() - self._tidied_at > _TIDY_SECONDS:
            self._tidied_at = time.monotonic()
            self._stores.events.tidy()
        return False

    def _drain(self) -> bool:
        depth = self._inbox.depth()
        # A batch costs much the same whatever its size, so that small ones are left to grow a little.
        if depth.oldest is None:
            return False
        # The clock may have been set back since then.
        if depth.bytes < _GATHER_BYTES and 0 <= now_micros() - depth.oldest < _GATHER_MICROS:
            return False
        return self._drainer.step()

    def _take_in(self, drained: Drained, report: LoadReport) -> None:
        self._count(report)
        self._fresh.add(drained)
        self._heart.state.unpublished_since = self._fresh.since

    def _count(self, report: LoadReport) -> None:
        total = report.total
        self._metrics.add(stored=total.new, duplicate=total.known, dead=total.dead, skipped=total.skipped)

    def _roll_up_fresh(self) -> bool:
        """Compute one range of the days that live events changed."""
        if not self._fresh.taken:
            if not self._fresh.waits or not self._pace.is_due:
                return False
            self._fresh.take(self._stores, self._postponed.without)
            self._fresh_failed = Failed()
            self._seconds = 0.0
        started = time.monotonic()
        if self._fresh.taken:
            self._compute_fresh()
        self._seconds += time.monotonic() - started
        if not self._fresh.taken:
            self._pace.spent(self._seconds)
            self._metrics.rollup_seconds.observe(self._seconds)
            self._heart.state.rolled_up_at = time.time()
            self._heart.state.unpublished_since = self._fresh.since
        return True

    def _compute_fresh(self) -> None:
        wanted = self._fresh.taken[-1]
        try:
            roll_up_range(self._stores, wanted)
            self._postponed.worked(wanted)
        except Exception as error:
            if parts := self._fresh_failed.add(wanted, error):
                self._fresh.retake(parts)
                return
            self._postpone(self._fresh_failed.found[-1:])
        self._fresh.done()

    def _postpone(self, failed: list[tuple[Range, Exception]]) -> None:
        for each, error in failed:
            self._postponed.add(each)
            self._failures.tell(f"{each}, and is tried again", error)

    def _get_on(self) -> bool:
        """Take a step of the job in hand, or begin the next one."""
        if self._work is None:
            self._job = self._desk.next()
            task = self._job.task if self._job else self._left_over()
            if task is None:
                return False
            self._heart.state.busy_with = type(task).__name__
            self._failed = Failed()
            self._work = perform(self._stores, self._staging, task, self._tell, self._failed)
        try:
            self._tell(next(self._work))
        except StopIteration as end:
            self._end(end.value)
        except Exception as error:
            self._staging.forget()
            self._fail(error)
        else:
            if self._job and not self._job.is_wanted:
                _LOG.info("The command that wanted a job has gone; what was done of it is kept")
                self._work.close()
                self._end(None)
        return True

    def _fail(self, error: Exception) -> None:
        if self._job is None:
            # Not the whole step rests: a command's job may come meanwhile.
            self._left_over_rest.failed()
            self._failures.tell("What was left over cannot be computed, and is tried again", error)
            self._end(None)
            return
        status = error.status if isinstance(error, UserError) else 1
        if status == 1:
            self._failures.tell("A job failed", error)
        self._end(Failure(str(error) if status > 1 else f"the engine could not do it: {one_line(error)}", status))

    def _left_over(self) -> Task | None:
        """What is dirty though no live event made it so, after a crash or an import; or sends that are to be purged."""
        now = time.monotonic()
        if now - self._looked_at < _LOOK_SECONDS or not self._left_over_rest.is_due:
            return None
        self._looked_at = now
        dirty = pending(self._stores)
        self._postponed.keep(dirty)
        is_left = has_pending_listings(self._stores) or not all(
            map(self._fresh.covers, map(self._postponed.without, dirty))
        )
        if not is_left and now - self._purged_at < _PURGE_SECONDS:
            return None
        self._purged_at = now
        return RollUp()

    def _tell(self, update: Update) -> None:
        self._heart.beat()
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
        self._heart.state.busy_with = ""
