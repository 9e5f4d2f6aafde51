"""Signing in and out."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote

from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from quotidian.api.endpoints import DASHBOARD_PERMISSION
from quotidian.api.observed import ENDPOINT
from quotidian.api.services import Services
from quotidian.control.keys import Key, find_key
from quotidian.control.sessions import Session
from quotidian.dashboard.addresses import asked_of, own_page, root_of, workspace_path
from quotidian.dashboard.attempts import Attempts
from quotidian.dashboard.cookies import FORM, SESSION, Cookies
from quotidian.dashboard.errors import PageError
from quotidian.dashboard.forms import Forms, check_token, form_token
from quotidian.dashboard.languages import Language
from quotidian.dashboard.sessions import Sessions
from quotidian.dashboard.words import N_

LanguageOf = Callable[[HttpRequest], Language]
PageOf = Callable[..., Awaitable[Response]]


class Signing:
    """The pages for signing in and out."""

    def __init__(
        self, services: Services, sessions: Sessions, cookies: Cookies, language_of: LanguageOf, page_of: PageOf
    ) -> None:
        self._services = services
        self._sessions = sessions
        self._cookies = cookies
        self._language_of = language_of
        self._page_of = page_of
        self._forms = Forms(services.settings)
        self._attempts = Attempts(services)

    async def lead(self, http: HttpRequest) -> Response:
        """Lead somebody who seems not to have signed in to the sign-in page, and from there back.

        Browsers keep the cookie back where a page of another server, such as a letter in a mailbox, has led here. So
        that is answered with a page of ours that leads on: what it asks for comes with the cookie.
        """
        wanted = asked_of(http)
        address = f"{root_of(http)}sign-in?to={quote(wanted, safe='') if own_page(wanted) else ''}"
        if not _may_have_kept_back(http):
            return RedirectResponse(address, 303)
        return await self._page_of(http, self._language_of(http), "leading-on.html", {"address": address})

    async def sign_in(self, http: HttpRequest) -> Response:
        """The form, and what becomes of it; a link with a secret of its own signs in at once."""
        http.scope[ENDPOINT] = "/sign-in"
        fields: Mapping[str, str] = {}
        try:
            if http.method == "POST":
                fields = await self._forms.read(http)
                return await self._sign_in_with_key(http, fields)
            # Programs that look whether a link leads somewhere ask with HEAD: that must not use it up.
            if http.method == "GET" and "link" in http.query_params:
                return await self._sign_in_with_link(http, http.query_params["link"])
        except PageError as error:
            return await self._ask(http, fields.get("to", ""), error)
        to, session = http.query_params.get("to"), await self._sessions.of(http)
        if to is not None and session is not None:
            return RedirectResponse(_page_of_session(session, to), 303)
        return await self._ask(http, to or "", None)

    async def _ask(self, http: HttpRequest, to: str, problem: PageError | None) -> Response:
        secret, language = self._cookies.get(http, FORM) or secrets.token_urlsafe(32), self._language_of(http)
        values = {
            "csrf": form_token(secret),
            "problem": problem.told(language.gettext) if problem else "",
            "to": own_page(to) or "",
            "is_signed_in": await self._sessions.of(http) is not None,
        }
        response = await self._page_of(http, language, "sign-in.html", values, problem.status if problem else 200)
        response.headers.update(problem.headers if problem else {})
        self._cookies.set(http, response, FORM, secret)
        return response

    async def _sign_in_with_key(self, http: HttpRequest, fields: Mapping[str, str]) -> Response:
        check_token(self._cookies.get(http, FORM), fields)
        await self._attempts.count(http)
        key = await self._sessions.read(find_key, fields.get("key", "").strip())
        if key is None:
            raise PageError(403, N_("There is no such key, or it is no longer in use."))
        if DASHBOARD_PERMISSION not in key.permissions:
            text = N_("This key lacks the permission %(permission)s; make one that has it.")
            raise PageError(403, text, permission=DASHBOARD_PERMISSION)
        return await self._signed_in(http, key, fields.get("to", ""))

    async def _sign_in_with_link(self, http: HttpRequest, secret: str) -> Response:
        await self._attempts.count(http)
        key = await self._sessions.use_link(secret)
        if key is None:
            raise PageError(403, N_("This link was used already, or is too old."))
        return await self._signed_in(http, key, "")

    async def _signed_in(self, http: HttpRequest, key: Key, to: str) -> Response:
        self._services.uses.note(key)
        secret = await self._sessions.open(await self._sessions.of(http), key)
        response = RedirectResponse(_page_of_session(Session(secret, (key,)), to), 303)
        self._cookies.set(http, response, SESSION, secret, self._sessions.seconds)
        self._cookies.delete(http, response, FORM)
        return response

    async def sign_out(self, http: HttpRequest) -> Response:
        """End the session."""
        http.scope[ENDPOINT] = "/sign-out"
        fields, session = await self._forms.read(http), await self._sessions.of(http)
        if session is not None:
            check_token(session.secret, fields)
            await self._sessions.end(session)
        response = RedirectResponse("sign-in", 303)
        self._cookies.delete(http, response, SESSION)
        return response


def _page_of_session(session: Session, to: str) -> str:
    """The page that is wanted if a key of the session has its workspace, else the overview of the first."""
    wanted = own_page(to)
    if wanted and any(wanted.startswith(workspace_path(key.workspace, "")) for key in session.keys):
        return wanted
    return workspace_path(session.keys[0].workspace, "overview")


def _may_have_kept_back(http: HttpRequest) -> bool:
    """Whether a browser may have kept the cookie back. Where there is no TLS, browsers do not say where one is from."""
    site = http.headers.get("sec-fetch-site")
    return site == "cross-site" or (site is None and "text/html" in http.headers.get("accept", ""))
