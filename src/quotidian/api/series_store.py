"""The series store as a worker's event loop uses it, which never waits for a server.

A file is read in the loop: under a millisecond, and a thread would cost more. A server is asked in threads.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import Engine

from quotidian.api.sight import Sight
from quotidian.domain.errors import Unavailable
from quotidian.store.series import writing
from quotidian.store.series_dialect import dialect_of
from quotidian.store.transactions import changing

T = TypeVar("T")

_READERS: Final = 6
_WRITERS: Final = 2
_MOST_WAITING: Final = 1_000


class Threads:
    """Threads for one purpose; what they do may wait for the series store, and is given up when that is lost."""

    def __init__(self, name: str, number: int, sight: Sight) -> None:
        self._pool = ThreadPoolExecutor(number, name)
        self._sight = sight
        self._waiting = 0

    async def run(self, function: Callable[..., T], *given: Any) -> T:
        """What a function returns, called in a thread. Raises Unavailable if too many wait, or the store is lost."""
        self._sight.check()
        if self._waiting >= _MOST_WAITING:
            raise Unavailable("Too many requests wait for the database; ask again")
        self._waiting += 1
        try:
            return await self._sight.unless_lost(asyncio.wrap_future(self._pool.submit(function, *given)))
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Begin nothing more; what has begun ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class SeriesStore(Protocol):
    """The series store. For one event loop."""

    async def read(self, function: Callable[..., T], *given: Any) -> T:
        """What a function reads in one transaction, which it gets first. Raises what it raises, and Unavailable."""

    async def call(self, function: Callable[..., T], *given: Any) -> T:
        """What a function returns that uses the store in its own way. Raises as `read`."""

    async def write(self, function: Callable[..., T], *given: Any) -> T:
        """What a function returns that writes what is served, in one transaction, which it gets first.

        In a thread: another process may be writing, which may take a while. Raises as `read`."""

    async def change(self, function: Callable[..., T], *given: Any) -> T:
        """The same of a function that writes nothing that is served: it waits for nobody but those that do the same."""

    def close(self) -> None:
        """Let go of the store."""


class _Store:
    """What a file and a server have in common: threads that write."""

    def __init__(self, engine: Engine, sight: Sight) -> None:
        self._engine = engine
        self._writers = Threads("writing", _WRITERS, sight)
        self._changers = Threads("changing", _WRITERS, sight)

    async def write(self, function: Callable[..., T], *given: Any) -> T:
        """What a function returns that writes what is served, in one transaction, which it gets first."""
        return await self._writers.run(_written, self._engine, function, given)

    async def change(self, function: Callable[..., T], *given: Any) -> T:
        """What a function returns that writes what is not served, in one transaction, which it gets first."""
        return await self._changers.run(_changed, self._engine, function, given)

    def close(self) -> None:
        """Let go of the store."""
        self._writers.close()
        self._changers.close()
        self._engine.dispose()


class FileStore(_Store):
    """A file, which the event loop reads, for one request at a time."""

    def __init__(self, engine: Engine, sight: Sight) -> None:
        super().__init__(engine, sight)
        self._reads = engine.connect()

    async def read(self, function: Callable[..., T], *given: Any) -> T:
        """What a function reads in one transaction, which it gets first."""
        with self._reads.begin():
            return function(self._reads, *given)

    async def call(self, function: Callable[..., T], *given: Any) -> T:
        """What a function returns that uses the store in its own way."""
        return function(*given)

    def close(self) -> None:
        """Let go of the file."""
        self._reads.close()
        super().close()


class ServerStore(_Store):
    """A server, which threads ask, each over a connection of its own."""

    def __init__(self, engine: Engine, sight: Sight) -> None:
        super().__init__(engine, sight)
        self._readers = Threads("reading", _READERS, sight)

    async def read(self, function: Callable[..., T], *given: Any) -> T:
        """What a function reads in one transaction, which it gets first."""
        return await self._readers.run(read_in, self._engine, function, given)

    async def call(self, function: Callable[..., T], *given: Any) -> T:
        """What a function returns that uses the store in its own way."""
        return await self._readers.run(function, *given)

    def close(self) -> None:
        """Let go of the server."""
        self._readers.close()
        super().close()


def open_store(engine: Engine, sight: Sight) -> SeriesStore:
    """The series store behind an engine."""
    return FileStore(engine, sight) if dialect_of(engine).IN_PROCESS else ServerStore(engine, sight)


def read_in(engine: Engine, function: Callable[..., T], given: tuple[Any, ...]) -> T:
    """What a function reads in a transaction, which it gets first, on a connection of its own."""
    with engine.connect() as connection, connection.begin():
        return function(connection, *given)


def _written(engine: Engine, function: Callable[..., T], given: tuple[Any, ...]) -> T:
    with writing(engine) as connection:
        return function(connection, *given)


def _changed(engine: Engine, function: Callable[..., T], given: tuple[Any, ...]) -> T:
    with changing(engine) as connection:
        return function(connection, *given)
