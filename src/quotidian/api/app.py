"""The ASGI application: every request of the API passes through here, in the order of semantics.md §8.

Path, method, key, permission, rate limit, parameters, body. Path and method are the router's; the rest is `_serve`.
"""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec.structs import replace
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import Connection, select
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Lifespan

from quotidian.api.answers import KnownAnswer, Remembering
from quotidian.api.bodies import BodyReader, check_length
from quotidian.api.endpoint import AnyEndpoint, Work
from quotidian.api.endpoints import ENDPOINTS, METRICS_PERMISSION
from quotidian.api.examples import EXAMPLES_PATH, find_examples
from quotidian.api.forwarded import Proxies
from quotidian.api.head import read_head
from quotidian.api.ingest import foreign_groups
from quotidian.api.limits import Allowance, Limit
from quotidian.api.observed import ENDPOINT, Observed
from quotidian.api.openapi import document
from quotidian.api.pages import Unprintable, documentation
from quotidian.api.parameters import read_parameters
from quotidian.api.replies import Replies, json_response
from quotidian.api.request import Answer, Request
from quotidian.api.services import Services
from quotidian.api.tags import tag_of
from quotidian.api.v1.answering import Tables
from quotidian.api.v1.table import Table
from quotidian.control.keys import Key, find_key
from quotidian.control.workspaces import Workspace
from quotidian.domain.counts import plain_count
from quotidian.domain.errors import BadRequest, Forbidden, TooManyRequests, Unauthorized
from quotidian.inbox.backlog import Backlog
from quotidian.inbox.delivery import Delivery
from quotidian.store.tables import meta
from quotidian.telemetry.metrics import exposition

Handler = Callable[[HttpRequest], Awaitable[Response]]
AnswerHandler = Callable[[Request[Any]], Answer]
T = TypeVar("T")

# Larger bodies take longer to decode than others should wait.
_IN_LOOP_BYTES = 65_536


def make_app(
    services: Services, lifespan: Lifespan[Starlette] | None = None, further: Sequence[BaseRoute] = ()
) -> ASGIApp:
    """An application over the stores of a data folder; `further` routes are of floors above this one."""
    replies = Replies(services.limiter)
    api = _Api(services, replies)
    routes: list[BaseRoute] = [Unprintable()]
    routes += [
        Route(path, api.handler(endpoint), methods=[endpoint.method])
        for endpoint in ENDPOINTS
        for path in (endpoint.path, *endpoint.aliases)
    ]
    routes += [Route("/health", api.health), Route("/ready", api.ready), Route(EXAMPLES_PATH, api.examples)]
    if services.settings.metrics != "off":
        routes.append(Route("/metrics", api.metrics))
    routes += documentation(document(ENDPOINTS))
    routes += further
    # A base URL with "/" at its end makes such paths. Only of endpoints, which a key protects: a proxy that hides
    # /metrics from strangers may let //metrics pass.
    routes += [
        Route(f"/{path}", api.handler(endpoint), methods=[endpoint.method])
        for endpoint in ENDPOINTS
        for path in (endpoint.path, *endpoint.aliases)
    ]
    app = Starlette(routes=routes, exception_handlers=replies.handlers(), lifespan=lifespan)
    app.router.redirect_slashes = False
    remembering = Remembering(app, services.answers, services.limiter, services.uses)
    return Observed(remembering, services.observations)


