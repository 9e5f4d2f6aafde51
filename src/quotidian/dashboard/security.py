"""What every answer of the pages is sent with: the headers of all pages, and that it is kept nowhere.

Style sheets and scripts are kept by the browser, which asks each time whether they are still the same.
"""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quotidian.api.policy import PAGE_HEADERS

_HEADERS: Final = tuple((name.lower().encode(), value.encode()) for name, value in PAGE_HEADERS.items())
_NOT_KEPT: Final = (b"cache-control", b"no-store")
_ASKED_FOR_AGAIN: Final = (b"cache-control", b"no-cache")
_FILES: Final = "/pages/"


class Secured:
    """An ASGI application whose answers have these headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = _ASKED_FOR_AGAIN if scope["path"].startswith(_FILES) else _NOT_KEPT
                message["headers"] = [*message["headers"], *_HEADERS, kept]
            await send(message)

        await self._app(scope, receive, sending)
