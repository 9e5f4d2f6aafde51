"""Rate limits: per workspace, in fixed windows on the clock, counted for all workers together (semantics.md §6).

Attempts to sign in to the dashboard are counted in the same way, per address.
"""

import logging
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from quotidian.api.counters import Counters, FileCounters
from quotidian.control.workspaces import Workspace
from quotidian.domain.errors import CannotCount, Unavailable
from quotidian.settings import Settings

_LOG = logging.getLogger(__name__)

# What answers say of a limit that is off. Clients read the headers as numbers, and some wait when little is left: so it
# is more than anybody asks, and not more than 32 bits hold.
_NO_LIMIT: Final = 1_000_000_000


@dataclass(frozen=True)
class Limit:
    """At most `requests` requests in each window of `window_seconds` seconds; 0 requests is no limit."""

    name: str
    requests: int
    window_seconds: int


class Allowance(NamedTuple):
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

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The rate limit headers of an answer, as ASGI has them."""
        most = self.limit.requests or _NO_LIMIT
        return [
            (b"x-ratelimit-limit", b"%d" % most),
            (b"x-ratelimit-remaining", b"%d" % max(0, most - self.used)),
            (b"x-ratelimit-reset", b"%d" % self.reset),
        ]


class RateLimiter:
    """Counts requests. `on_uncounted` is called for each that cannot be counted; `clock` gives epoch seconds."""

    def __init__(
        self,
        settings: Settings,
        counters: Counters,
        on_uncounted: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.hourly = Limit("hourly", settings.hourly_limit, 3600)
        self.campaigns = Limit("campaigns", settings.campaigns_minute_limit, 60)
        self.ingest = Limit("ingest", settings.ingest_minute_limit, 60)
        self._limits = {limit.name: limit for limit in (self.hourly, self.campaigns, self.ingest)}
        self._counters = counters
        self._is_closed_uncounted = settings.rate_limit_outage == "closed"
        self._on_uncounted = on_uncounted
        self._clock = clock
        self._is_counting = True

    def named(self, name: str) -> Limit:
        """The limit of that name."""
        return self._limits[name]

    def full(self, limit: Limit) -> Allowance:
        """The full allowance, which requests without a workspace have."""
        now = self._clock()
        return Allowance(limit, 0, now, int(now) // limit.window_seconds * limit.window_seconds + limit.window_seconds)

    def count(self, limit: Limit, workspace: Workspace) -> Awaitable[Allowance]:
        """Count a request, and say what that leaves. Raises Unavailable as `count_of`."""
        return self.count_of(limit, str(workspace.id))

    async def count_of(self, limit: Limit, owner: str) -> Allowance:
        """Count for an owner that is no workspace, such as an address.

        While nothing can be counted, nothing is used up; or with `rate_limit_outage` = closed it raises Unavailable.
        """
        full = self.full(limit)
        if not limit.requests:
            return full
        try:
            used = await self._counters.add(_key(full, owner), 2 * limit.window_seconds)
        except CannotCount as error:
            return self._uncounted(full, error)
        if not self._is_counting:
            self._is_counting = True
            _LOG.info("Limits are counted again")
        return Allowance(limit, used, full.now, full.reset)

    def look(self, limit: Limit, workspace: Workspace) -> Awaitable[Allowance]:
        """What is left, without counting. Raises Unavailable as `count_of`."""
        return self.look_at(limit, str(workspace.id))

    async def look_at(self, limit: Limit, owner: str) -> Allowance:
        """What is left of an owner's limit, without counting. Raises Unavailable as `count_of`."""
        full = self.full(limit)
        if not limit.requests:
            return full
        try:
            used = await self._counters.get(_key(full, owner))
        except CannotCount as error:
            return self._uncounted(full, error)
        return Allowance(limit, used, full.now, full.reset)

    async def close(self) -> None:
        """Let go of connections."""
        await self._counters.close()

    def _uncounted(self, full: Allowance, error: CannotCount) -> Allowance:
        """The allowance of who cannot be counted. Raises Unavailable if none is answered then."""
        if self._is_counting:
            meanwhile = "requests are refused" if self._is_closed_uncounted else "they are not enforced"
            _LOG.error("Limits cannot be counted, and %s: %s", meanwhile, error)
        self._is_counting = False
        self._on_uncounted()
        if self._is_closed_uncounted:
            raise Unavailable("Requests cannot be counted at the moment; ask again") from error
        return full


def open_counters(settings: Settings, folder: Path, fingerprint: str) -> Counters:
    """The counters of the data with a fingerprint. Raises UserError for a `rate_limit_url` that is none."""
    url = settings.rate_limit_url
    if not url:
        return FileCounters(folder)
    # Redis's client takes a sixth of a worker's start to import.
    from quotidian.api.redis_counters import RedisCounters  # noqa: PLC0415

    # Several Quotidians may share a database of Redis, in which each has a workspace 1.
    return RedisCounters(url, f"quotidian-{fingerprint}")


def _key(full: Allowance, owner: str) -> str:
    return f"{full.limit.name}/{owner}/{full.reset}"
