"""A visit: somebody who has signed in asks for a page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlencode

from quotidian.api.series_store import Threads, read_in
from quotidian.api.services import Services
from quotidian.control.keys import Key
from quotidian.control.sessions import Session
from quotidian.control.workspaces import Workspace
from quotidian.dashboard.errors import PageError
from quotidian.dashboard.languages import Language
from quotidian.dashboard.ranges import Range, range_of
from quotidian.dashboard.words import N_

R = TypeVar("R")

_RANGE = ("days", "from", "to")


@dataclass(frozen=True)
class Visit:
    """Who asks for which page of a workspace, with which parameters (each once), in which language."""

    services: Services
    threads: Threads
    session: Session
    key: Key
    page: str
    given: Mapping[str, str]
    language: Language

    @property
    def workspace(self) -> Workspace:
        """The workspace whose numbers are shown."""
        return self.key.workspace

    @cached_property
    def range(self) -> Range:
        """The days that the page is about. Raises PageError."""
        return range_of(self.given, self.workspace.today)

    async def read(self, function: Callable[..., R], *given: Any) -> R:
        """What a function reads in one transaction of the series store, which it gets first; it runs in a thread."""
        return await self.threads.run(read_in, self.services.series, function, given)

    def may(self, permission: str) -> bool:
        """Whether the key has a permission: pages leave out what it may not see."""
        return permission in self.key.permissions

    def require(self, permission: str) -> None:
        """Raise PageError if the key lacks a permission."""
        if not self.may(permission):
            text = N_("The key you signed in with lacks the permission %(permission)s, which this page needs.")
            raise PageError(403, text, permission=permission)

    def to(self, page: str, **parameters: Any) -> str:
        """The address of another page of the workspace, relative to this one, about the same days.

        Parameters that are None or '' are left out.
        """
        return _address(page, {**self._days(), **parameters})

    def here(self, **changed: Any) -> str:
        """The address of this page with other parameters; None leaves one out."""
        return _address(self.page, {**self.given, **changed})

    def ranged(self, parameters: Mapping[str, str] | None) -> str | None:
        """The address of this page about other days, which `Range` gives."""
        return None if parameters is None else self.here(**{**dict.fromkeys((*_RANGE, "page")), **parameters})

    def number(self, series: str, metric: str, **parameters: Any) -> str:
        """The address of what a number means and is made of.

        `series` is the path of its series (domain/kinds.py, or a path under /v1). Parameters are those that name the
        series, `channel` and `variation_api_id` of an element, and `day` for one day; without it the number is the
        sum over the range.
        """
        return self.to("number", series=series, metric=metric, **parameters)

    def _days(self) -> dict[str, str]:
        return {name: self.given[name] for name in _RANGE if name in self.given}


def _address(page: str, parameters: Mapping[str, Any]) -> str:
    query = urlencode({name: value for name, value in parameters.items() if value not in (None, "")})
    return f"{page}?{query}" if query else page
