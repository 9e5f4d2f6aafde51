"""Around the application: every request gets a number, is counted, and is logged."""

import logging
import secrets
import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quotidian.logs import REQUEST_ID
from quotidian.metrics import ApiMetrics

_LOG = logging.getLogger("quotidian.requests")
_OTHER: Final = "other"
ENDPOINT: Final = "quotidian.endpoint"
"""Where a request's scope says which endpoint it is for: what a client made up is neither counted nor logged."""


class Observed:
    """An ASGI application around another."""

    def __init__(self, app: ASGIApp, metrics: ApiMetrics, *, log_requests: bool) -> None:
        self._app = app
        self._metrics = metrics
        self._log_requests = log_requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, request_id = time.perf_counter(), 0, secrets.token_hex(8)
        REQUEST_ID.set(request_id)

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            # Answered and logged already, by the application's own handler.
            if not status:
                raise
        finally:
            self._observe(scope, status or 500, time.perf_counter() - started)

    def _observe(self, scope: Scope, status: int, seconds: float) -> None:
        endpoint, method = scope.get(ENDPOINT, _OTHER), scope["method"]
        self._metrics.observe(endpoint, method, status, seconds)
        if self._log_requests:
            _LOG.info(
                "%s %s %d",
                method,
                endpoint,
                status,
                extra={"endpoint": endpoint, "status": status, "milliseconds": round(seconds * 1000, 3)},
            )
