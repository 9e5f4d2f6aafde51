"""Around the application: every request gets a number, is counted, and is logged; every answer gets what all have.

Counting and logging happen a few times a second, for all requests since the last time: one by one they would cost more
than most answers do.
"""

import secrets
import time
from collections import defaultdict, deque
from collections.abc import Awaitable
from itertools import count
from threading import Event, Lock, Thread
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quotidian.api.head import read_head
from quotidian.telemetry.logs import REQUEST_ID, Request, log_requests
from quotidian.telemetry.metrics import ApiMetrics

_FLUSH_SECONDS: Final = 0.25
_OTHER: Final = "other"
_NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")
_CLOSING: Final = (b"connection", b"close")

# Where what is left of a body would stand before the next request.
_CLOSABLE: Final = ("1", "1.0", "1.1")

# Each method becomes a label of a metric, for good, and a client may make up any number of them.
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})

# Far more than come between two flushes.
_MOST_WAITING: Final = 100_000

ENDPOINT: Final = "quotidian.endpoint"
"""Where a request's scope says which endpoint it is for: what a client made up is neither counted nor logged."""


class Observations:
    """Requests that were answered, on their way to the metrics and the log."""

    def __init__(self, metrics: ApiMetrics, *, is_logged: bool) -> None:
        self._metrics = metrics
        self._is_logged = is_logged
        self._waiting: deque[Request] = deque(maxlen=_MOST_WAITING)
        self._flushing = Lock()
        self._ended = Event()
        self._thread = Thread(target=self._run, name="observations", daemon=True)
        self._thread.start()

    def add(self, request: Request) -> None:
        """Note a request."""
        self._waiting.append(request)

    def flush(self) -> None:
        """Count and log what was noted."""
        # One thread at a time: of two that count what waits, one would find less.
        with self._flushing:
            requests = [self._waiting.popleft() for _ in range(len(self._waiting))]
        seconds: dict[tuple[str, str, int], list[float]] = defaultdict(list)
        for request in requests:
            seconds[request.endpoint, request.method, request.status].append(request.seconds)
        for outcome, each in seconds.items():
            self._metrics.observe(*outcome, each)
        if requests and self._is_logged:
            log_requests(requests)

    def close(self) -> None:
        """Count and log the last ones."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(_FLUSH_SECONDS):
            self.flush()
        self.flush()


class Observed:
    """An ASGI application around another."""

    def __init__(self, app: ASGIApp, observations: Observations) -> None:
        self._app = app
        self._observations = observations
        # Numbers that no other worker gives, nor this one after a restart.
        self._prefix = secrets.token_hex(4)
        self._numbers = count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, request_id = time.perf_counter(), 0, f"{self._prefix}{next(self._numbers):08x}"
        REQUEST_ID.set(request_id)
        body = _Body(receive) if read_head(scope).has_body else None

        # Not a coroutine of its own around another: it would take longer than all that it does.
        def sending(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] += ((b"x-request-id", request_id.encode()), _NO_SNIFFING)
                if body and not body.is_read and scope["http_version"] in _CLOSABLE:
                    message["headers"].append(_CLOSING)
            return send(message)

        try:
            await self._app(scope, body.receive if body else receive, sending)
        except Exception:
            # Answered and logged already, by the application's own handler.
            if not status:
                raise
        finally:
            seconds, endpoint = time.perf_counter() - started, scope.get(ENDPOINT, _OTHER)
            method = scope["method"] if scope["method"] in _METHODS else _OTHER
            self._observations.add(Request(time.time(), request_id, method, endpoint, status or 500, seconds))


class _Body:
    """The body of a request, and whether all of it was read."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.is_read = False

    async def receive(self) -> Message:
        """The next part."""
        message = await self._receive()
        self.is_read = not message.get("more_body", False)
        return message
