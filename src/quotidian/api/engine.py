"""The engine, as a worker asks it: over its socket, while the worker's event loop goes on with other requests."""

import asyncio
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from quotidian.domain.errors import BadRequest, Unavailable
from quotidian.engine.protocol import LENGTH_BYTES, Reply, connect, decode_reply, encode_message, size_of
from quotidian.engine.questions import LONGEST_SECONDS, Asked, Explain, Refused
from quotidian.series.experiments.question import Experiment
from quotidian.series.experiments.report import ExperimentReport
from quotidian.series.explain.explanation import Explanation

_SPARE_SECONDS: Final = 5.0
"""How much longer the engine may be silent than an answer may take: it may be late, or its answer long."""


A = TypeVar("A", Explanation, ExperimentReport)


class EngineClient:
    """Asks the engine that listens at a socket. A worker never opens the event store itself."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def explain(self, asked: Explain) -> Explanation:
        """An explanation.

        Raises BadRequest for a question that has none, Unavailable if the engine cannot answer at the moment.
        """
        return await self._answer(asked, Explanation)

    async def experiment(self, asked: Experiment) -> ExperimentReport:
        """The report of an experiment. Raises as `explain`."""
        return await self._answer(asked, ExperimentReport)

    async def _answer(self, asked: Asked, wanted: type[A]) -> A:
        try:
            async with asyncio.timeout(LONGEST_SECONDS + _SPARE_SECONDS):
                reply = await self._ask(asked)
        except TimeoutError as error:
            raise Unavailable("The engine, which has the events, does not answer in time; ask again") from error
        except (OSError, EOFError, msgspec.MsgspecError) as error:
            raise Unavailable("The engine, which has the events, does not run or has just ended; ask again") from error
        if isinstance(reply, Refused):
            raise Unavailable(reply.message) if reply.may_pass else BadRequest(reply.message)
        if not isinstance(reply, wanted):
            raise Unavailable("The engine did not answer the question; ask again")
        return reply

    async def _ask(self, asked: Asked) -> Reply:
        reader, writer = await asyncio.open_unix_connection(sock=connect(self._path, blocking=False))
        try:
            return await _exchange(asked, reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


async def _exchange(asked: Asked, reader: StreamReader, writer: StreamWriter) -> Reply:
    writer.write(encode_message(asked))
    await writer.drain()
    return decode_reply(await reader.readexactly(size_of(await reader.readexactly(LENGTH_BYTES))))
