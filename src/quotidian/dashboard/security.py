"""What every answer of the pages is sent with: the headers of all pages, and that it is kept nowhere."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quotidian.api.policy import PAGE_HEADERS

_HEADERS: Final = tuple((name.lower().encode(), value.encode()) for name, value in PAGE_HEADERS.items())
_NOT_KEPT: Final = (b"cache-control", b"no-store")


class Secured:
    """An ASGI application whose answers have these headers, and are kept nowhere unless they say so themselves."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message["headers"], *_HEADERS]
                if not any(name == b"cache-control" for name, _ in headers):
                    headers.append(_NOT_KEPT)
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, sending)
