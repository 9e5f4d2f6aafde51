"""Draining: deliveries go from an inbox into the event store. One that the store refuses does not hold up the others.

If a batch of deliveries fails, smaller batches are tried, down to single deliveries. A single delivery that fails is
passed over and tried again alone, after longer and longer rests. It is set aside after several failures while others
succeeded. A passing failure sets nothing aside: a full disk stops all, too little memory makes the batches smaller.
"""

import logging
from collections.abc import Callable
from typing import Final

from quotidian.domain.days import now_micros
from quotidian.engine.retrying import Failures, Rest
from quotidian.inbox.drain import BATCH_BYTES, Drained, take_over
from quotidian.inbox.store import MOST_DELIVERIES, Inbox
from quotidian.ingest.report import LoadReport
from quotidian.ingest.staging import Staging
from quotidian.store.passing import can_pass, is_memory, one_line
from quotidian.store.stores import Stores

_LOG = logging.getLogger(__name__)
_TRIES: Final = 3
_LONGEST_REST: Final = 300.0
_GATHER_MICROS: Final = 300_000
_LONG_GATHER_MICROS: Final = 1_000_000
_GATHER_BYTES: Final = 4 << 20


class _Refused:
    """A delivery that failed alone, and how often it did while others were stored."""

    def __init__(self) -> None:
        self.times = 0
        self.rest = Rest(_LONGEST_REST)


class Drainer:
    """Drains an inbox, a batch a call. `notify` is told what was taken over."""

    def __init__(
        self,
        stores: Stores,
        staging: Staging,
        inbox: Inbox,
        failures: Failures,
        notify: Callable[[Drained, LoadReport], None],
    ) -> None:
        self._stores = stores
        self._staging = staging
        self._inbox = inbox
        self._failures = failures
        self._notify = notify
        self._most = MOST_DELIVERIES
        self._passed = 0
        # By a delivery's id: how many batches had been stored when it failed first.
        self._suspected: dict[int, int] = {}
        self._refused: dict[int, _Refused] = {}

    def drain(self, *, may_wait: bool) -> bool:
        """Take over a batch; returns whether there was any delivery to try. Raises failures that pass by themselves.

        If it `may_wait`, small ones grow more.
        """
        ids = self._next() if self._is_due(_LONG_GATHER_MICROS if may_wait else _GATHER_MICROS) else []
        if not ids:
            return False
        report = LoadReport()
        try:
            drained = take_over(self._stores, self._staging, self._inbox, self._inbox.read(ids), report)
        except Exception as error:
            self._staging.forget()
            if can_pass(error) and not is_memory(error):
                raise
            self._fail(ids, error)
            return True
        self._pass(ids)
        if drained:
            self._notify(drained, report)
        return True

    def _is_due(self, gather_micros: int) -> bool:
        """Whether enough waits: a batch costs about the same whatever its size, so small ones may grow a little."""
        depth = self._inbox.depth()
        if depth.oldest is None:
            return False
        # A clock may have been set back since then, or be another node's.
        return depth.bytes >= _GATHER_BYTES or not 0 <= now_micros() - depth.oldest < gather_micros

    def _next(self) -> list[int]:
        for each, refused in self._refused.items():
            if refused.rest.is_due:
                return [each]
        return self._inbox.oldest(BATCH_BYTES, self._most, without=self._refused)

    def _pass(self, ids: list[int]) -> None:
        self._passed += 1
        self._most = min(2 * self._most, MOST_DELIVERIES)
        for each in ids:
            self._suspected.pop(each, None)
            self._refused.pop(each, None)

    def _fail(self, ids: list[int], error: Exception) -> None:
        for each in ids:
            self._suspected.setdefault(each, self._passed)
        if len(ids) > 1:
            self._most = len(ids) // 2
            self._failures.tell("Deliveries cannot be taken over together, and fewer are tried", error)
            return
        (single,) = ids
        self._failures.tell(f"Delivery {single} cannot be taken over, and is passed over for a while", error)
        refused = self._refused.setdefault(single, _Refused())
        refused.rest.failed()
        if self._suspected[single] < self._passed:
            # Others were stored meanwhile: the delivery is at fault, not the store.
            refused.times += not can_pass(error)
            if refused.times >= _TRIES:
                self._set_aside(single, error)
        elif len(self._refused) > 1:
            # Nothing can be stored any more: raised, so that the next try waits.
            raise error

    def _set_aside(self, delivery_id: int, error: Exception) -> None:
        self._inbox.set_aside(delivery_id, one_line(error))
        _LOG.error("Delivery %d is set aside until the engine starts again: %s", delivery_id, one_line(error))
        del self._refused[delivery_id], self._suspected[delivery_id]
