"""Answers a request for a table: in the format and encoding that the client asks for, read in one transaction."""

from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import Engine
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from quotidian import __version__
from quotidian.api.endpoint import AnyEndpoint
from quotidian.api.head import read_head
from quotidian.api.request import Request
from quotidian.api.tags import is_known, tag_of
from quotidian.api.v1.formats import chosen_format
from quotidian.api.v1.packing import chosen_encoding, packed
from quotidian.api.v1.streams import Pieces, Streamed, Streams
from quotidian.api.v1.table import Table
from quotidian.api.v1.writing import written

_VARY: Final = {"vary": "Accept, Accept-Encoding"}


class Tables:
    """The tables of a worker."""

    def __init__(self, engine: Engine, streams: Streams) -> None:
        self._engine = engine
        self._streams = streams

    async def respond(self, endpoint: AnyEndpoint, request: Request[Any], http: HttpRequest) -> Response:
        """A success, or 304 if the client has it. Raises what the handler raises, and Unavailable."""
        answer = _Answer(self._engine, endpoint, request, http)
        try:
            response = await self._streams.respond(answer.pieces(), answer.headers)
        except _Known:
            response = Response(status_code=304, headers=_VARY)
        if response.status_code == 200 and not isinstance(response, Streamed):
            # It is whole, and its tag that of its bytes: it holds, whatever is published beside it.
            answer.tag = tag_of(bytes(response.body))
            if is_known(answer.known, answer.tag):
                response = Response(status_code=304, headers=_VARY)
        if answer.tag:
            # Weak where it is packed: it is the same answer, and not byte by byte.
            response.headers["etag"] = f"{'W/' if answer.encoding else ''}{answer.tag.decode()}"
        return response


class _Known(Exception):  # noqa: N818 - it is no error
    """The client has this answer."""


class _Answer:
    """An answer on its way."""

    def __init__(self, engine: Engine, endpoint: AnyEndpoint, request: Request[Any], http: HttpRequest) -> None:
        self._engine = engine
        self._endpoint = endpoint
        self._request = request
        self._form = chosen_format(request.parameters, _given(http, "accept"))
        self.encoding = chosen_encoding(_given(http, "accept-encoding"), self._form)
        self.known = read_head(http.scope).if_none_match
        self.tag = b""

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a success."""
        encoding = {"content-encoding": self.encoding} if self.encoding else {}
        return {"content-type": self._form.media_type, **_VARY, **encoding}

    def pieces(self) -> Pieces:
        """The answer, piece by piece. The transaction is open until the last, or until the generator is closed.

        Raises _Known before the first if the client has the answer.
        """
        with self._engine.connect() as connection, connection.begin():
            table: Table = self._endpoint.handler(replace(self._request, transaction=connection))
            if table.state is not None:
                self._set_tag(table.state)
            yield from packed(written(table, self._form), self.encoding)

    def _set_tag(self, state: object) -> None:
        """Set the tag of an answer that depends on nothing but its request, a state and this program."""
        made_of = (
            __version__,
            self._endpoint.path,
            self._request.workspace,
            self._request.parameters,
            self._form,
            state,
        )
        self.tag = tag_of(repr(made_of).encode())
        if is_known(self.known, self.tag):
            raise _Known


def _given(http: HttpRequest, header: str) -> str:
    """A header that is a list, of which a part may stand in each of several lines."""
    return ", ".join(http.headers.getlist(header))
