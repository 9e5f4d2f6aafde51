"""The ASGI application: every request of the API passes through here, in the order of semantics.md §8.

Path, method, key, permission, rate limit, parameters. Path and method are the router's; the rest is `_serve`.
Handlers read a local store for well under a millisecond, so they do it in the event loop: a thread would cost more.
"""

import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from openapi_ui_bundles import swagger_ui
from sqlalchemy import Engine, text
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from quotidian.api.endpoints import ENDPOINTS, Endpoint
from quotidian.api.limits import Allowance, RateLimiter
from quotidian.api.openapi import document
from quotidian.api.parameters import read_parameters
from quotidian.api.request import Headed, Request
from quotidian.errors import (
    ApiError,
    BodyTooLarge,
    Forbidden,
    MethodNotAllowed,
    NotFound,
    TooManyRequests,
    Unauthorized,
)
from quotidian.keys import Key, find_key
from quotidian.settings import Settings

_LOG = logging.getLogger("quotidian.api")
_DOCS_PAGE = Path(__file__).with_name("docs.html")

Handler = Callable[[HttpRequest], Awaitable[Response]]


def make_app(engine: Engine, settings: Settings, limiter: RateLimiter) -> Starlette:
    """An application over a series store."""
    api = _Api(engine, settings, limiter)
    openapi = msgspec.json.encode(document(ENDPOINTS))

    async def serve_openapi(_: HttpRequest) -> Response:
        return Response(openapi, media_type="application/json")

    async def serve_docs(_: HttpRequest) -> Response:
        return FileResponse(_DOCS_PAGE)

    routes: list[Route | Mount] = [
        Route(path, api.handler(endpoint)) for endpoint in ENDPOINTS for path in (endpoint.path, *endpoint.aliases)
    ]
    routes += [
        Route("/health", api.health),
        Route("/ready", api.ready),
        Route("/openapi.json", serve_openapi),
        Route("/docs", serve_docs),
        Mount("/docs/assets", StaticFiles(directory=swagger_ui.static_path)),
    ]
    handlers = {ApiError: api.on_api_error, HTTPException: api.on_http_error, Exception: api.on_crash}
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False
    return app


class _Api:
    def __init__(self, engine: Engine, settings: Settings, limiter: RateLimiter) -> None:
        self._engine = engine
        self._settings = settings
        self._limiter = limiter

    def handler(self, endpoint: Endpoint) -> Handler:
        """What answers an endpoint's requests."""

        async def handle(http: HttpRequest) -> Response:
            return self._serve(endpoint, http)

        return handle

    def _serve(self, endpoint: Endpoint, http: HttpRequest) -> Response:
        limit = self._limiter.named(endpoint.limit)
        # Known to the error handlers from the start, so that every answer says what is left.
        http.state.allowance = self._limiter.look(limit, None)
        with self._engine.connect() as connection:
            key = find_key(connection, _bearer(http))
            if key is None:
                raise Unauthorized("Invalid API Key")
            if endpoint.permission not in key.permissions:
                http.state.allowance = self._limiter.look(limit, key.workspace)
                raise Forbidden(_forbidden(endpoint, key))
            allowance = http.state.allowance = self._limiter.count(limit, key.workspace)
            if allowance.is_exceeded:
                raise TooManyRequests(_too_many(allowance))
            _check_body(http, self._settings.body_limit_bytes)
            values = read_parameters(endpoint.parameters, http.query_params.multi_items(), key.workspace)
            answer = endpoint.answer(Request(connection, key.workspace, self._settings, values, str(http.url)))
        body, headers = (answer.body, answer.headers) if isinstance(answer, Headed) else (answer, {})
        response = self._answer(http, 200, b'{"message":"success",%s' % body)
        response.headers.update(headers)
        return response

    async def health(self, _: HttpRequest) -> Response:
        """Whether the process is up."""
        return _json(200, b'{"message":"success"}')

    async def ready(self, _: HttpRequest) -> Response:
        """Whether the stores answer."""
        with self._engine.connect() as connection:
            connection.execute(text("SELECT schema_version FROM meta")).scalar_one()
        return _json(200, b'{"message":"success"}')

    async def on_api_error(self, http: HttpRequest, error: Exception) -> Response:
        """An error of ours: its message is the answer."""
        if not isinstance(error, ApiError):
            raise error
        return self._answer(http, error.status, msgspec.json.encode({"message": error.message}))

    async def on_http_error(self, http: HttpRequest, error: Exception) -> Response:
        """What the router raises: no such path, or not for this method."""
        if not isinstance(error, HTTPException):
            raise error
        path, method = http.url.path, http.method
        known: dict[int, ApiError] = {
            404: NotFound(f"There is nothing at {path}; /docs lists what there is"),
            405: MethodNotAllowed(
                f"{path} cannot be asked with {method}; use {(error.headers or {}).get('Allow', 'GET')}"
            ),
        }
        response = await self.on_api_error(http, known.get(error.status_code) or NotFound(error.detail))
        response.status_code = error.status_code
        response.headers.update(error.headers or {})
        return response

    async def on_crash(self, http: HttpRequest, error: Exception) -> Response:
        """Whatever else went wrong: the log has the traceback, the answer only a number to find it by."""
        number = secrets.token_hex(4)
        _LOG.error("Internal error %s at %s", number, http.url.path, exc_info=error)
        message = f"Internal error {number}; the server's log says more under this number"
        return self._answer(http, 500, msgspec.json.encode({"message": message}))

    def _answer(self, http: HttpRequest, status: int, body: bytes) -> Response:
        response = _json(status, body)
        allowance: Allowance = getattr(http.state, "allowance", None) or self._limiter.look(self._limiter.hourly, None)
        if allowance.limit.requests:
            response.headers.update(allowance.headers())
            if status == TooManyRequests.status:
                response.headers["Retry-After"] = str(max(1, allowance.seconds_left))
        return response


def _json(status: int, body: bytes) -> Response:
    return Response(body, status, media_type="application/json")


def _bearer(http: HttpRequest) -> str:
    scheme, _, key = http.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _forbidden(endpoint: Endpoint, key: Key) -> str:
    held = ", ".join(sorted(key.permissions)) or "none"
    return f"This key lacks the permission {endpoint.permission!r}; it has: {held}"


def _too_many(allowance: Allowance) -> str:
    limit = allowance.limit
    used_up = f"The limit of {limit.requests} requests in {limit.window_seconds} seconds is used up"
    return f"{used_up}; try again in {allowance.seconds_left} seconds"


def _check_body(http: HttpRequest, limit: int) -> None:
    """A GET's body is not read; one that claims to be huge is refused."""
    length = http.headers.get("content-length", "0")
    if not re.fullmatch("[0-9]{1,18}", length) or int(length) > limit:
        raise BodyTooLarge(f"The body has {length} bytes; at most {limit} are accepted")
