"""Forms: their fields, and whether a page of ours has sent them."""

import asyncio
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest

from quotidian.api.forwarded import Proxies
from quotidian.api.head import read_head
from quotidian.dashboard.errors import PageError
from quotidian.dashboard.words import N_
from quotidian.settings import Settings

_MOST_BYTES: Final = 4_096
_CONTENT_TYPE: Final = "application/x-www-form-urlencoded"

# What browsers say of a form of the same server, and of a page that the reader asked for alone.
_OURS: Final = ("same-origin", "none")


class Forms:
    """Reads the forms that are sent to a server."""

    def __init__(self, settings: Settings) -> None:
        self._proxies = Proxies.of(settings)
        self._seconds = settings.body_seconds

    async def read(self, http: HttpRequest) -> Mapping[str, str]:
        """The fields of a form. Raises PageError for what is no form of ours, or is from another server's page."""
        self._check_origin(http)
        if fault := read_head(http.scope).fault:
            raise PageError(400, fault)
        content_type = http.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != _CONTENT_TYPE:
            raise PageError(415, N_("This was not sent by the form of this page."))
        return _fields(await self._body(http))

    def _check_origin(self, http: HttpRequest) -> None:
        """Browsers say from where a form is sent. Tokens keep others out already: this is a second wall."""
        site = http.headers.get("sec-fetch-site")
        if site is not None:
            is_ours = site in _OURS
        else:
            origin, host = http.headers.get("origin"), self._proxies.known_host(http.scope)
            is_ours = not origin or not host or _host_of(origin) == host.lower()
        if not is_ours:
            raise PageError(403, N_("This form was sent from a page of another server."))

    async def _body(self, http: HttpRequest) -> bytes:
        body = b""
        try:
            async with asyncio.timeout(self._seconds):
                async for piece in http.stream():
                    body += piece
                    if len(body) > _MOST_BYTES:
                        raise PageError(413, N_("This form is too long."))
        except (TimeoutError, ClientDisconnect) as error:
            raise PageError(408, N_("The form did not arrive whole; send it again.")) from error
        return body


def _fields(body: bytes) -> Mapping[str, str]:
    fields: dict[str, str] = {}
    for name, value in parse_qsl(body.decode("latin-1")):
        if name in fields:
            raise PageError(400, N_("The form has the field “%(name)s” more than once."), name=name[:80])
        fields[name] = value
    return fields


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def form_token(secret: str) -> str:
    """What a form of a page has to bring back: it cannot be made without the secret of the cookie."""
    return hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()


def check_token(secret: str, fields: Mapping[str, str]) -> None:
    """Raise PageError for a form that is not from a page that was made for this secret."""
    token = fields.get("csrf", "")
    if not secret or not hmac.compare_digest(form_token(secret).encode(), token.encode()):
        raise PageError(403, N_("This form is too old; try again."))
