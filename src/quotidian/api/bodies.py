"""Request bodies: read within bounds of size and time, and unpacked within the same bounds."""

import asyncio
import re
import zlib
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest

from quotidian.errors import BadRequest, BodyTooLarge, TooSlow, Unavailable, UnknownEncoding
from quotidian.settings import Settings

_MOST_AT_ONCE: Final = 128 << 20
_GZIP: Final = 16 + zlib.MAX_WBITS


class BodyReader:
    """Reads the bodies of a worker's requests; together they take bounded memory."""

    def __init__(self, settings: Settings) -> None:
        self._most = settings.body_limit_bytes
        self._seconds = settings.body_seconds
        self._held = 0

    async def read(self, http: HttpRequest) -> bytes:
        """The body, unpacked. Raises an ApiError for one that is too large, too slow, or not what it says it is."""
        check_length(http, self._most)
        encoding = http.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip"):
            raise UnknownEncoding(f"Content-Encoding {encoding[:50]!r} is not understood; use gzip or none")
        body = await self._receive(http)
        return body if encoding == "identity" else self._unpack(body)

    async def _receive(self, http: HttpRequest) -> bytes:
        chunks: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._seconds):
                async for chunk in http.stream():
                    size += len(chunk)
                    self._held += len(chunk)
                    chunks.append(chunk)
                    if size > self._most:
                        raise _too_large(size, self._most)
                    if self._held > _MOST_AT_ONCE:
                        raise Unavailable("Too many large requests at once; send it again")
        except TimeoutError as error:
            raise TooSlow(f"The body did not arrive within {self._seconds} seconds") from error
        except ClientDisconnect as error:
            raise BadRequest("The body ended before it was whole") from error
        finally:
            self._held -= size
        return b"".join(chunks)

    def _unpack(self, body: bytes) -> bytes:
        """Gzip, of one or several members. No more is unpacked than is accepted: a small body may hold gigabytes."""
        unpacked, rest = b"", body
        while rest:
            member = zlib.decompressobj(_GZIP)
            try:
                unpacked += member.decompress(rest, self._most + 1 - len(unpacked))
            except zlib.error as error:
                raise BadRequest(f"The body is not gzip, as Content-Encoding says: {error}") from error
            if len(unpacked) > self._most:
                raise _too_large(len(unpacked), self._most)
            if not member.eof:
                raise BadRequest("The body's gzip ends before it is whole")
            rest = member.unused_data
        return unpacked


def check_length(http: HttpRequest, most: int) -> None:
    """Refuse a body that claims to be larger than is accepted."""
    length = http.headers.get("content-length", "0")
    if not re.fullmatch("[0-9]{1,18}", length) or int(length) > most:
        raise _too_large(length, most)


def _too_large(size: int | str, most: int) -> BodyTooLarge:
    return BodyTooLarge(f"The body has {size} bytes or more; at most {most} are accepted")
