"""Addresses: of the page that is asked for, and of pages that a browser may be sent to.

All are relative, so that they hold under any prefix that a proxy has taken from them.
"""

import re
from typing import Final
from urllib.parse import quote, unquote

from starlette.requests import Request as HttpRequest

from quotidian.control.workspaces import Workspace

# What cannot be a part of a path as it is: browsers, proxies and servers each take such names for something else.
_UNWRITABLE: Final = re.compile(r"[/\\%\x00-\x1f\x7f-\x9f]|^~|^\.{0,2}$")

# As this server writes them. A browser takes other characters away, or for a part of something else.
_PAGE: Final = re.compile(r"w/([A-Za-z0-9%._~-]+)/[a-z][a-z-]*(\?[A-Za-z0-9%._~+*&=:,;@!$'()/?-]*)?")


def segment_of(workspace: Workspace) -> str:
    """What stands for a workspace in a path, not quoted: its name; `~` and its id if a path cannot have the name."""
    return f"~{workspace.id}" if _UNWRITABLE.search(workspace.name) else workspace.name


def workspace_path(workspace: Workspace, page: str) -> str:
    """The path of a page from the root, without the slash before it."""
    return f"w/{quote(segment_of(workspace), safe='')}/{page}"


def root_of(http: HttpRequest) -> str:
    """The root of all pages, from the page that is asked for: `../../`."""
    # As the browser wrote it: what stands for a slash in a name is none to the browser.
    path = http.scope.get("raw_path") or quote(http.scope["path"]).encode()
    return "../" * (path.count(b"/") - 1) or "./"


def asked_of(http: HttpRequest) -> str:
    """The page that is asked for with its parameters, from the root."""
    path = quote(http.scope["path"].lstrip("/"), safe="/")
    return f"{path}?{http.url.query}" if http.url.query else path


def own_page(address: str) -> str | None:
    """An address that somebody may have made up, if it is that of a page of a workspace, from the root; else None."""
    found = _PAGE.fullmatch(address)
    return address if found and not re.fullmatch(r"\.{1,2}", unquote(found[1])) else None
