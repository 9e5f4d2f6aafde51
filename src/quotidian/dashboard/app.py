"""The application of the pages: who asks, in which language, for which page; and what is answered if that fails."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from sqlalchemy.exc import DatabaseError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from quotidian.api.observed import ENDPOINT
from quotidian.api.services import Services
from quotidian.dashboard.cookies import LANGUAGE, Cookies
from quotidian.dashboard.errors import NotSignedIn, PageError
from quotidian.dashboard.languages import LANGUAGES, Language, language_of
from quotidian.dashboard.page import Page, Shown
from quotidian.dashboard.pages.table import PAGES
from quotidian.dashboard.rendering import render
from quotidian.dashboard.security import Secured
from quotidian.dashboard.sessions import Sessions
from quotidian.dashboard.signing import Signing
from quotidian.dashboard.tables import as_csv
from quotidian.dashboard.visit import Visit, workspace_path
from quotidian.dashboard.words import N_
from quotidian.domain.errors import ApiError, Unavailable
from quotidian.series.explain.question import BadQuestion
from quotidian.series.read import PurgedSend, UnknownSubject
from quotidian.telemetry.logs import REQUEST_ID

_LOG = logging.getLogger("quotidian.dashboard")
_STATIC: Final = Path(__file__).parent / "static"
_THREADS: Final = 2

Handler = Callable[[HttpRequest], Awaitable[Response]]


def make_pages(services: Services) -> ASGIApp:
    """The application of all pages over the stores of a data folder."""
    pages = _Pages(services)
    routes: list[BaseRoute] = [
        Route("/", pages.guarded(pages.first)),
        Route("/language", pages.guarded(pages.choose_language)),
        Route("/sign-in", pages.guarded(pages.signing.form), methods=["GET"]),
        Route("/sign-in", pages.guarded(pages.signing.sign_in), methods=["POST"]),
        Route("/sign-out", pages.guarded(pages.signing.sign_out), methods=["POST"]),
        Mount("/pages", StaticFiles(directory=_STATIC)),
        *(Route(f"/w/{{workspace}}/{page.name}", pages.guarded(pages.handler(page))) for page in PAGES),
    ]
    return Secured(Starlette(routes=routes, exception_handlers={HTTPException: pages.on_error}))


class _Pages:
    def __init__(self, services: Services) -> None:
        self._services = services
        # Of their own: pages that take long must not keep the API waiting.
        self._threads = ThreadPoolExecutor(_THREADS, "pages")
        self._cookies = Cookies(services)
        self._sessions = Sessions(services, self._threads, self._cookies)
        self.signing = Signing(services, self._sessions, self._cookies, self._language, self._page_of)

    def guarded(self, handler: Handler) -> Handler:
        """A handler whose errors are answered as pages."""

        async def handle(http: HttpRequest) -> Response:
            try:
                return await handler(http)
            except Exception as error:  # whatever it is, the reader is told something
                return await self.on_error(http, error)

        return handle

    def handler(self, page: Page) -> Handler:
        """What answers requests for a page."""

        async def handle(http: HttpRequest) -> Response:
            http.scope[ENDPOINT] = f"/w/*/{page.name}"
            visit = await self._visit(http, page)
            if page.permission:
                visit.require(page.permission)
            shown = await page.handler(visit)
            if wanted := visit.given.get("csv"):
                return _csv(visit, shown, wanted)
            values = {**self._frame(http, visit), "page": page, **shown.values}
            return await self._page_of(http, visit.language, f"{page.name}.html", values)

        return handle

    async def first(self, http: HttpRequest) -> Response:
        """The overview of the first workspace of who has signed in."""
        http.scope[ENDPOINT] = "/"
        session = await self._sessions.of(http)
        if session is None:
            return RedirectResponse("sign-in", 303)
        return RedirectResponse(workspace_path(session.keys[0].workspace.name, "overview"), 303)

    async def choose_language(self, http: HttpRequest) -> Response:
        """Keep the language that the reader wants, and go back to the page."""
        http.scope[ENDPOINT] = "/language"
        wanted, back = http.query_params.get("to", ""), http.query_params.get("back", "")
        response = RedirectResponse(_inside(back), 303)
        if wanted in LANGUAGES:
            self._cookies.set_language(http, response, wanted)
        return response

    async def _visit(self, http: HttpRequest, page: Page) -> Visit:
        session = await self._sessions.of(http)
        if session is None:
            raise NotSignedIn
        name = http.path_params["workspace"]
        key = next((key for key in session.keys if key.workspace.name == name), None)
        if key is None:
            raise PageError(404, N_("You have not signed in with a key of the workspace “%(name)s”."), name=name[:80])
        given = {name: value for name, value in http.query_params.multi_items() if value}
        return Visit(self._services, self._threads, session, key, page.name, given, self._language(http))

    def _language(self, http: HttpRequest) -> Language:
        return language_of(self._cookies.get(http, LANGUAGE), ", ".join(http.headers.getlist("accept-language")))

    def _frame(self, http: HttpRequest, visit: Visit | None) -> dict[str, Any]:
        """What the layout needs: of a page without a visit there is no menu."""
        path = http.scope["path"]
        frame: dict[str, Any] = {
            "root": "../" * (path.count("/") - 1) or "./",
            "languages": LANGUAGES,
            "back": f"{path.lstrip('/')}?{http.url.query}" if http.url.query else path.lstrip("/"),
            "visit": visit,
        }
        if visit is not None:
            frame["menu"] = [
                page for page in PAGES if page.menu and (not page.permission or visit.may(page.permission))
            ]
            frame["csrf"] = self._sessions.form_token(visit.session.secret)
            frame["workspaces"] = [key.workspace.name for key in visit.session.keys]
        return frame

    async def _page_of(
        self, http: HttpRequest, language: Language, template: str, values: Mapping[str, Any], status: int = 200
    ) -> Response:
        """A template as an answer; it is filled in in a thread."""
        frame = values if "root" in values else {**self._frame(http, None), **values}
        html = await self._sessions.in_thread(render, language, template, frame)
        return HTMLResponse(html, status, {"Vary": "Accept-Language, Cookie"})

    async def on_error(self, http: HttpRequest, error: Exception) -> Response:
        """What is answered to a page that cannot be shown."""
        if isinstance(error, NotSignedIn):
            return RedirectResponse(self.signing.address(http), 303)
        status, text, values = _told(error)
        language = self._language(http)
        message = language.gettext(text) % values if values else language.gettext(text)
        response = await self._page_of(http, language, "error.html", {"status": status, "message": message}, status)
        if status == Unavailable.status:
            response.headers["Retry-After"] = str(Unavailable.retry_after)
        return response


def _told(error: Exception) -> tuple[int, str, Mapping[str, Any]]:
    """The status, and what the reader is told in English with its values."""
    match error:
        case PageError():
            told = error.status, error.text, error.values
        case ApiError():
            told = error.status, error.message, {}
        case UnknownSubject():
            told = 404, N_("There is nothing with this id in the workspace."), {}
        case PurgedSend() | BadQuestion():
            told = 400, str(error), {}
        case HTTPException():
            told = error.status_code, N_("There is no such page."), {}
        case DatabaseError():
            _LOG.error("The stores cannot be used: %s", error.orig)
            told = 503, N_("The stores cannot be used at the moment; try again."), {}
        case _:
            number = REQUEST_ID.get()
            _LOG.error("Internal error %s on a page", number, exc_info=error)
            text = N_("Internal error %(number)s; the server's log says more under this number.")
            told = 500, text, {"number": number}
    return told


def _csv(visit: Visit, shown: Shown, wanted: str) -> Response:
    if wanted not in shown.tables:
        raise PageError(404, N_("This page has no table “%(name)s”."), name=wanted[:80])
    numbers = shown.tables[wanted]
    body = as_csv(numbers, [visit.language.gettext(column.title) for column in numbers.columns])
    disposition = {"Content-Disposition": f'attachment; filename="{visit.page}-{wanted}.csv"'}
    return Response(body, media_type="text/csv", headers=disposition)


def _inside(back: str) -> str:
    """A page of ours, from the root: what would lead elsewhere leads to the first page."""
    is_ours = back.startswith(("w/", "sign-in")) and "\\" not in back and back.isprintable()
    return back if is_ours else "./"
