"""Group commit: requests that arrive at about the same time share one write to the disk."""

import logging
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from quotidian.domain.errors import Unavailable, UserError
from quotidian.inbox.delivery import Delivery
from quotidian.inbox.store import Inbox

_LOG = logging.getLogger(__name__)
_GROUP_BYTES: Final = 16 << 20

_Waiting = tuple[Delivery, Future[None]]


class InboxWriter:
    """A thread that writes the deliveries of a worker's requests."""

    def __init__(self, inbox: Inbox, most_bytes: int) -> None:
        self._inbox = inbox
        self._most_bytes = most_bytes
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="inbox writer", daemon=True)
        self._thread.start()

    def put(self, delivery: Delivery) -> Future[None]:
        """Done once the delivery is on disk; raises Unavailable if it cannot be stored now."""
        future: Future[None] = Future()
        # So that it cannot be cancelled: the delivery is written even if the client has gone.
        future.set_running_or_notify_cancel()
        self._queue.put((delivery, future))
        return future

    def close(self) -> None:
        """Write what is waiting, and end."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        open_ = True
        while open_:
            group, open_ = self._group()
            if group:
                self._write(group)

    def _group(self) -> tuple[list[_Waiting], bool]:
        """All deliveries that wait, at least one; and whether more may come."""
        group: list[_Waiting] = []
        size = 0
        try:
            while size < _GROUP_BYTES:
                waiting = self._queue.get(block=not group)
                if waiting is None:
                    return group, False
                group.append(waiting)
                size += len(waiting[0].events)
        except Empty:
            pass
        return group, True

    def _write(self, group: list[_Waiting]) -> None:
        try:
            stored = self._inbox.put([delivery for delivery, _ in group], self._most_bytes)
        except Exception as error:
            # Any error: the thread must go on, because every request of the worker waits for it.
            is_known = isinstance(error, SQLAlchemyError | UserError)
            _LOG.error(
                "The inbox cannot be written: %s", getattr(error, "orig", error), exc_info=None if is_known else error
            )
            for _, future in group:
                future.set_exception(Unavailable("The events cannot be stored at the moment; send them again"))
            return
        for (_, future), fits in zip(group, stored, strict=True):
            if fits:
                future.set_result(None)
            else:
                future.set_exception(Unavailable("The inbox is full; send the events again when it has drained"))
