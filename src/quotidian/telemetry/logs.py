"""Logs: to standard error, as text at a terminal and else as a JSON object a line.

They hold no keys and no personal data: of a request its endpoint, not its query. A log that nobody reads must not stop
the server: lines wait in a queue for a thread that writes them, and are lost if the queue is full.
"""

import atexit
import logging
import sys
import time
from collections.abc import Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.handlers import QueueHandler, QueueListener
from queue import Full, Queue
from typing import Any, Final, NamedTuple

import msgspec
from pythonjsonlogger.msgspec import MsgspecFormatter

from quotidian.telemetry.visible import visible, visible_json

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
_REQUESTS: Final = logging.getLogger("quotidian.requests")
_ENCODER: Final = msgspec.json.Encoder()
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
        """Put a line into the queue; it is lost if the queue is full."""
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
        return _TextFormatter(_TEXT)
    return _JsonFormatter(list(_FIELDS), rename_fields=_FIELDS, timestamp="time")


class Request(NamedTuple):
    """A request that was answered; `time` in epoch seconds."""

    time: float
    request_id: str
    method: str
    endpoint: str
    status: int
    seconds: float

    @property
    def milliseconds(self) -> float:
        """How long it took, to the microsecond."""
        return round(self.seconds * 1000, 3)


class _Requests(logging.LogRecord):
    """Many requests in one record: each becomes a line, and none goes through all that `logging` does for a record."""

    requests: Sequence[Request]


def log_requests(requests: Sequence[Request]) -> None:
    """Log requests, a line each."""
    record = _Requests(_REQUESTS.name, logging.INFO, __file__, 0, "", None, None)
    record.requests = requests
    _REQUESTS.handle(record)


class _TextFormatter(logging.Formatter):
    """For terminals: control characters in what is logged are made visible."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The first line of a record."""
        return visible(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """The lines of a traceback."""
        return "\n".join(map(visible, super().formatException(ei).split("\n")))

    def format(self, record: logging.LogRecord) -> str:
        """The lines of a record."""
        if not isinstance(record, _Requests):
            return super().format(record)
        return "\n".join(
            visible(
                f"{datetime.fromtimestamp(each.time).isoformat(' ', 'milliseconds')} INFO {each.method} "
                f"{each.endpoint} {each.status} in {each.milliseconds} ms, request {each.request_id}"
            )
            for each in record.requests
        )


class _JsonFormatter(MsgspecFormatter):
    """For files and pipes, which end at a terminal too, as `docker logs` does."""

    def format(self, record: logging.LogRecord) -> str:
        """The lines of a record."""
        if not isinstance(record, _Requests):
            return visible_json(super().format(record))
        return _ENCODER.encode_lines([_line(each, record.process) for each in record.requests]).decode().rstrip()


class _Line(msgspec.Struct):
    """A request as a line of the log."""

    level: str
    logger: str
    message: str
    time: datetime
    process: int | None
    request_id: str
    method: str
    endpoint: str
    status: int
    milliseconds: float


def _line(request: Request, process: int | None) -> _Line:
    moment, request_id, method, endpoint, status, _ = request
    return _Line(
        "INFO",
        _REQUESTS.name,
        f"{method} {endpoint} {status}",
        datetime.fromtimestamp(moment, UTC),
        process,
        request_id,
        method,
        endpoint,
        status,
        request.milliseconds,
    )


def finish_logs() -> None:
    """Wait a moment for the last lines: before a process ends itself as if it were killed."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _Queue):
            _finish(handler.queue)


def _finish(waiting: Queue[logging.LogRecord]) -> None:
    """Wait a moment for the last lines to be written, no longer: nobody may be reading them."""
    end = time.monotonic() + _LAST_WORDS_SECONDS
    while not waiting.empty() and time.monotonic() < end:
        time.sleep(0.01)
