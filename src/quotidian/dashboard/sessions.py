"""Sessions as the pages use them: found by the browser's cookie."""

from collections.abc import Callable
from typing import Any, TypeVar

from starlette.requests import Request as HttpRequest

from quotidian.api.endpoints import DASHBOARD_PERMISSION
from quotidian.api.series_store import Threads, read_in
from quotidian.api.services import Services
from quotidian.control.keys import Key
from quotidian.control.sessions import Session, end_session, find_session, is_link, open_session, use_link
from quotidian.dashboard.cookies import SESSION, Cookies

R = TypeVar("R")


class Sessions:
    """The sessions of a server."""

    def __init__(self, services: Services, threads: Threads, cookies: Cookies) -> None:
        self._services = services
        self._threads = threads
        self._cookies = cookies

    async def of(self, http: HttpRequest) -> Session | None:
        """The session of who asks, with the keys that may see pages; None of who has not signed in.

        Asked of the store each time: a key that is revoked is out at once.
        """
        secret = self._cookies.get(http, SESSION)
        session = await self.read(find_session, secret) if secret else None
        keys = tuple(key for key in session.keys if DASHBOARD_PERMISSION in key.permissions) if session else ()
        return Session(secret, keys) if keys else None

    async def open(self, before: Session | None, key: Key) -> str:
        """Open a session of a key, and of the keys of the one before, which ends; returns its secret."""
        return await self._services.store.change(open_session, key, self.seconds, before.secret if before else None)

    @property
    def seconds(self) -> int:
        """How long a session lasts."""
        return self._services.settings.session_hours * 3_600

    async def end(self, session: Session) -> None:
        """End a session."""
        await self._services.store.change(end_session, session.secret)

    async def use_link(self, secret: str) -> Key | None:
        """The key of a link that signs in once, which is used up."""
        if not await self.read(is_link, secret):
            return None
        key = await self._services.store.change(use_link, secret)
        return key if key and DASHBOARD_PERMISSION in key.permissions else None

    async def read(self, function: Callable[..., R], *given: Any) -> R:
        """What a function reads in one transaction of the series store, which it gets first; it runs in a thread."""
        return await self._threads.run(read_in, self._services.series, function, given)
