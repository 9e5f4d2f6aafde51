"""Rate limits: per workspace, in fixed windows on the clock, counted for all workers together (semantics.md §6)."""

import logging
import math
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from limits.errors import ConfigurationError
from limits.storage import Storage, storage_from_string

from quotidian.errors import UserError
from quotidian.settings import Settings
from quotidian.workspaces import Workspace

_LOG = logging.getLogger(__name__)
_SCHEME = "quotidian-sqlite"


@dataclass(frozen=True)
class Limit:
    """So many requests in each window of so many seconds; no limit where `requests` is 0."""

    name: str
    requests: int
    window_seconds: int


@dataclass(frozen=True)
class Allowance:
    """What is left of a limit; `reset` in epoch seconds."""

    limit: Limit
    used: int
    now: float
    reset: int

    @property
    def seconds_left(self) -> int:
        """Seconds until the window ends."""
        return math.ceil(self.reset - self.now)

    @property
    def is_exceeded(self) -> bool:
        """Whether the request that was counted last is one too many."""
        return self.used > self.limit.requests

    def headers(self) -> dict[str, str]:
        """The headers by which clients learn of it."""
        return {
            "X-RateLimit-Limit": str(self.limit.requests),
            "X-RateLimit-Remaining": str(max(0, self.limit.requests - self.used)),
            "X-RateLimit-Reset": str(self.reset),
        }


class RateLimiter:
    """Counts requests. `clock` tells epoch seconds. Raises UserError for a storage that there is not."""

    def __init__(self, settings: Settings, file: Path, clock: Callable[[], float] = time.time) -> None:
        self.hourly = Limit("hourly", settings.hourly_limit, 3600)
        self.campaigns = Limit("campaigns", settings.campaigns_minute_limit, 60)
        self.ingest = Limit("ingest", settings.ingest_minute_limit, 60)
        self._limits = {limit.name: limit for limit in (self.hourly, self.campaigns, self.ingest)}
        uri = settings.limits_storage or f"{_SCHEME}://{file}"
        try:
            self._storage = cast(Storage, storage_from_string(uri))
        except ConfigurationError as error:
            raise UserError(f"limits_storage must be a URL of the limits package, not {uri!r}: {error}") from error
        self._clock = clock
        self._is_counting = True

    def named(self, name: str) -> Limit:
        """The limit of that name."""
        return self._limits[name]

    def count(self, limit: Limit, workspace: Workspace) -> Allowance:
        """Count a request, and say what that leaves."""
        return self._allowance(limit, workspace, lambda key: self._storage.incr(key, 2 * limit.window_seconds))

    def look(self, limit: Limit, workspace: Workspace | None) -> Allowance:
        """What is left, without counting; for nobody's workspace all of it."""
        return self._allowance(limit, workspace, self._storage.get if workspace else lambda _: 0)

    def _allowance(self, limit: Limit, workspace: Workspace | None, use: Callable[[str], int]) -> Allowance:
        if not limit.requests:
            return Allowance(limit, 0, 0, 0)
        now = self._clock()
        start = int(now) // limit.window_seconds * limit.window_seconds
        owner = workspace.id if workspace else 0
        used = self._counted(lambda: use(f"{limit.name}/{owner}/{start}"))
        return Allowance(limit, used, now, start + limit.window_seconds)

    def _counted(self, use: Callable[[], int]) -> int:
        """The count; 0 while the storage fails, on a full disk for example: to answer goes before to count."""
        try:
            used = use()
        except self._storage.base_exceptions as error:
            if self._is_counting:
                _LOG.error("Limits cannot be counted, and are not enforced: %s", error)
            self._is_counting = False
            return 0
        self._is_counting = True
        return used


class SqliteStorage(Storage):
    """Counters in a file that all workers of one machine share: `quotidian-sqlite://PATH`.

    The limits package has storages for one process and for servers. This is between the two: nothing to install.
    """

    STORAGE_SCHEME = [_SCHEME]  # noqa: RUF012 - as the base class has it

    def __init__(self, uri: str, wrap_exceptions: bool = False, **options: float | str | bool) -> None:  # noqa: ARG002
        super().__init__(uri, wrap_exceptions)
        self._connection = sqlite3.connect(
            uri.removeprefix(f"{_SCHEME}://"), timeout=5, isolation_level=None, check_same_thread=False
        )
        # Counters need not survive a loss of power, so nothing waits for the disk.
        for pragma in ("journal_mode = WAL", "synchronous = OFF"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS counters (key TEXT PRIMARY KEY, number INTEGER, expires REAL) WITHOUT ROWID"
        )

    @property
    def base_exceptions(self) -> type[Exception]:
        """What can go wrong in here."""
        return sqlite3.Error

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a counter and return it; a new one goes `expiry` seconds later."""
        now = time.time()
        (number,) = self._connection.execute(
            "INSERT INTO counters VALUES (?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET number = number + excluded.number RETURNING number",
            (key, amount, now + expiry),
        ).fetchone()
        if number == amount:
            # A new window: time to forget old ones.
            self._connection.execute("DELETE FROM counters WHERE expires < ?", (now,))
        return int(number)

    def get(self, key: str) -> int:
        """A counter's value."""
        row = self._connection.execute("SELECT number FROM counters WHERE key = ?", (key,)).fetchone()
        return int(row[0]) if row else 0

    def get_expiry(self, key: str) -> float:
        """When a counter goes, in epoch seconds; now, if it is not there."""
        row = self._connection.execute("SELECT expires FROM counters WHERE key = ?", (key,)).fetchone()
        return float(row[0]) if row else time.time()

    def check(self) -> bool:
        """Whether the file answers."""
        return bool(self._connection.execute("SELECT 1").fetchone())

    def reset(self) -> int | None:
        """Forget all counters; returns how many there were."""
        return self._connection.execute("DELETE FROM counters").rowcount

    def clear(self, key: str) -> None:
        """Forget one counter."""
        self._connection.execute("DELETE FROM counters WHERE key = ?", (key,))
