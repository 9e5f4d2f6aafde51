"""Responses: JSON with rate limit headers, of successes and of every kind of error."""

import logging
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import ExceptionHandler

from quotidian.api.head import read_head
from quotidian.api.limits import Allowance, RateLimiter
from quotidian.api.observed import ENDPOINT
from quotidian.api.tags import is_known
from quotidian.domain.errors import (
    ApiError,
    BadRequest,
    MethodNotAllowed,
    NotFound,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    UserError,
    shown,
)
from quotidian.domain.kinds import CAMPAIGN, CANVAS, EVENT, PRODUCT, SEGMENT, SEND
from quotidian.series.explain.question import BadQuestion
from quotidian.series.read import PurgedSend, UnknownSubject
from quotidian.store.passing import is_trouble
from quotidian.telemetry.logs import REQUEST_ID

_LOG = logging.getLogger("quotidian.api")

# A message may repeat what a client sent.
_LONGEST_MESSAGE: Final = 2_000

# Clients know two of these texts from Braze; the others follow their pattern.
UNKNOWN: Final = {
    "app": "Invalid App ID",
    CAMPAIGN: "Invalid Campaign ID",
    SEND: "Invalid Send ID",
    CANVAS: "Invalid Canvas ID",
    SEGMENT: "Invalid Segment ID",
    "card": "Invalid Card ID",
    EVENT: "Invalid Event",
    PRODUCT: "Invalid Product",
}


class Replies:
    """Makes the answers of a worker, from bodies and from errors."""

    def __init__(self, limiter: RateLimiter) -> None:
        self._limiter = limiter

    def handlers(self) -> dict[Any, ExceptionHandler]:
        """What answers which errors."""
        return {
            ApiError: self.on_api_error,
            UnknownSubject: self.on_unreadable,
            PurgedSend: self.on_unreadable,
            BadQuestion: self.on_unreadable,
            HTTPException: self.on_http_error,
            SQLAlchemyError: self.on_store_error,
            UserError: self.on_store_error,
            Exception: self.on_crash,
        }

    def answer(self, http: HttpRequest, status: int, body: bytes) -> Response:
        """An answer of the API."""
        return self.with_allowance(http, json_response(status, body))

    def tagged(self, http: HttpRequest, body: bytes, tag: bytes, headers: Mapping[str, str]) -> Response:
        """A success with its entity tag; without its body, if the client has it already."""
        if is_known(read_head(http.scope).if_none_match, tag):
            response = self.with_allowance(http, Response(status_code=304))
        else:
            response = self.answer(http, 200, body)
        response.headers.update({"ETag": tag.decode(), **headers})
        return response

    def with_allowance(self, http: HttpRequest, response: Response) -> Response:
        """An answer, with what is left of the limit that it counted against."""
        allowance: Allowance = getattr(http.state, "allowance", None) or self._limiter.full(self._limiter.hourly)
        response.raw_headers += allowance.headers()
        if response.status_code == TooManyRequests.status:
            response.headers["Retry-After"] = str(max(1, allowance.seconds_left))
        return response

    async def on_api_error(self, http: HttpRequest, error: Exception) -> Response:
        """An error of ours: its message is the answer."""
        if not isinstance(error, ApiError):
            raise error
        response = self.answer(http, error.status, msgspec.json.encode({"message": _short(error.message)}))
        if isinstance(error, Unavailable):
            response.headers["Retry-After"] = str(error.retry_after)
        if isinstance(error, Unauthorized):
            response.headers["WWW-Authenticate"] = "Bearer"
        return response

    async def on_unreadable(self, http: HttpRequest, error: Exception) -> Response:
        """No such campaign, send, …, or no longer: BadRequest, in the API's words and not in the command line's."""
        message = UNKNOWN[error.kind] if isinstance(error, UnknownSubject) else str(error)
        return await self.on_api_error(http, BadRequest(message))

    async def on_http_error(self, http: HttpRequest, error: Exception) -> Response:
        """What the router raises: no such path, or not for this method."""
        if not isinstance(error, HTTPException):
            raise error
        path, method = shown(http.scope["path"]), http.method
        known: dict[int, ApiError] = {
            404: NotFound(f"There is nothing at {path}; /docs lists what there is"),
            405: MethodNotAllowed(
                f"{path} cannot be asked with {shown(method)}; use {(error.headers or {}).get('Allow', 'GET')}"
            ),
        }
        response = await self.on_api_error(http, known.get(error.status_code) or NotFound(error.detail))
        response.status_code = error.status_code
        response.headers.update(error.headers or {})
        return response

    async def on_store_error(self, http: HttpRequest, error: Exception) -> Response:
        """The disk is full or fails, a file is damaged, the database is away, or another writes for too long: 503.

        It may be mended when the client asks again.
        """
        if not is_trouble(error):
            raise error
        _LOG.error("The stores cannot be used: %s", getattr(error, "orig", error))
        return await self.on_api_error(http, Unavailable("The stores cannot be used at the moment; ask again"))

    async def on_crash(self, http: HttpRequest, error: Exception) -> Response:
        """Any other error: 500. The log has the traceback, and the answer the request number to find it by."""
        number = REQUEST_ID.get()
        _LOG.error("Internal error %s at %s", number, http.scope.get(ENDPOINT), exc_info=error)
        message = f"Internal error {number}; the server's log says more under this number"
        return self.answer(http, 500, msgspec.json.encode({"message": message}))


def json_response(status: int, body: bytes) -> Response:
    """JSON, without anything about limits."""
    return Response(body, status, media_type="application/json")


def _short(message: str) -> str:
    return message if len(message) <= _LONGEST_MESSAGE else f"{message[:_LONGEST_MESSAGE]}…"
