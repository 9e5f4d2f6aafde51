"""The version of the series store's data, as a worker knows it: what was read at one version holds until another comes.

A file is looked at whenever somebody asks. A server is looked at by a thread, a few times a second, so that nobody
waits for it: what was read of it holds only while the last look is young, and if looks do not come back, the server is
lost from sight, and whoever waits for it is told so.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable
from threading import Event, Thread
from typing import Final, Protocol, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from quotidian.domain.errors import Unavailable
from quotidian.store.folder import DataFolder
from quotidian.store.series import data_version
from quotidian.store.series_dialect import DataVersion, dialect_of

_LOG = logging.getLogger(__name__)

LOOK_SECONDS: Final = 0.25
"""Seconds from one look at a server to the next."""

HOLD_SECONDS: Final = 1.5
"""Seconds from the beginning of a look for which holds what it saw: no node serves what is two seconds old."""

LOST_SECONDS: Final = 3.0
"""Seconds without a look that came back, after which nobody waits for a server any more."""

T = TypeVar("T")


class Sight(Protocol):
    """What a worker sees of the series store. For one event loop."""

    def version(self) -> int | None:
        """The version now; None while nobody can say."""

    def check(self) -> None:
        """Raise Unavailable if the store is lost from sight: work that waits for it need not begin."""

    async def unless_lost(self, work: Awaitable[T]) -> T:
        """What comes of work that waits for the store. Raises Unavailable once the store is lost from sight."""

    def close(self) -> None:
        """Let go of the store."""


class FileSight:
    """Sight of a file: once for all requests that have come by now."""

    def __init__(self, data_version: DataVersion) -> None:
        self._data_version = data_version
        self._is_looked_at = False
        self._is_failing = False
        self._version: int | None = None

    def version(self) -> int | None:
        """The version now; None while nobody can say."""
        if not self._is_looked_at:
            # Those that have come are in the loop's queue before the call that ends this, so that none of them was sent
            # after what this look does not see.
            asyncio.get_running_loop().call_soon(self._look_again)
            self._is_looked_at = True
            self._version = self._look()
        return self._version

    def check(self) -> None:
        """A file is never lost from sight."""

    async def unless_lost(self, work: Awaitable[T]) -> T:
        """What comes of work: a file is never lost from sight."""
        return await work

    def close(self) -> None:
        """Let go of the file."""
        self._data_version.close()

    def _look(self) -> int | None:
        try:
            version = self._data_version.look()
        except DatabaseError as error:
            if not self._is_failing:
                _say_that_it_fails(error)
            self._is_failing = True
            return None
        self._is_failing = False
        return version

    def _look_again(self) -> None:
        self._is_looked_at = False


class ServerSight:
    """Sight of a server, by a thread that looks again and again."""

    def __init__(self, data_version: DataVersion) -> None:
        self._data_version = data_version
        # When the last look that came back began, and what it saw: in one, since two threads use it.
        self._seen: tuple[float, int | None] = time.monotonic(), None
        self._is_failing = False
        self._ended = Event()
        self._thread = Thread(target=self._run, name="sight", daemon=True)
        self._thread.start()

    def version(self) -> int | None:
        """The version now, as far as anybody can know; None if it was looked at too long ago."""
        began, version = self._seen
        return version if time.monotonic() - began < HOLD_SECONDS else None

    def check(self) -> None:
        """Raise Unavailable if the server is lost from sight."""
        if time.monotonic() - self._seen[0] > LOST_SECONDS:
            raise Unavailable("The database does not answer; ask again")

    async def unless_lost(self, work: Awaitable[T]) -> T:
        """What comes of work that waits for the server. Raises Unavailable once the server is lost from sight."""
        doing = asyncio.ensure_future(work)
        try:
            while not doing.done():
                self.check()
                await asyncio.wait({doing}, timeout=LOOK_SECONDS)
            return doing.result()
        finally:
            doing.cancel()

    def close(self) -> None:
        """Look no more. A look that does not come back ends with the process."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            began = time.monotonic()
            try:
                self._seen = began, self._data_version.look()
                self._is_failing = False
            except DatabaseError as error:
                if not self._is_failing:
                    _say_that_it_fails(error)
                self._is_failing = True
        self._data_version.close()


def open_sight(folder: DataFolder, series: Engine) -> Sight:
    """Sight of the series store of a data folder."""
    looking = data_version(folder)
    return FileSight(looking) if dialect_of(series).IN_PROCESS else ServerSight(looking)


def _say_that_it_fails(error: DatabaseError) -> None:
    _LOG.error("The series store cannot be looked at, and no answers are kept: %s", error.orig)
