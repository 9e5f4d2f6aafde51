"""The dashboard of a `Quotidian`, as a reader with a browser has it: signs in, asks for pages, reads them."""

import csv
import io
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from conftest import Quotidian
from starlette.testclient import TestClient

from quotidian.api.app import make_app
from quotidian.dashboard.routes import dashboard_routes

_VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_SPLIT_BY = (
    "th",
    "td",
    "p",
    "li",
    "h1",
    "h2",
    "h3",
    "dt",
    "dd",
    "a",
    "summary",
    "caption",
    "option",
    "label",
    "button",
)


@dataclass
class Parsed:
    """What is on a page: its status, all its text, the rows of each table by caption, and where each link leads."""

    status: int
    html: str
    text: str = ""
    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)

    def link(self, text: str) -> str:
        """Where the first link with this text leads, relative to the page."""
        return next(address for name, address in self.links if name == text)


class Pages:
    """A reader, who has signed in with a key of the workspace."""

    def __init__(
        self, quotidian: Quotidian, key: str | None = None, workspace: str = "default", language: str = "en"
    ) -> None:
        headers = {"Accept-Language": language}
        app = make_app(quotidian.services, further=dashboard_routes(quotidian.services))
        self.client = TestClient(app, raise_server_exceptions=False, headers=headers)
        self.workspace = workspace
        if key != "":
            self.sign_in(key or quotidian.key)

    def sign_in(self, key: str) -> Any:
        """Sign in by the form, with one more key; the answer after all redirections."""
        form = self.client.get("/sign-in").text
        token = form.split('name="csrf" value="')[1].split('"')[0]
        return self.client.post("/sign-in", data={"csrf": token, "key": key})

    def get(self, page: str, **parameters: object) -> Any:
        """The answer to a request for a page of the workspace."""
        given = {name.rstrip("_"): str(value) for name, value in parameters.items() if value is not None}
        return self.client.get(f"/w/{self.workspace}/{page}", params=given)

    def page(self, page: str, *, status: int = 200, **parameters: object) -> Parsed:
        """What is on a page."""
        response = self.get(page, **parameters)
        assert response.status_code == status, response.text
        return parsed(response.status_code, response.text)

    def follow(self, address: str) -> Parsed:
        """What is on the page to which a link of a page leads."""
        response = self.client.get(f"/w/{self.workspace}/{address}")
        return parsed(response.status_code, response.text)

    def csv(self, page: str, table: str, **parameters: object) -> list[dict[str, str]]:
        """The rows of a table of a page, as CSV gives them."""
        response = self.get(page, csv=table, **parameters)
        assert response.status_code == 200, response.text
        assert response.headers["content-type"].startswith("text/csv")
        return list(csv.DictReader(io.StringIO(response.text)))


def parsed(status: int, html: str) -> Parsed:
    """A page, read."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    assert parser.open == [], f"left open: {parser.open}"
    text = " ".join("".join(parser.texts).split())
    return Parsed(status, html, text, parser.tables, parser.links)


class _Parser(HTMLParser):
    """Reads a page; one whose tags do not match is a failure."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.links: list[tuple[str, str]] = []
        self._caption = ""
        self._rows: list[list[str]] = []
        self._marks: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        self.open.append(tag)
        self._marks.append(len(self.texts))
        if tag in _SPLIT_BY:
            self.texts.append(" ")
        if tag == "table":
            self._caption, self._rows = "", []
        if tag == "tr":
            self._rows.append([])
        if tag == "a":
            self.links.append(("", dict(attrs).get("href") or ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """SVG's shapes have nothing in them."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> without a beginning"
        assert self.open[-1] == tag, (self.open[-3:], tag)
        self.open.pop()
        text = " ".join("".join(self.texts[self._marks.pop() :]).split())
        if tag in ("td", "th") and self._rows:
            self._rows[-1].append(text)
        if tag == "caption":
            self._caption = text
        if tag == "table":
            self.tables[self._caption] = self._rows
        if tag == "a" and self.links:
            self.links[-1] = (text, self.links[-1][1])

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("script", "style"):
            self.texts.append(data)
