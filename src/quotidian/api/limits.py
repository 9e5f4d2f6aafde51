"""Rate limits: per workspace, in fixed windows on the clock, counted for all workers together (semantics.md §6).

Attempts to sign in to the dashboard are counted in the same way, per address.
"""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from limits.storage import Storage, storage_from_string

from quotidian.api.counters import SCHEME
from quotidian.control.workspaces import Workspace
from quotidian.domain.errors import UserError
from quotidian.settings import Settings

_LOG = logging.getLogger(__name__)

# What answers say of a limit that is off. Clients read the headers as numbers, and some wait when little is left: so it
# is more than anybody asks, and not more than 32 bits hold.
_NO_LIMIT: Final = 1_000_000_000

_Failures = tuple[type[Exception], ...]


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
    """Counts requests. `clock` gives epoch seconds. Raises UserError for a storage that is unknown or unusable."""

    def __init__(self, settings: Settings, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.hourly = Limit("hourly", settings.hourly_limit, 3600)
        self.campaigns = Limit("campaigns", settings.campaigns_minute_limit, 60)
        self.ingest = Limit("ingest", settings.ingest_minute_limit, 60)
        self._limits = {limit.name: limit for limit in (self.hourly, self.campaigns, self.ingest)}
        uri = settings.limits_storage or f"{SCHEME}://{folder}"
        self._storage = _open_storage(uri)
        failures = self._storage.base_exceptions
        # The client of Memcached lets errors of the network through.
        self._failures: _Failures = (OSError, *(failures if isinstance(failures, tuple) else (failures,)))
        self._clock = clock
        self._is_counting = True

    def named(self, name: str) -> Limit:
        """The limit of that name."""
        return self._limits[name]

    def count(self, limit: Limit, workspace: Workspace) -> Allowance:
        """Count a request, and say what that leaves."""
        return self.count_of(limit, str(workspace.id))

    def count_of(self, limit: Limit, owner: str) -> Allowance:
        """Count for an owner that is no workspace, such as an address."""
        return self._allowance(limit, owner, self._storage.incr, 2 * limit.window_seconds)

    def look(self, limit: Limit, workspace: Workspace | None) -> Allowance:
        """What is left, without counting; the full allowance for requests without a workspace."""
        return self.look_at(limit, str(workspace.id)) if workspace else self._allowance(limit, "", lambda _: 0)

    def look_at(self, limit: Limit, owner: str) -> Allowance:
        """What is left of an owner's limit, without counting."""
        return self._allowance(limit, owner, self._storage.get)

    def _allowance(self, limit: Limit, owner: str, use: Callable[..., int], *given: int) -> Allowance:
        now = self._clock()
        start = int(now) // limit.window_seconds * limit.window_seconds
        if not limit.requests:
            return Allowance(limit, 0, now, start + limit.window_seconds)
        used = self._counted(use, f"{limit.name}/{owner}/{start}", *given)
        return Allowance(limit, used, now, start + limit.window_seconds)

    def _counted(self, use: Callable[..., int], key: str, *given: int) -> int:
        """The count, or 0 while the storage fails, for example on a full disk: answering matters more than counting."""
        try:
            used = use(key, *given)
        except self._failures as error:
            if self._is_counting:
                _LOG.error("Limits cannot be counted, and are not enforced: %s", error)
            self._is_counting = False
            return 0
        self._is_counting = True
        return used


def _open_storage(uri: str) -> Storage:
    wanted = f"limits_storage must be a URL of the limits package, not {uri!r}"
    try:
        storage = storage_from_string(uri)
    except Exception as error:  # whatever a client of some database makes of a URL
        raise UserError(f"{wanted}: {error}") from error
    # Those whose methods are coroutines have another base: what they return is no number.
    if not isinstance(storage, Storage):
        raise UserError(f"{wanted}: it counts for asyncio only; leave out 'async+'")
    return storage
