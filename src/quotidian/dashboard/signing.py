"""Signing in and out."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import parse_qsl, quote

from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from quotidian.api.endpoints import DASHBOARD_PERMISSION
from quotidian.api.observed import ENDPOINT
from quotidian.api.services import Services
from quotidian.control.keys import Key, find_key
from quotidian.dashboard.cookies import FORM, SESSION, Cookies
from quotidian.dashboard.errors import PageError
from quotidian.dashboard.languages import Language
from quotidian.dashboard.sessions import Sessions
from quotidian.dashboard.visit import workspace_path
from quotidian.dashboard.words import N_

_MOST_FORM_BYTES: Final = 4_096

Language_of = Callable[[HttpRequest], Language]
Page_of = Callable[..., Awaitable[Response]]


class Signing:
    """The pages for signing in and out."""

    def __init__(
        self, services: Services, sessions: Sessions, cookies: Cookies, language: Language_of, page_of: Page_of
    ) -> None:
        self._services = services
        self._sessions = sessions
        self._cookies = cookies
        self._language = language
        self._page_of = page_of

    def address(self, http: HttpRequest) -> str:
        """Where somebody who has not signed in is sent, relative to the page that was asked for."""
        path = http.scope["path"]
        wanted = f"{path.lstrip('/')}?{http.url.query}" if http.url.query else path.lstrip("/")
        return f"{'../' * (path.count('/') - 1)}sign-in?to={quote(wanted, safe='')}"

    async def form(self, http: HttpRequest) -> Response:
        """The form; a link with a secret of its own signs in at once."""
        http.scope[ENDPOINT] = "/sign-in"
        if link := http.query_params.get("link"):
            key = await self._sessions.use_link(link)
            if key is not None:
                return await self._signed_in(http, key, "")
            return await self._ask(http, N_("This link was used already, or is too old."), 403)
        return await self._ask(http, "", 200)

    async def _ask(self, http: HttpRequest, problem: str, status: int) -> Response:
        secret = self._cookies.get(http, FORM) or secrets.token_urlsafe(32)
        values = {
            "csrf": self._sessions.form_token(secret),
            "problem": self._language(http).gettext(problem) if problem else "",
            "to": http.query_params.get("to", ""),
        }
        response = await self._page_of(http, self._language(http), "sign-in.html", values, status)
        self._cookies.set(http, response, FORM, secret)
        return response

    async def sign_in(self, http: HttpRequest) -> Response:
        """Open a session of the key that was typed in."""
        http.scope[ENDPOINT] = "/sign-in"
        form = await _form(http)
        if not self._sessions.is_form_token(self._cookies.get(http, FORM), form.get("csrf", "")):
            return await self._ask(http, N_("This form is too old; try again."), 403)
        key = await self._sessions.in_thread(self._find_key, form.get("key", "").strip())
        if key is None:
            return await self._ask(http, N_("There is no such key, or it is no longer in use."), 403)
        if DASHBOARD_PERMISSION not in key.permissions:
            return await self._ask(http, N_("This key lacks the permission “dashboard”."), 403)
        return await self._signed_in(http, key, form.get("to", ""))

    def _find_key(self, secret: str) -> Key | None:
        with self._services.series.connect() as connection:
            return find_key(connection, secret)

    async def _signed_in(self, http: HttpRequest, key: Key, to: str) -> Response:
        secret = await self._sessions.open(await self._sessions.of(http), key)
        mine = workspace_path(key.workspace.name, "")
        response = RedirectResponse(to if to.startswith(mine) else f"{mine}overview", 303)
        self._cookies.set(http, response, SESSION, secret)
        self._cookies.delete(http, response, FORM)
        return response

    async def sign_out(self, http: HttpRequest) -> Response:
        """End the session."""
        http.scope[ENDPOINT] = "/sign-out"
        form, session = await _form(http), await self._sessions.of(http)
        if session is not None:
            if not self._sessions.is_form_token(session.secret, form.get("csrf", "")):
                raise PageError(403, N_("This form is too old; try again."))
            await self._sessions.end(session)
        response = RedirectResponse("sign-in", 303)
        self._cookies.delete(http, response, SESSION)
        return response


async def _form(http: HttpRequest) -> dict[str, Any]:
    """The fields of a form. Raises PageError for more than one of ours has."""

    body = b""
    async for piece in http.stream():
        body += piece
        if len(body) > _MOST_FORM_BYTES:
            raise PageError(413, N_("This form is too long."))
    return dict(parse_qsl(body.decode("latin-1")))
