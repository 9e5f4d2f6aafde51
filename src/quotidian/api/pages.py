"""What is served beside the API's endpoints: their description, the page that shows it, paths that nothing has."""

import re
from pathlib import Path
from typing import Any, Final

import msgspec
from openapi_ui_bundles import swagger_ui
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from quotidian.api.exports import NOBODY, NOBODY_PATH
from quotidian.api.policy import PAGE_HEADERS

_FILES: Final = Path(__file__).parent
_CONTROL_CHARACTERS: Final = re.compile("[\x00-\x1f\x7f-\x9f]")


class Unprintable(BaseRoute):
    """Before all other routes: a path with a control character is none. Starlette would take one with a newline at
    its end for the path without.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a request is for such a path."""
        return (Match.FULL if _CONTROL_CHARACTERS.search(scope["path"]) else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as the base class has it
        """Say that there is nothing."""
        raise HTTPException(404)


def documentation(document: dict[str, Any]) -> list[Route | Mount]:
    """The routes of an OpenAPI document, and of the page at /docs."""
    openapi = msgspec.json.encode(document)

    async def serve_openapi(_: HttpRequest) -> Response:
        return Response(openapi, media_type="application/json")

    async def serve_docs(_: HttpRequest) -> Response:
        return FileResponse(_FILES / "docs.html", headers=PAGE_HEADERS)

    async def serve_start(_: HttpRequest) -> Response:
        return FileResponse(_FILES / "docs.js")

    async def serve_nobody(_: HttpRequest) -> Response:
        return Response(NOBODY, media_type="application/zip")

    return [
        Route(NOBODY_PATH, serve_nobody),
        Route("/openapi.json", serve_openapi),
        Route("/docs", serve_docs),
        Route("/docs/start.js", serve_start),
        Mount("/docs/assets", StaticFiles(directory=swagger_ui.static_path)),
    ]
