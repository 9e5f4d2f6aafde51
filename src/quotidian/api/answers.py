"""Answers that were given and still hold: asked again, they cost a look at the store's version and no query.

Whatever is written to the series store, a point or a key, ends them all, and the keys that are kept beside them. What
depends on the clock changes on a quarter of an hour, as offsets of time zones do; it ends there too. A key that expires
ends between them, so each is asked for that whenever it is used. Rate limits count as ever.
"""

import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeVar, cast

from starlette.types import ASGIApp, Receive, Scope, Send

from quotidian.api.head import read_head
from quotidian.api.limits import RateLimiter
from quotidian.api.observed import ENDPOINT
from quotidian.api.sight import Sight
from quotidian.api.tags import is_known
from quotidian.control.keys import Key
from quotidian.domain.errors import Unavailable
from quotidian.inbox.key_uses import KeyUses

T = TypeVar("T")

_QUARTER_SECONDS: Final = 900

_ASKED: Final = "quotidian.asked"

# What Python takes for an answer beside its bytes: without it many small ones would take far more than is allowed.
_OVERHEAD_BYTES: Final = 1_000


class Asked(NamedTuple):
    """Path, query and key of a request, and the state of the store before anything was read for it."""

    path: str
    query: bytes
    secret: str
    version: tuple[int, int]


@dataclass(frozen=True)
class KnownAnswer:
    """A success with its entity tag, the key that asked for it, and whose allowance of which limit it uses."""

    endpoint: str
    key: Key
    limit: str
    body: bytes
    tag: bytes


class Answers:
    """The answers of one worker, and what it has read of keys and workspaces."""

    def __init__(self, sight: Sight, most_bytes: int) -> None:
        self._sight = sight
        self._most_bytes = most_bytes
        self._held = 0
        # None while the store cannot be looked at.
        self._version: tuple[int, int] | None = None
        self._answers: dict[Asked, KnownAnswer] = {}
        self._turned_away: set[int] = set()
        self._read: dict[Hashable, Any] = {}

    def find(self, scope: Scope) -> KnownAnswer | None:
        """The answer to a request, if it is known and holds.

        None while the store cannot be looked at: whoever reads it for an answer then says what is wrong.
        """
        asked = scope[_ASKED] = _asked(scope, self._current())
        answer = self._answers.get(asked) if asked else None
        return None if answer is None or answer.key.has_expired() else answer

    def keep(self, scope: Scope, answer: KnownAnswer) -> None:
        """Keep an answer that was not found, unless it can be outdated already.

        The oldest ones make room for it if it is asked for again: answers that are asked for once drive out no others.
        """
        asked: Asked | None = scope.get(_ASKED)
        if asked is None or asked.version != self._version:
            return
        size = _size(asked, answer)
        if size > self._most_bytes:
            return
        if self._held + size > self._most_bytes and not self._is_asked_again(asked):
            return
        while self._held + size > self._most_bytes:
            oldest = next(iter(self._answers))
            self._held -= _size(oldest, self._answers.pop(oldest))
        self._held += size
        self._answers[asked] = answer

    def _is_asked_again(self, asked: Asked) -> bool:
        """Whether there was no room for the answer before; of about as many requests as there are answers."""
        if hash(asked) in self._turned_away:
            return True
        if len(self._turned_away) >= len(self._answers):
            self._turned_away.clear()
        self._turned_away.add(hash(asked))
        return False

    async def read(self, what: Hashable, read: Callable[[], Awaitable[T | None]]) -> T | None:
        """What was read once and still holds, or is read now. What is not there is looked for each time."""
        found = self._read.get(what)
        if found is None:
            version = self._version
            found = await read()
            # Read before something changed, it would be kept beside what was read since.
            if found is not None and version is not None and version == self._version:
                self._read[what] = found
        return cast("T | None", found)

    def _current(self) -> tuple[int, int] | None:
        """The version of what is kept, which is emptied if it is not the store's; None if nobody can say."""
        seen = self._sight.version()
        version = None if seen is None else (seen, int(time.time()) // _QUARTER_SECONDS)
        if version is None or version != self._version:
            self._answers.clear()
            self._turned_away.clear()
            self._read.clear()
            self._held, self._version = 0, version
        return version


class Remembering:
    """An ASGI application that gives known answers itself, and leaves the rest to another."""

    def __init__(self, app: ASGIApp, answers: Answers, limiter: RateLimiter, uses: KeyUses) -> None:
        self._app = app
        self._answers = answers
        self._limiter = limiter
        self._uses = uses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        answer = self._answers.find(scope)
        if answer is None:
            await self._app(scope, receive, send)
            return
        self._uses.note(answer.key)
        try:
            allowance = await self._limiter.count(self._limiter.named(answer.limit), answer.key.workspace)
        except Unavailable:
            await self._app(scope, receive, send)
            return
        if allowance.is_exceeded:
            # Counted once more on its way to being refused, where nothing is left to count.
            await self._app(scope, receive, send)
            return
        scope[ENDPOINT] = answer.endpoint
        status, body, headers = 200, answer.body, [(b"etag", answer.tag)]
        if (given := read_head(scope).if_none_match) and is_known(given, answer.tag):
            status, body = 304, b""
        else:
            headers += (b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")
        headers += allowance.headers()
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _size(asked: Asked, answer: KnownAnswer) -> int:
    return _OVERHEAD_BYTES + len(asked.path) + len(asked.query) + len(asked.secret) + len(answer.body)


def _asked(scope: Scope, version: tuple[int, int] | None) -> Asked | None:
    """What a request asks for, if its answer can be kept: a GET without a body."""
    if version is None or scope["type"] != "http" or scope["method"] != "GET":
        return None
    head = read_head(scope)
    if head.has_body or head.fault:
        return None
    return Asked(scope["path"], scope["query_string"], head.secret, version)
