"""Where the pages are, for the server's application. What makes them is loaded with the first that is asked for."""

import asyncio
from typing import Final

from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from quotidian.api.services import Services

_PATHS: Final = ("/", "/sign-in", "/sign-out", "/language", "/pages/{file:path}", "/w/{page:path}")


def dashboard_routes(services: Services) -> list[BaseRoute]:
    """The routes of all pages, whatever the method: what cannot be done is said by a page too."""
    loaded = _LoadedLater(services)
    return [Route(path, loaded) for path in _PATHS]


class _LoadedLater:
    """The application of the pages. Templates and languages would cost a worker that answers programs only 20 MiB."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._loading = asyncio.Lock()
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._loading:
            if self._app is None:
                self._app = await asyncio.to_thread(_load, self._services)
        await self._app(scope, receive, send)


def _load(services: Services) -> ASGIApp:
    from quotidian.dashboard.app import make_pages  # noqa: PLC0415 - see above

    return make_pages(services)
