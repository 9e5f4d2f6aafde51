"""Around the application: every request gets a number, is counted, and is logged.

Counting and logging happen a few times a second, for all requests since the last time: one by one they would cost more
than most answers do.
"""

import secrets
import time
from collections import defaultdict, deque
from collections.abc import Awaitable
from itertools import count
from threading import Event, Thread
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quotidian.logs import REQUEST_ID, Request, log_requests
from quotidian.metrics import ApiMetrics

_FLUSH_SECONDS: Final = 0.25
_OTHER: Final = "other"
ENDPOINT: Final = "quotidian.endpoint"
"""Where a request's scope says which endpoint it is for: what a client made up is neither counted nor logged."""


class Observations:
    """Requests that were answered, on their way to the metrics and the log."""

    def __init__(self, metrics: ApiMetrics, *, is_logged: bool) -> None:
        self._metrics = metrics
        self._is_logged = is_logged
        self._waiting: deque[Request] = deque()
        self._ended = Event()
        self._thread = Thread(target=self._run, name="observations", daemon=True)
        self._thread.start()

    def add(self, request: Request) -> None:
        """Note a request."""
        self._waiting.append(request)

    def flush(self) -> None:
        """Count and log what was noted."""
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

        # Not a coroutine of its own around another: it would take longer than all that it does.
        def sending(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
            return send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            # Answered and logged already, by the application's own handler.
            if not status:
                raise
        finally:
            seconds, endpoint = time.perf_counter() - started, scope.get(ENDPOINT, _OTHER)
            self._observations.add(Request(time.time(), request_id, scope["method"], endpoint, status or 500, seconds))
