"""Answers that are made while they are sent: in threads, a few at once, each no faster than its client takes it.

What makes an answer is a generator of pieces. It is asked for the next block of them in a thread, while the block
before is sent: so one is made ahead, and memory is bounded. If the client is gone, or takes nothing for too long, the
generator is closed, and with it the transaction that it reads in.
"""

import asyncio
import logging
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final, TypeVar

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from quotidian.api.sight import Sight
from quotidian.domain.errors import Unavailable
from quotidian.settings import Settings
from quotidian.telemetry.logs import REQUEST_ID

_LOG = logging.getLogger(__name__)

T = TypeVar("T")
Pieces = Generator[bytes, None, None]

BLOCK_BYTES: Final = 256 << 10
"""Pieces are sent in blocks of at least this size."""

# Only one of them computes at a time, and whoever waits for it, the event loop too, waits longer the more there are.
_THREADS: Final = 2

# Requests whose first blocks are made or are waited for.
_MOST_BEGINNING: Final = 100


class Streams:
    """The answers of a worker that are made in threads. At most `streams` of them are longer than a block at once."""

    def __init__(self, settings: Settings, sight: Sight) -> None:
        self._sight = sight
        self._most = settings.streams
        self._stall_seconds = settings.stall_seconds
        self._pool = ThreadPoolExecutor(_THREADS, "stream")
        # Whoever makes a first block holds a connection to the store too.
        self._turns = asyncio.Semaphore(settings.streams)
        self._beginning = 0
        self._running = 0

    async def respond(self, pieces: Pieces, headers: Mapping[str, str]) -> Response:
        """A success of these pieces, none of which is made yet.

        A short answer is whole before it is sent, and holds nothing of the store meanwhile. Raises what the first
        pieces raise, and Unavailable if others fill the worker, or the store is lost.
        """
        self._sight.check()
        blocks = _Blocks(pieces, self._pool)
        try:
            first, second = await self._sight.unless_lost(self._begin(blocks))
            if second and self._running >= self._most:
                raise Unavailable(f"{self._most} long answers are being sent already; ask again")
        except BaseException:
            blocks.end()
            raise
        if not second:
            return Response(first, headers=headers)
        return Streamed(self, blocks, (first, second), headers)

    async def _begin(self, blocks: "_Blocks") -> tuple[bytes, bytes]:
        """The first two blocks."""
        if self._beginning >= _MOST_BEGINNING:
            raise Unavailable(f"{self._beginning} answers are being made already; ask again")
        self._beginning += 1
        try:
            async with self._turns:
                first = await blocks.next()
                return first, await blocks.next() if first else b""
        finally:
            self._beginning -= 1

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Count a long answer while the block lasts."""
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1

    async def send(self, blocks: "_Blocks", block: bytes, following: bytes, receive: Receive, send: Send) -> None:
        """Send two blocks and all that come after them.

        If the client is gone, or a block cannot be made, the end is not sent, and the server cuts the connection.
        """
        gone = asyncio.ensure_future(_until_gone(receive))
        making = None
        try:
            while block:
                making = blocks.next()
                await self._send(block, gone, send)
                block, following = following, await _unless_gone(making, gone)
            await send({"type": "http.response.body", "body": b""})
        except _ClientGone as error:
            _LOG.info("Answer %s was not sent to its end: %s", REQUEST_ID.get(), error)
        except Exception as error:
            _LOG.error("Answer %s was cut: it cannot be made to its end", REQUEST_ID.get(), exc_info=error)
        finally:
            gone.cancel()
            if making:
                making.cancel()
            blocks.end()

    async def _send(self, block: bytes, gone: "asyncio.Future[None]", send: Send) -> None:
        """Send a block. Raises _ClientGone if the client is gone, or takes nothing for too long."""
        sending = asyncio.ensure_future(send({"type": "http.response.body", "body": block, "more_body": True}))
        await asyncio.wait({sending, gone}, timeout=self._stall_seconds, return_when=asyncio.FIRST_COMPLETED)
        if gone.done() or sending.done():
            return await _unless_gone(sending, gone)
        sending.cancel()
        raise _ClientGone("the client takes nothing any more")

    def close(self) -> None:
        """Wait for the threads."""
        self._pool.shutdown()


class _ClientGone(Exception):  # noqa: N818 - it is no error of ours
    """Nobody takes what is sent."""


class _Blocks:
    """Pieces joined into blocks, each made in a thread, one at a time; b"" when there are no more."""

    def __init__(self, pieces: Pieces, pool: ThreadPoolExecutor) -> None:
        self._pieces = pieces
        self._pool = pool
        self._lock = Lock()
        self._has_ended = False

    def next(self) -> "asyncio.Future[bytes]":
        """The next block; b"" again once they have ended."""
        return asyncio.wrap_future(self._pool.submit(self._next))

    def end(self) -> None:
        """Let go of what the pieces are made of, once the piece that is being made is there."""
        self._has_ended = True
        self._pool.submit(self._end)

    def _next(self) -> bytes:
        block, size = [], 0
        with self._lock:
            for piece in self._pieces:
                block.append(piece)
                size += len(piece)
                if size >= BLOCK_BYTES or self._has_ended:
                    break
        return b"".join(block)

    def _end(self) -> None:
        with self._lock:
            self._pieces.close()


class Streamed(Response):
    """A success that is longer than a block."""

    def __init__(
        self, streams: Streams, blocks: _Blocks, begun: tuple[bytes, bytes], headers: Mapping[str, str]
    ) -> None:
        super().__init__(headers=headers)
        # Its length is not known.
        del self.headers["content-length"]
        self._streams = streams
        self._blocks = blocks
        self._begun = begun

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; of a HEAD request's answer the headers alone."""
        # Counted before the first await, after which another request may look.
        with self._streams.sending():
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if scope["method"] == "HEAD":
                self._blocks.end()
                await send({"type": "http.response.body", "body": b""})
            else:
                await self._streams.send(self._blocks, *self._begun, receive, send)


async def _until_gone(receive: Receive) -> None:
    """Wait until the client closes the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _unless_gone(work: "asyncio.Future[T]", gone: "asyncio.Future[None]") -> T:
    """What comes of some work. Raises _ClientGone if the client is gone, or goes before it is done."""
    either: set[asyncio.Future[Any]] = {work, gone}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if gone.done():
        work.cancel()
        raise _ClientGone("the client is gone")
    return work.result()
