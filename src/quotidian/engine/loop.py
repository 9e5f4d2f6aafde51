"""What the engine does, step by step: take over deliveries, bring their days up to date, and get on with a job.

Steps are short (a bounded piece of a load, a range of days), so that live events never wait for more than one of them.
"""

import logging
import time
from threading import Event
from typing import Final

from sqlalchemy.exc import DatabaseError

from quotidian.days import now_micros
from quotidian.engine.desk import Desk, Job
from quotidian.engine.fresh import Fresh
from quotidian.engine.pace import Pace
from quotidian.engine.state import Heart
from quotidian.engine.tasks import Outcome, RollUp, Task, Update, Work, perform
from quotidian.engine.wire import Failure
from quotidian.errors import QuotidianError, UserError
from quotidian.events.report import LoadReport
from quotidian.events.staging import Staging
from quotidian.events.statements import StatementFailed
from quotidian.inbox.drain import drain
from quotidian.inbox.store import Inbox
from quotidian.metrics import EngineMetrics
from quotidian.rollups.engine import pending, roll_up_range
from quotidian.stores import Stores

_LOG = logging.getLogger(__name__)
_IDLE_SECONDS: Final = 0.1
_LOOK_SECONDS: Final = 1.0
_PURGE_SECONDS: Final = 3_600.0
_TIDY_SECONDS: Final = 60.0
_GATHER_MICROS: Final = 300_000
_GATHER_BYTES: Final = 4 << 20
_LONGEST_REST: Final = 10.0

_CAN_PASS = (StatementFailed, DatabaseError, OSError, UserError)
"""What a full disk and the like raise: the same step can succeed later."""


class Engine:
    """The engine of open stores; `run` returns when `stopping` is set."""

    def __init__(self, stores: Stores, inbox: Inbox, desk: Desk, heart: Heart, metrics: EngineMetrics) -> None:
        self._stores = stores
        self._inbox = inbox
        self._desk = desk
        self._heart = heart
        self._metrics = metrics
        self._staging = Staging(stores.events)
        self._pace = Pace()
        self._fresh = Fresh()
        self._seconds = 0.0
        self._job: Job | None = None
        self._work: Work | None = None
        self._looked_at = 0.0
        self._purged_at = 0.0
        self._tidied_at = time.monotonic()

    def run(self, stopping: Event) -> None:
        """Take steps until told to stop. What fails is tried again, after rests that become longer."""
        rest = 0.0
        while not stopping.is_set():
            self._heart.beat()
            try:
                busy = self._step()
                rest = 0.0
            except _CAN_PASS as error:
                rest = min(max(2 * rest, _LOOK_SECONDS), _LONGEST_REST)
                _LOG.error("A step failed, and is tried again in %d s: %s", rest, _one_line(error))
                self._staging.forget()
                stopping.wait(rest)
                continue
            if not busy:
                stopping.wait(_IDLE_SECONDS)

    def _step(self) -> bool:
        """Do a little of everything that there is to do; returns whether there was anything."""
        drained = self._drain()
        rolled_up = self._roll_up_fresh()
        self._tidy()
        return self._get_on() or drained or rolled_up

    def _tidy(self) -> None:
        if time.monotonic() - self._tidied_at > _TIDY_SECONDS:
            self._tidied_at = time.monotonic()
            self._stores.events.tidy()

    def _drain(self) -> bool:
        depth = self._inbox.depth()
        # A batch costs much the same whatever its size, so that small ones are left to grow a little.
        if depth.oldest is None or (depth.bytes < _GATHER_BYTES and now_micros() - depth.oldest < _GATHER_MICROS):
            return False
        report = LoadReport()
        drained = drain(self._stores, self._staging, self._inbox, report)
        if drained is None:
            return False
        self._metrics.add(report)
        self._fresh.add(drained)
        self._heart.state.unpublished_since = self._fresh.since
        return True

    def _roll_up_fresh(self) -> bool:
        """Compute one range of the days that live events changed."""
        if not self._fresh.taken:
            if not self._fresh.waits or not self._pace.is_due:
                return False
            self._fresh.take(self._stores)
            self._seconds = 0.0
        started = time.monotonic()
        roll_up_range(self._stores, self._fresh.taken[-1])
        self._fresh.done()
        self._seconds += time.monotonic() - started
        if not self._fresh.taken:
            self._pace.spent(self._seconds)
            self._metrics.rollup_seconds.observe(self._seconds)
            self._heart.state.rolled_up_at = time.time()
            self._heart.state.unpublished_since = self._fresh.since
        return True

    def _get_on(self) -> bool:
        """Take a step of the job in hand, or begin the next one."""
        if self._work is None:
            self._job = self._desk.next()
            task = self._job.task if self._job else self._left_over()
            if task is None:
                return False
            self._heart.state.busy_with = type(task).__name__
            self._work = perform(self._stores, self._staging, task, self._tell)
        try:
            self._tell(next(self._work))
        except StopIteration as end:
            self._end(end.value)
        except Exception as error:
            self._staging.forget()
            if self._job is None:
                self._end(None)
                raise
            self._end(_failure(error))
        else:
            if self._job and not self._job.is_wanted:
                _LOG.info("The command that wanted a job has gone; what was done of it is kept")
                self._work.close()
                self._end(None)
        return True

    def _left_over(self) -> Task | None:
        """What is dirty though no live event made it so, after a crash or an import; or sends that are to be purged."""
        now = time.monotonic()
        if now - self._looked_at < _LOOK_SECONDS:
            return None
        self._looked_at = now
        is_left = not all(map(self._fresh.covers, pending(self._stores)))
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
            self._metrics.add(reply.report)
        if self._job:
            if reply:
                self._job.reply(reply)
            self._job.close()
        self._job = self._work = None
        self._heart.state.busy_with = ""


def _failure(error: Exception) -> Failure:
    if isinstance(error, UserError):
        return Failure(str(error), error.status)
    if not isinstance(error, QuotidianError | DatabaseError | OSError):
        _LOG.error("A job failed", exc_info=error)
    return Failure(f"the engine could not do it: {_one_line(error)}", 1)


def _one_line(error: Exception) -> str:
    return str(getattr(error, "orig", error)).partition("\n")[0][:500]
