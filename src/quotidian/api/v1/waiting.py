"""Requests that wait until there is something to answer. They take no thread, and no transaction while they wait."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Connection

from quotidian.api.request import Request
from quotidian.series.changes import newest_version

_LOOK_SECONDS: Final = 0.25


class Waiting:
    """The requests of a worker that wait, each for at most as many seconds as its parameter `wait` says."""

    def __init__(self, reads: Connection) -> None:
        self._reads = reads
        self._is_ended = False

    async def until(self, is_ready: Callable[[Request[Any]], bool], request: Request[Any]) -> None:
        """Wait until a request can be answered, or for as long as it may: looked at when something was published."""
        give_up = time.monotonic() + request.parameters.wait
        looked_at = None
        while time.monotonic() < give_up and not self._is_ended:
            with self._reads.begin():
                version = newest_version(self._reads, request.workspace)
                if version != looked_at and is_ready(request):
                    return
            looked_at = version
            await asyncio.sleep(_LOOK_SECONDS)

    def end(self) -> None:
        """Nobody waits any longer: the worker is to end."""
        self._is_ended = True
