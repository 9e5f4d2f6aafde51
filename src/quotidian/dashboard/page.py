"""A page: all that is known of one, and what it shows."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from quotidian.dashboard.tables import Numbers
from quotidian.dashboard.visit import Visit


@dataclass(frozen=True)
class Shown:
    """What a page shows: the values of its template, and the tables that it gives as CSV, by name."""

    values: Mapping[str, Any]
    tables: Mapping[str, Numbers] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """A page of a workspace. Its `name` is the last part of its path; its template has that name too.

    `title` is English. One with a `menu` title is in the menu. `permission` is what a key needs for it beside
    `dashboard`; '' if the page itself looks at each part.
    """

    name: str
    title: str
    handler: Callable[[Visit], Awaitable[Shown]]
    permission: str = ""
    menu: str = ""
