"""Requests that wait until there is something to answer. They take no thread, and no transaction while they wait."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import Connection

from quotidian.api.request import Request
from quotidian.api.series_store import SeriesStore
from quotidian.api.sight import Sight
from quotidian.series.changes import newest_version

_LOOK_SECONDS: Final = 0.25

IsReady = Callable[[Request[Any]], bool]


class Waiting:
    """The requests of a worker that wait, each for at most as many seconds as its parameter `wait` says."""

    def __init__(self, store: SeriesStore, sight: Sight) -> None:
        self._store = store
        self._sight = sight
        self._is_ended = False

    async def until(self, is_ready: IsReady, request: Request[Any]) -> None:
        """Wait until a request can be answered, or for as long as it may: looked at when something was published."""
        give_up = time.monotonic() + request.parameters.wait
        seen = published = None
        while time.monotonic() < give_up and not self._is_ended:
            version = self._sight.version()
            if version is None or version != seen:
                is_answerable, published = await self._store.read(_look, is_ready, request, published)
                if is_answerable:
                    return
            seen = version
            await asyncio.sleep(_LOOK_SECONDS)

    def end(self) -> None:
        """Nobody waits any longer: the worker is to end."""
        self._is_ended = True


def _look(
    connection: Connection, is_ready: IsReady, request: Request[Any], looked_at: int | None
) -> tuple[bool, int | None]:
    """Whether a request can be answered, and the newest version of its workspace; unknown if that is looked at."""
    newest = newest_version(connection, request.workspace)
    return newest != looked_at and is_ready(replace(request, transaction=connection)), newest
