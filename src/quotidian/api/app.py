"""The ASGI application: every request of the API passes through here, in the order of semantics.md §8.

Path, method, key, permission, rate limit, parameters. Path and method are the router's; the rest is `_serve`.
Handlers read a local store for well under a millisecond, so they do it in the event loop: a thread would cost more.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from openapi_ui_bundles import swagger_ui
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Lifespan

from quotidian.api.answers import Answer, Remembering
from quotidian.api.bodies import BodyReader, check_length
from quotidian.api.endpoints import ENDPOINTS, INTAKE, WRITES, AnyEndpoint, Endpoint, IntakeEndpoint, WriteEndpoint
from quotidian.api.ingest import Post, foreign_groups
from quotidian.api.limits import Allowance
from quotidian.api.observed import ENDPOINT, Observed
from quotidian.api.openapi import document
from quotidian.api.parameters import read_parameters
from quotidian.api.request import Headed, Request
from quotidian.api.services import Services
from quotidian.engine.backlog import Backlog
from quotidian.errors import (
    ApiError,
    Forbidden,
    MethodNotAllowed,
    NotFound,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)
from quotidian.keys import Key, find_key
from quotidian.logs import REQUEST_ID
from quotidian.metrics import exposition
from quotidian.series.store import writing
from quotidian.workspaces import Workspace

_LOG = logging.getLogger("quotidian.api")
_DOCS_PAGE = Path(__file__).with_name("docs.html")

Handler = Callable[[HttpRequest], Awaitable[Response]]

# Larger bodies take longer to decode than others should wait.
_IN_LOOP_BYTES = 65_536


def make_app(services: Services, lifespan: Lifespan[Starlette] | None = None) -> ASGIApp:
    """An application over the stores of a data folder."""
    api = _Api(services)
    openapi = msgspec.json.encode(document(ENDPOINTS, (*INTAKE, *WRITES)))

    async def serve_openapi(_: HttpRequest) -> Response:
        return Response(openapi, media_type="application/json")

    async def serve_docs(_: HttpRequest) -> Response:
        return FileResponse(_DOCS_PAGE)

    routes: list[Route | Mount] = [
        Route(path, api.handler(endpoint)) for endpoint in ENDPOINTS for path in (endpoint.path, *endpoint.aliases)
    ]
    routes += [Route(endpoint.path, api.intake_handler(endpoint), methods=["POST"]) for endpoint in INTAKE]
    routes += [Route(endpoint.path, api.write_handler(endpoint), methods=["POST"]) for endpoint in WRITES]
    routes += [
        Route("/health", api.health),
        Route("/ready", api.ready),
        Route("/metrics", api.metrics),
        Route("/openapi.json", serve_openapi),
        Route("/docs", serve_docs),
        Mount("/docs/assets", StaticFiles(directory=swagger_ui.static_path)),
    ]
    handlers = {
        ApiError: api.on_api_error,
        HTTPException: api.on_http_error,
        OperationalError: api.on_store_error,
        Exception: api.on_crash,
    }
    app = Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan)
    app.router.redirect_slashes = False
    remembering = Remembering(app, services.answers, services.limiter)
    return Observed(remembering, services.observations)


class _Api:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._engine = services.series
        self._reads = services.reads
        self._settings = services.settings
        self._limiter = services.limiter
        self._bodies = BodyReader(services.settings)

    def handler(self, endpoint: Endpoint) -> Handler:
        """What answers an endpoint's requests."""

        async def handle(http: HttpRequest) -> Response:
            http.scope[ENDPOINT] = endpoint.path
            return self._serve(endpoint, http)

        return handle

    def _serve(self, endpoint: Endpoint, http: HttpRequest) -> Response:
        with self._reads.begin():
            key = self._admit(http, endpoint)
            check_length(http, self._settings.body_limit_bytes)
            values = read_parameters(endpoint.parameters, http.query_params.multi_items(), key.workspace)
            answered = endpoint.answer(Request(self._reads, key.workspace, self._settings, values, str(http.url)))
        if isinstance(answered, Headed):
            # Not kept: its headers name the host that was asked.
            response = self._answer(http, 200, answered.body)
            response.headers.update(answered.headers)
            return response
        self._services.answers.keep(http.scope, Answer(endpoint.path, key.workspace, endpoint.limit, answered))
        return self._answer(http, 200, answered)

    def intake_handler(self, endpoint: IntakeEndpoint) -> Handler:
        """What takes in what is posted to an endpoint."""

        async def handle(http: HttpRequest) -> Response:
            http.scope[ENDPOINT] = endpoint.path
            return await self._take_in(endpoint, http)

        return handle

    async def _take_in(self, endpoint: IntakeEndpoint, http: HttpRequest) -> Response:
        with self._reads.begin():
            workspace = self._admit(http, endpoint).workspace
            foreign = foreign_groups(self._reads, workspace)
        key = http.headers.get("idempotency-key", "")
        with self._bodies.held() as held:
            body = await self._bodies.read(http, held)
            post = Post(workspace, foreign, key, body, held, self._settings.events_limit)
            is_small = len(body) <= _IN_LOOP_BYTES
            intake = endpoint.take(post) if is_small else await asyncio.to_thread(endpoint.take, post)
            if intake.delivery:
                await asyncio.wrap_future(self._services.writer.put(intake.delivery))
                self._services.metrics.accept(intake.events)
            return self._answer(http, intake.status, intake.answer)

    def write_handler(self, endpoint: WriteEndpoint) -> Handler:
        """What writes what is posted to an endpoint."""

        async def handle(http: HttpRequest) -> Response:
            http.scope[ENDPOINT] = endpoint.path
            with self._reads.begin():
                workspace = self._admit(http, endpoint).workspace
            with self._bodies.held() as held:
                body = await self._bodies.read(http, held)
                # In a thread: another process may be writing, which may take a while.
                answer = await asyncio.to_thread(self._write, endpoint, workspace, body)
            return self._answer(http, endpoint.status, answer)

        return handle

    def _write(self, endpoint: WriteEndpoint, workspace: Workspace, body: bytes) -> bytes:
        with writing(self._engine) as connection:
            return endpoint.write(connection, workspace, body)

    def _admit(self, http: HttpRequest, endpoint: AnyEndpoint) -> Key:
        """The key of a request that may be answered: it is known, has the permission, and its limit is not used up."""
        limit = self._limiter.named(endpoint.limit)
        # Known to the error handlers from the start, so that every answer says what is left.
        http.state.allowance = self._limiter.look(limit, None)
        key = self._services.answers.key(_bearer(http), lambda secret: find_key(self._reads, secret))
        if key is None:
            raise Unauthorized("Invalid API Key")
        if endpoint.permission not in key.permissions:
            http.state.allowance = self._limiter.look(limit, key.workspace)
            raise Forbidden(_forbidden(endpoint.permission, key))
        allowance = http.state.allowance = self._limiter.count(limit, key.workspace)
        if allowance.is_exceeded:
            raise TooManyRequests(_too_many(allowance))
        return key

    async def health(self, _: HttpRequest) -> Response:
        """Whether the process is up."""
        return _json(200, b'{"message":"success"}')

    async def ready(self, _: HttpRequest) -> Response:
        """Whether the stores answer."""
        with self._engine.connect() as connection:
            connection.execute(text("SELECT schema_version FROM meta")).scalar_one()
        return _json(200, b'{"message":"success"}')

    async def metrics(self, _: HttpRequest) -> Response:
        """What is counted, for Prometheus."""
        services = self._services
        services.observations.flush()
        backlog = Backlog(services.folder, services.series, services.inbox)
        return Response(exposition(services.metrics.registry, backlog), media_type=CONTENT_TYPE_LATEST)

    async def on_api_error(self, http: HttpRequest, error: Exception) -> Response:
        """An error of ours: its message is the answer."""
        if not isinstance(error, ApiError):
            raise error
        response = self._answer(http, error.status, msgspec.json.encode({"message": error.message}))
        if isinstance(error, Unavailable):
            response.headers["Retry-After"] = str(error.retry_after)
        return response

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

    async def on_store_error(self, http: HttpRequest, error: Exception) -> Response:
        """The disk is full, or fails: it may not be so when asked again."""
        _LOG.error("The stores cannot be used: %s", getattr(error, "orig", error))
        return await self.on_api_error(http, Unavailable("The stores cannot be used at the moment; ask again"))

    async def on_crash(self, http: HttpRequest, error: Exception) -> Response:
        """Whatever else went wrong: the log has the traceback, the answer only a number to find it by."""
        number = REQUEST_ID.get()
        _LOG.error("Internal error %s at %s", number, http.scope.get(ENDPOINT), exc_info=error)
        message = f"Internal error {number}; the server's log says more under this number"
        return self._answer(http, 500, msgspec.json.encode({"message": message}))

    def _answer(self, http: HttpRequest, status: int, body: bytes) -> Response:
        response = _json(status, body)
        allowance: Allowance = getattr(http.state, "allowance", None) or self._limiter.look(self._limiter.hourly, None)
        if allowance.limit.requests:
            response.raw_headers += allowance.headers()
            if status == TooManyRequests.status:
                response.headers["Retry-After"] = str(max(1, allowance.seconds_left))
        return response


def _json(status: int, body: bytes) -> Response:
    return Response(body, status, media_type="application/json")


def _bearer(http: HttpRequest) -> str:
    scheme, _, key = http.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _forbidden(permission: str, key: Key) -> str:
    held = ", ".join(sorted(key.permissions)) or "none"
    return f"This key lacks the permission {permission!r}; it has: {held}"


def _too_many(allowance: Allowance) -> str:
    limit = allowance.limit
    used_up = f"The limit of {limit.requests} requests in {limit.window_seconds} seconds is used up"
    return f"{used_up}; try again in {allowance.seconds_left} seconds"
