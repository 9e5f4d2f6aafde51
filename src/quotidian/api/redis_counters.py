"""Counters that all nodes share, in Redis or Valkey.

Nobody waits longer than a quarter of a second for it. Once it has failed, nothing is asked of it for the sake of a
request until it is found to count again, so that a server that hangs holds up the requests of a moment only.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import SplitResult, urlsplit

from limits.aio.storage import RedisStorage
from limits.storage import storage_from_string
from redis.asyncio import BlockingConnectionPool, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from quotidian.domain.errors import CannotCount, UserError

_SECONDS: Final = 0.25
_RETRY_SECONDS: Final = 1.0
_PORT: Final = 6379

# One asks for one counter at a time: so many counters are asked for at once.
_CONNECTIONS: Final = 16

_TLS: Final = {"redis": False, "valkey": False, "rediss": True, "valkeys": True}
"""The schemes of URLs, and whether they mean TLS."""

_FORMS: Final = (
    "rediss://user:password@host:6379/0 (with TLS) or redis://… (without), the parts of it percent-encoded; empty "
    "counts in files of the data folder"
)


class RedisCounters:
    """Counters in the database that a URL names, where their names begin with `prefix`. For one event loop.

    What is counted while a counter's answer is on its way goes in one message, once it has come: under load a round
    trip serves many requests, and a counter never needs more than one connection.
    """

    def __init__(self, url: str, prefix: str) -> None:
        """Raises UserError for a URL that is none; it is not connected to yet."""
        self._secret, self._pool = _pool(url)
        # The connections have the address: this one is for the package's own look at it.
        storage = storage_from_string(
            f"async+redis://localhost:{_PORT}",
            implementation="redispy",
            key_prefix=prefix,
            connection_pool=cast(Any, self._pool),
        )
        self._storage = cast(RedisStorage, storage)
        self._gathering: dict[str, _Batch] = {}
        self._asking: dict[str, asyncio.Task[int]] = {}
        self._trouble = ""
        self._asked_again_at = 0.0
        self._looking: asyncio.Task[None] | None = None

    async def add(self, key: str, seconds: int) -> int:
        """Add 1 to a counter and return it; a new one goes so many seconds later. Raises CannotCount."""
        return await self._ask(key, seconds, 1)

    async def get(self, key: str) -> int:
        """A counter's value; 0 if it is not there. Raises CannotCount."""
        return await self._ask(key, 0, 0)

    async def close(self) -> None:
        """Let go of connections. Counters stay."""
        if self._looking:
            await asyncio.wait({self._looking})
        await self._pool.disconnect()

    async def _ask(self, key: str, seconds: int, amount: int) -> int:
        if self._trouble:
            self._look_again()
            raise CannotCount(self._trouble)
        batch = self._gathering.get(key)
        if batch is None:
            batch = self._gathering[key] = _Batch(key, seconds)
            batch.task = self._asking[key] = asyncio.create_task(self._send(batch, self._asking.get(key)))
            # If all clients that wait for it go away, nobody looks at what has become of it.
            batch.task.add_done_callback(lambda task: task.cancelled() or task.exception())
        batch.seconds = max(batch.seconds, seconds)
        batch.amount += amount
        place = batch.amount
        # A client that goes away does not take the others' count with it.
        total = await asyncio.shield(cast("asyncio.Task[int]", batch.task))
        return total - batch.amount + place

    async def _send(self, batch: "_Batch", before: "asyncio.Task[int] | None") -> int:
        """What a counter is, once a batch is counted: after the batch before, during which others may join this one."""
        if before:
            await asyncio.wait({before})
        del self._gathering[batch.key]
        try:
            if self._trouble:
                raise CannotCount(self._trouble)
            return await self._counted(batch)
        finally:
            if self._asking.get(batch.key) is batch.task:
                del self._asking[batch.key]

    async def _counted(self, batch: "_Batch") -> int:
        try:
            async with asyncio.timeout(_SECONDS):
                if not batch.amount:
                    return await self._storage.get(batch.key)
                return await self._storage.incr(batch.key, batch.seconds, batch.amount)
        except (RedisError, OSError, TimeoutError) as error:
            self._trouble, self._asked_again_at = self._said(error), time.monotonic() + _RETRY_SECONDS
            raise CannotCount(self._trouble) from error

    def _said(self, error: Exception) -> str:
        said = str(error) or f"no answer within {_SECONDS} seconds"
        # A server repeats the words of a command that it does not know.
        return said.replace(self._secret, "***") if self._secret else said

    def _look_again(self) -> None:
        """See whether it counts again, now and then; no request waits for it."""
        if time.monotonic() >= self._asked_again_at:
            self._asked_again_at = time.monotonic() + _RETRY_SECONDS
            self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        try:
            # Its name may mean another server by now.
            await self._pool.disconnect(inuse_connections=False)
            async with asyncio.timeout(_SECONDS):
                # Not a PING: a server that is full, or follows another, answers that too.
                await self._storage.incr("look", int(_RETRY_SECONDS))
        except (RedisError, OSError, TimeoutError) as error:
            self._trouble = self._said(error)
        else:
            self._trouble = ""


@dataclass
class _Batch:
    """Requests that one counter is asked for at once; `amount` of them count."""

    key: str
    seconds: int
    amount: int = 0
    task: "asyncio.Task[int] | None" = field(default=None, repr=False)


def _pool(url: str) -> tuple[str, ConnectionPool]:
    """The password of a URL, and connections to it. No error repeats the URL, which may hold a password."""
    try:
        parts = urlsplit(url)
        scheme = "rediss" if _TLS[parts.scheme] else "redis"
        _check(parts)
        retry = Retry(NoBackoff(), 1, (RedisConnectionError,))  # a connection that the server has closed
        pool = BlockingConnectionPool.from_url(
            parts._replace(scheme=scheme).geturl(),
            max_connections=_CONNECTIONS,
            timeout=_SECONDS,
            socket_timeout=_SECONDS,
            socket_keepalive=True,
            protocol=2,
            retry=retry,
        )
        # Made, not connected: it raises for what is no option of a connection.
        pool.connection_class(**pool.connection_kwargs)
    except (ValueError, TypeError, KeyError, RedisError) as error:
        raise UserError(f"rate_limit_url must be {_FORMS}") from error
    return pool.connection_kwargs.get("password") or "", pool


def _check(parts: SplitResult) -> None:
    """Raise ValueError for what the client would read as something else than is meant."""
    database = parts.path.removeprefix("/")
    if not parts.hostname or (database and not database.isascii()) or (database and not database.isdecimal()):
        raise ValueError(parts.path)
