"""Sessions as the pages use them: found by the browser's cookie."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar

from starlette.requests import Request as HttpRequest

from quotidian.api.endpoints import DASHBOARD_PERMISSION
from quotidian.api.services import Services
from quotidian.control.keys import Key
from quotidian.control.sessions import Session, end_session, find_session, is_link, open_session, use_link
from quotidian.dashboard.cookies import SESSION, Cookies
from quotidian.store.series import writing

R = TypeVar("R")


class Sessions:
    """The sessions of a server."""

    def __init__(self, services: Services, threads: Executor, cookies: Cookies) -> None:
        self._services = services
        self._threads = threads
        self._cookies = cookies

    async def of(self, http: HttpRequest) -> Session | None:
        """The session of who asks, with the keys that may see pages; None of who has not signed in.

        Asked of the store each time: a key that is revoked is out at once.
        """
        secret = self._cookies.get(http, SESSION)
        return await self.in_thread(self._find, secret) if secret else None

    def _find(self, secret: str) -> Session | None:
        with self._services.series.connect() as connection:
            session = find_session(connection, secret)
        keys = tuple(key for key in session.keys if DASHBOARD_PERMISSION in key.permissions) if session else ()
        return Session(secret, keys) if keys else None

    async def open(self, before: Session | None, key: Key) -> str:
        """Open a session of a key, and of the keys of the one before, which ends; returns its secret."""
        return await self.in_thread(self._open, before, key)

    def _open(self, before: Session | None, key: Key) -> str:
        with writing(self._services.series) as connection:
            return open_session(connection, key, self.seconds, before.secret if before else None)

    @property
    def seconds(self) -> int:
        """How long a session lasts."""
        return self._services.settings.session_hours * 3_600

    async def end(self, session: Session) -> None:
        """End a session."""
        await self.in_thread(self._end, session)

    def _end(self, session: Session) -> None:
        with writing(self._services.series) as connection:
            end_session(connection, session.secret)

    async def use_link(self, secret: str) -> Key | None:
        """The key of a link that signs in once, which is used up."""
        return await self.in_thread(self._use_link, secret)

    def _use_link(self, secret: str) -> Key | None:
        with self._services.series.connect() as connection:
            if not is_link(connection, secret):
                return None
        with writing(self._services.series) as connection:
            key = use_link(connection, secret)
        return key if key and DASHBOARD_PERMISSION in key.permissions else None

    async def in_thread(self, function: Callable[..., R], *given: Any) -> R:
        """What a function returns, called in a thread of the pages."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *given)
