"""Request bodies: read within bounds of size and time, and unpacked within the same bounds."""

import asyncio
import re
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest

from quotidian.api.gzips import too_large, unpack
from quotidian.api.head import read_head
from quotidian.api.memory import Held, Memory
from quotidian.domain.counts import plain_count
from quotidian.domain.errors import BadRequest, BodyTooLarge, TooSlow, UnknownEncoding, shown
from quotidian.settings import Settings

# Gzip may unpack to a thousand times its size, which others should not wait for.
_UNPACKED_IN_LOOP_BYTES: Final = 4096
# Events have some 25 bytes for each comma, so this refuses none; lists of nothing have 2 or 3, and take 64 in memory.
_BYTES_A_COMMA: Final = 10


class BodyReader:
    """Reads the bodies of a worker's requests; together they take bounded memory."""

    def __init__(self, settings: Settings) -> None:
        self._most = settings.body_limit_bytes
        self._seconds = settings.body_seconds
        self._most_events = settings.events_limit
        self._memory = Memory.of(settings)

    def held(self) -> Held:
        """What a request holds: `with bodies.held() as held` around all of its handling."""
        return self._memory.held()

    async def read(self, http: HttpRequest, held: Held) -> bytes:
        """The body, unpacked; its claimed length has been checked.

        Raises an ApiError for one that is too large, too slow, or not what it says it is.
        """
        encoding = http.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip"):
            raise UnknownEncoding(f"Content-Encoding {shown(encoding)} is not understood; use gzip or none")
        body = await self._receive(http, held)
        if encoding != "identity":
            body = await self._unpack(body, held)
        self._check_commas(body)
        return body

    async def _receive(self, http: HttpRequest, held: Held) -> bytes:
        chunks: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._seconds):
                async for chunk in http.stream():
                    size += len(chunk)
                    if size > self._most:
                        raise too_large(size, self._most)
                    held.add(len(chunk))
                    chunks.append(chunk)
        except TimeoutError as error:
            raise TooSlow(f"The body did not arrive within {plain_count(self._seconds, 'second')}") from error
        except ClientDisconnect as error:
            raise BadRequest("The body ended before it was whole") from error
        return b"".join(chunks)

    async def _unpack(self, body: bytes, held: Held) -> bytes:
        if len(body) <= _UNPACKED_IN_LOOP_BYTES:
            return unpack(body, self._most, held)
        return await asyncio.to_thread(unpack, body, self._most, held)

    def _check_commas(self, body: bytes) -> None:
        """Refuse a body of so many values that a list of them would take too much memory."""
        most = self._most // _BYTES_A_COMMA
        if len(body) > most and (commas := body.count(b",")) > most:
            raise BodyTooLarge(
                f"The body has {commas} commas; at most {most} are accepted (a tenth of body_limit_bytes), "
                f"and at most {plain_count(self._most_events, 'event')} (events_limit)"
            )


def check_length(http: HttpRequest, most: int) -> None:
    """Refuse a body that claims to be larger than is accepted."""
    if not read_head(http.scope).has_body:
        return
    length = http.headers.get("content-length", "0")
    if not re.fullmatch("[0-9]{1,18}", length):
        raise BodyTooLarge(f"Content-Length is {shown(length)}; at most {most} bytes are accepted")
    if int(length) > most:
        raise too_large(int(length), most)