class _Api:
    def __init__(self, services: Services, replies: Replies) -> None:
        self._services = services
        self._store = services.store
        self._settings = services.settings
        self._limiter = services.limiter
        self._replies = replies
        self._proxies = Proxies.of(services.settings)
        self._bodies = BodyReader(services.settings)
        self._tables = Tables(services.series, services.streams)
        self._waiting = services.waiting

    def handler(self, endpoint: AnyEndpoint) -> Handler:
        """What answers an endpoint's requests."""

        async def handle(http: HttpRequest) -> Response:
            http.scope[ENDPOINT] = endpoint.path
            return await self._serve(endpoint, http)

        return handle

    async def _serve(self, endpoint: AnyEndpoint, http: HttpRequest) -> Response:
        key = await self._admit(http, endpoint)
        request = await self._request(endpoint, http, key.workspace)
        found: Any = None
        if endpoint.work in (Work.READ, Work.ASK):
            found = await self._store.read(_handled, endpoint.handler, request)
        if endpoint.work is Work.TABLE:
            if endpoint.is_ready:
                await self._waiting.until(endpoint.is_ready, request)
            table = await self._tables.respond(endpoint, request, http)
            return self._replies.with_allowance(http, table)
        if endpoint.work is Work.ASK:
            # Not kept: a page is of the moment at which it is asked for.
            asked: Answer | Table = await found
            if isinstance(asked, Answer):
                return self._replies.answer(http, endpoint.status, asked.body)
            in_memory = dataclasses.replace(endpoint, handler=lambda _: asked)
            return self._replies.with_allowance(http, await self._tables.respond(in_memory, request, http))
        answer: Answer = found or await self._take(endpoint, http, request)
        if endpoint.work is not Work.READ:
            return self._replies.answer(http, endpoint.status, answer.body)
        tag = tag_of(answer.body, *map(str.encode, answer.headers.values()))
        if not answer.headers:
            # Headers name the host that was asked: another one's answer is not this one's.
            known = KnownAnswer(endpoint.path, key, endpoint.limit, answer.body, tag)
            self._services.answers.keep(http.scope, known)
        return self._replies.tagged(http, answer.body, tag, answer.headers)

    async def _request(self, endpoint: AnyEndpoint, http: HttpRequest, workspace: Workspace) -> Request[Any]:
        """A request that may be answered, without its body."""
        check_length(http, self._settings.body_limit_bytes)
        idempotency_key = read_head(http.scope).idempotency_key
        parameters = read_parameters(endpoint.parameters, _parameters_of(http), workspace)
        groups = frozenset[str]()
        if endpoint.work is Work.TAKE_IN:
            groups = await self._read_once(("foreign groups", workspace.id), foreign_groups, workspace) or groups
        return Request(
            workspace,
            self._settings,
            parameters,
            url_of=partial(self._proxies.url, http.scope),
            idempotency_key=idempotency_key,
            first_received=partial(self._services.inboxes.shared.first_received, workspace.id, idempotency_key),
            foreign_groups=groups,
            engine=self._services.engine,
        )

    async def _read_once(self, what: Hashable, function: Callable[..., T | None], *given: Any) -> T | None:
        """What a function reads of the store, which is kept until something changes there."""
        return await self._services.answers.read(what, partial(self._store.read, function, *given))

    async def _take(self, endpoint: AnyEndpoint, http: HttpRequest, request: Request[Any]) -> Answer:
        """What is answered to a body, once what it delivers is on disk."""
        with self._bodies.held() as held:
            body = await self._bodies.read(http, held)
            answer = await self._work(endpoint, replace(request, body=body, hold=held.add))
            if answer.delivery:
                await self._delivered(answer.delivery)
                self._services.metrics.accept(answer.events)
            return answer

    async def _delivered(self, delivery: Delivery) -> None:
        """Wait until a delivery is in the inbox, which may be on the disk while the database is lost."""
        putting = asyncio.wrap_future(self._services.writer.put(delivery))
        inboxes = self._services.inboxes
        await (putting if inboxes.posted is inboxes.own else self._services.sight.unless_lost(putting))

    async def _work(self, endpoint: AnyEndpoint, request: Request[Any]) -> Answer:
        handler: AnswerHandler = endpoint.handler
        if endpoint.work is Work.LOOK_UP:
            return await self._store.read(_handled, handler, request)
        if endpoint.work is Work.WRITE:
            return await self._store.write(_handled, handler, request)
        if len(request.body) > _IN_LOOP_BYTES or request.idempotency_key:
            # The key may have to be looked up, and kept, on the disk.
            return await self._services.sight.unless_lost(asyncio.to_thread(handler, request))
        return handler(request)

    async def _admit(self, http: HttpRequest, endpoint: AnyEndpoint) -> Key:
        """The key of a request that may be answered: it is known, has the permission, and its limit is not used up."""
        limit = self._limiter.named(endpoint.limit)
        # Known to the error handlers from the start, so that every answer says what is left.
        http.state.allowance = self._limiter.full(limit)
        key = await self._key(http)
        if endpoint.permission not in key.permissions:
            http.state.allowance = await self._limiter.look(limit, key.workspace)
            raise Forbidden(_forbidden(endpoint.permission, key))
        await self._count(http, key, limit)
        return key

    async def _count(self, http: HttpRequest, key: Key, limit: Limit) -> None:
        allowance = http.state.allowance = await self._limiter.count(limit, key.workspace)
        if allowance.is_exceeded:
            raise TooManyRequests(_too_many(allowance))

    async def _key(self, http: HttpRequest) -> Key:
        """The key of a request that can be read in one way only."""
        head = read_head(http.scope)
        if head.fault:
            raise BadRequest(head.fault)
        key = await self._read_once(("key", head.secret), find_key, head.secret)
        if key is None or key.has_expired():
            raise Unauthorized("Invalid API Key")
        self._services.uses.note(key)
        return key

    async def health(self, _: HttpRequest) -> Response:
        """Whether the process is up."""
        return json_response(200, b'{"message":"success"}')

    async def ready(self, _: HttpRequest) -> Response:
        """Whether the stores answer."""
        await self._store.read(_schema_version)
        return json_response(200, b'{"message":"success"}')

    async def examples(self, http: HttpRequest) -> Response:
        """Ids that exist in the workspace of a key, for the page at /docs."""
        key = await self._key(http)
        await self._count(http, key, self._limiter.hourly)
        examples = await self._store.read(find_examples, self._settings, key)
        return self._replies.answer(http, 200, msgspec.json.encode({"message": "success", "examples": examples}))

    async def metrics(self, http: HttpRequest) -> Response:
        """What is counted, for Prometheus: for anybody, or for who has a key with the permission."""
        services = self._services
        if self._settings.metrics == "key":
            key = await self._key(http)
            if METRICS_PERMISSION not in key.permissions:
                raise Forbidden(_forbidden(METRICS_PERMISSION, key))
        services.observations.flush()
        backlog = await self._store.call(Backlog, services.folder, services.series, services.inboxes)
        return Response(exposition(services.metrics.registry, backlog.gauges()), media_type=CONTENT_TYPE_LATEST)


def _handled(connection: Connection, handler: Callable[[Request[Any]], T], request: Request[Any]) -> T:
    return handler(replace(request, transaction=connection))


def _parameters_of(http: HttpRequest) -> list[tuple[str, str]]:
    """The query's names and values as `http.query_params` reads them, which makes a dictionary of them as well."""
    return parse_qsl(http.scope["query_string"].decode("latin-1"), keep_blank_values=True)


def _schema_version(connection: Connection) -> int:
    return int(connection.execute(select(meta.c.schema_version)).scalar_one())


def _forbidden(permission: str, key: Key) -> str:
    held = ", ".join(sorted(key.permissions)) or "none"
    return f"This key lacks the permission {permission!r}; it has: {held}"


def _too_many(allowance: Allowance) -> str:
    limit = allowance.limit
    limit_of = f"{plain_count(limit.requests, 'request')} in {plain_count(limit.window_seconds, 'second')}"
    return f"The limit of {limit_of} is used up; try again in {plain_count(allowance.seconds_left, 'second')}"
