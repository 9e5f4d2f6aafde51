"""Logs: to standard error, as text at a terminal and else as a JSON object a line.

They hold no keys and no personal data: of a request its endpoint, not its query. A log that nobody reads must not stop
the server: lines wait in a queue for a thread to write them, and are lost when the queue is full.
"""

import atexit
import logging
import sys
import time
from contextvars import ContextVar
from logging.handlers import QueueHandler, QueueListener
from queue import Full, Queue
from typing import Any, Final

from pythonjsonlogger.msgspec import MsgspecFormatter

REQUEST_ID: Final[ContextVar[str]] = ContextVar("request_id", default="")
"""The number of the request that is being answered; every line that is logged meanwhile has it."""

GRANIAN_LOGGERS: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"_granian": {"level": "WARNING", "propagate": True, "handlers": []}},
}
"""Has the HTTP server log like everything else."""

_TEXT: Final = "%(asctime)s %(levelname)s %(message)s"
_FIELDS: Final = {"levelname": "level", "name": "logger", "process": "process", "message": "message"}
_MOST_WAITING: Final = 10_000
_LAST_WORDS_SECONDS: Final = 0.5


class _Queue(QueueHandler):
    """Hands lines to the thread that writes them."""

    queue: Queue[logging.LogRecord]

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Add what only the thread that logs knows."""
        if request_id := REQUEST_ID.get():
            record.request_id = request_id
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        """Let a line wait its turn, or go."""
        try:
            self.queue.put_nowait(record)
        except Full:
            return


def set_up_logs() -> None:
    """Send what this process logs to standard error."""
    waiting: Queue[logging.LogRecord] = Queue(_MOST_WAITING)
    writing = logging.StreamHandler(sys.stderr)
    writing.setFormatter(_formatter())
    QueueListener(waiting, writing).start()
    atexit.register(_finish, waiting)
    logging.basicConfig(level=logging.INFO, handlers=[_Queue(waiting)], force=True)


def _formatter() -> logging.Formatter:
    if sys.stderr.isatty():
        return logging.Formatter(_TEXT)
    return MsgspecFormatter(list(_FIELDS), rename_fields=_FIELDS, timestamp="time")


def _finish(waiting: Queue[logging.LogRecord]) -> None:
    """Give the last lines a moment: whoever should read them may have gone."""
    end = time.monotonic() + _LAST_WORDS_SECONDS
    while not waiting.empty() and time.monotonic() < end:
        time.sleep(0.01)
