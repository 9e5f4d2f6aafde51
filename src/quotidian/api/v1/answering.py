"""Answers a request for a table: in the format and encoding that the client asks for, read in one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine
from starlette.responses import Response

from quotidian.api.request import Request
from quotidian.api.v1.formats import Format, TableQuery, chosen_format
from quotidian.api.v1.packing import chosen_encoding, packed
from quotidian.api.v1.streams import Pieces, Streams
from quotidian.api.v1.table import Table
from quotidian.api.v1.writing import written

TableHandler = Callable[[Request[Any]], Table]


class Tables:
    """The tables of a worker."""

    def __init__(self, engine: Engine, streams: Streams) -> None:
        self._engine = engine
        self._streams = streams

    async def respond(
        self, handler: TableHandler, request: Request[TableQuery], headers: Mapping[str, str]
    ) -> Response:
        """A success. Raises what the handler raises, and Unavailable."""
        form = chosen_format(request.parameters, headers.get("accept", ""))
        encoding = chosen_encoding(headers.get("accept-encoding", ""), form)
        given = {"content-type": form.media_type, "vary": "Accept, Accept-Encoding"}
        if encoding:
            given["content-encoding"] = encoding
        return await self._streams.respond(self._pieces(handler, request, form, encoding), given)

    def _pieces(self, handler: TableHandler, request: Request[TableQuery], form: Format, encoding: str) -> Pieces:
        """The answer, piece by piece. The transaction is open until the last, or until the generator is closed."""
        with self._engine.connect() as connection, connection.begin():
            table = handler(replace(request, transaction=connection))
            yield from packed(written(table, form), encoding)
