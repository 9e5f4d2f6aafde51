"""The application of the pages: who asks, in which language, for which page; and what is answered if that fails."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from quotidian.api.observed import ENDPOINT
from quotidian.api.series_store import Threads
from quotidian.api.services import Services
from quotidian.dashboard.addresses import asked_of, own_page, root_of, segment_of, workspace_path
from quotidian.dashboard.cookies import LANGUAGE, Cookies
from quotidian.dashboard.errors import NotSignedIn, PageError, page_error
from quotidian.dashboard.forms import form_token
from quotidian.dashboard.languages import LANGUAGES, Language, language_of
from quotidian.dashboard.page import Page, Shown
from quotidian.dashboard.pages.table import PAGES
from quotidian.dashboard.rendering import render
from quotidian.dashboard.security import Secured
from quotidian.dashboard.sessions import Sessions
from quotidian.dashboard.signing import Signing
from quotidian.dashboard.tables import as_csv
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_

_STATIC: Final = Path(__file__).parent / "static"
_THREADS: Final = 2

Handler = Callable[[HttpRequest], Awaitable[Response]]


def make_pages(services: Services) -> ASGIApp:
    """The application of all pages over the stores of a data folder."""
    pages = _Pages(services)
    routes: list[BaseRoute] = [
        Route("/", pages.guarded(pages.first)),
        Route("/language", pages.guarded(pages.choose_language)),
        Route("/sign-in", pages.guarded(pages.signing.sign_in), methods=["GET", "POST"]),
        Route("/sign-out", pages.guarded(pages.signing.sign_out), methods=["POST"]),
        Mount("/pages", StaticFiles(directory=_STATIC)),
        *(Route(f"/w/{{workspace}}/{page.name}", pages.guarded(pages.handler(page))) for page in PAGES),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: pages.on_error})
    app.router.redirect_slashes = False
    return Secured(app)


class _Pages:
    def __init__(self, services: Services) -> None:
        self._services = services
        # Of their own: pages that take long must not keep the API waiting.
        self._threads = Threads("pages", _THREADS, services.sight)
        # Of its own again: that the store cannot be read is told on a page.
        self._rendering = ThreadPoolExecutor(1, "rendering")
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
            raise NotSignedIn
        return RedirectResponse(workspace_path(session.keys[0].workspace, "overview"), 303)

    async def choose_language(self, http: HttpRequest) -> Response:
        """Keep the language that the reader wants, and go back to the page."""
        http.scope[ENDPOINT] = "/language"
        wanted, back = http.query_params.get("to", ""), http.query_params.get("back", "")
        response = RedirectResponse(_page_to_go_back_to(back), 303)
        if wanted in LANGUAGES:
            self._cookies.set_language(http, response, wanted)
        return response

    async def _visit(self, http: HttpRequest, page: Page) -> Visit:
        session = await self._sessions.of(http)
        if session is None:
            raise NotSignedIn
        name = http.path_params["workspace"]
        key = next((key for key in session.keys if segment_of(key.workspace) == name), None)
        if key is None:
            raise PageError(404, N_("You have not signed in with a key of the workspace “%(name)s”."), name=name[:80])
        self._services.uses.note(key)
        given = {name: value for name, value in http.query_params.multi_items() if value}
        return Visit(self._services, self._threads, session, key, page.name, given, self._language(http))

    def _language(self, http: HttpRequest) -> Language:
        return language_of(self._cookies.get(http, LANGUAGE), ", ".join(http.headers.getlist("accept-language")))

    def _frame(self, http: HttpRequest, visit: Visit | None) -> dict[str, Any]:
        """What the layout needs: of a page without a visit there is no menu."""
        frame: dict[str, Any] = {
            "root": root_of(http),
            "languages": LANGUAGES,
            "back": asked_of(http),
            "visit": visit,
        }
        if visit is not None:
            frame["menu"] = [
                page for page in PAGES if page.menu and (not page.permission or visit.may(page.permission))
            ]
            frame["csrf"] = form_token(visit.session.secret)
            frame["workspaces"] = [(key.workspace.name, segment_of(key.workspace)) for key in visit.session.keys]
        return frame

    async def _page_of(
        self, http: HttpRequest, language: Language, template: str, values: Mapping[str, Any], status: int = 200
    ) -> Response:
        """A template as an answer; it is filled in in a thread."""
        frame = values if "root" in values else {**self._frame(http, None), **values}
        html = await asyncio.get_running_loop().run_in_executor(self._rendering, render, language, template, frame)
        return HTMLResponse(html, status, {"Vary": "Accept-Language, Cookie"})

    async def on_error(self, http: HttpRequest, error: Exception) -> Response:
        """What is answered to a page that cannot be shown."""
        if isinstance(error, NotSignedIn):
            return await self.signing.lead(http)
        told, language = page_error(error), self._language(http)
        values = {"status": told.status, "message": told.told(language.gettext)}
        response = await self._page_of(http, language, "error.html", values, told.status)
        response.headers.update(told.headers)
        return response


def _csv(visit: Visit, shown: Shown, wanted: str) -> Response:
    if wanted not in shown.tables:
        raise PageError(404, N_("This page has no table “%(name)s”."), name=wanted[:80])
    numbers = shown.tables[wanted]
    body = as_csv(numbers, [visit.language.gettext(column.title) for column in numbers.columns])
    disposition = {"Content-Disposition": f'attachment; filename="{visit.page}-{wanted}.csv"'}
    return Response(body, media_type="text/csv", headers=disposition)


def _page_to_go_back_to(back: str) -> str:
    """A page of ours, from the root: what would lead elsewhere leads to the first page."""
    path, _, query = back.partition("?")
    if path != "sign-in":
        return own_page(back) or "./"
    to = own_page(QueryParams(query).get("to", ""))
    return f"sign-in?to={quote(to, safe='')}" if to else "sign-in"
