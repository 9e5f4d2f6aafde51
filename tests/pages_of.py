"""The pages of a `Quotidian`, as a browser without JavaScript has them: signed in, and taken apart."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import count
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urljoin

from conftest import Quotidian, client_of

from quotidian.api.app import make_app
from quotidian.dashboard.routes import dashboard_routes

_VOID: Final = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_UNSHOWN: Final = frozenset({"script", "style", "title"})

# Attempts to sign in are limited by address, so each reader has one.
_ADDRESSES: Final = (f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in count(1))


class Link(NamedTuple):
    """The text of a link, and where it leads as the page says it."""

    text: str
    address: str


@dataclass
class Table:
    """A table: titles of its columns, and rows with the texts of their cells; `links` has each cell's address or ''."""

    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    links: list[list[str]] = field(default_factory=list)

    def column(self, title: str) -> list[str]:
        """The texts of a column."""
        place = self.columns.index(title)
        return [row[place] for row in self.rows]


@dataclass
class Parsed:
    """What is on a page. Tables are by caption; `fields` are the inputs of forms with their values."""

    url: str
    text: str = ""
    title: str = ""
    headings: list[tuple[int, str]] = field(default_factory=list)
    tables: dict[str, Table] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)

    def addresses(self, text: str) -> list[str]:
        """Where the links with that text lead, from the root of the server."""
        return [urljoin(self.url, link.address) for link in self.links if link.text == text]


@dataclass
class _Element:
    tag: str
    attributes: dict[str, str]
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())


class _Parser(HTMLParser):
    """Reads a page. Raises AssertionError where an element is closed that is not open."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.page = Parsed(url)
        self._open: list[_Element] = []
        self._shown: list[str] = []
        self._table, self._caption = Table(), ""
        self._row: list[str] = []
        self._links: list[str] = []
        self._cell_link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.page.tags.add(tag)
        if tag == "input" and "name" in attributes:
            self.page.fields[attributes["name"]] = attributes.get("value", "")
        if tag == "table":
            self._table, self._caption = Table(), ""
        if tag == "tr":
            self._row, self._links = [], []
        if tag in ("td", "th"):
            self._cell_link = ""
        if tag not in _VOID:
            self._open.append(_Element(tag, attributes))
            self._shown.append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.tags.add(tag)

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.texts.append(data)
        if not any(element.tag in _UNSHOWN for element in self._open):
            self._shown.append(data)

    def handle_endtag(self, tag: str) -> None:
        element = self._open.pop()
        assert element.tag == tag, f"<{element.tag}> is closed by </{tag}>"
        self._shown.append(" ")
        match tag:
            case "title" if not any(each.tag == "svg" for each in self._open):
                self.page.title = element.text
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                self.page.headings.append((int(tag[1]), element.text))
            case "a":
                self._cell_link = self._cell_link or element.attributes.get("href", "")
                self.page.links.append(Link(element.text, element.attributes.get("href", "")))
            case "caption":
                self._caption = element.text
            case "td" | "th":
                self._row.append(element.text)
                self._links.append(self._cell_link)
            case "tr":
                self._end_row()
            case "table":
                self.page.tables[self._caption] = self._table

    def _end_row(self) -> None:
        if any(each.tag == "thead" for each in self._open):
            self._table.columns = self._row
        else:
            self._table.rows.append(self._row)
            self._table.links.append(self._links)

    def close(self) -> None:
        super().close()
        self.page.text = " ".join("".join(self._shown).split())


def parse(html: str, url: str = "") -> Parsed:
    """A page, taken apart."""
    parser = _Parser(url)
    parser.feed(html)
    parser.close()
    return parser.page


class Pages:
    """A reader with a browser. Signs in with a key, by default the one that `Quotidian` has of its workspace."""

    def __init__(
        self, opened: Quotidian, key: str | None = None, *, workspace: str = "default", language: str = "en"
    ) -> None:
        app = make_app(opened.services, further=dashboard_routes(opened.services))
        address = (next(_ADDRESSES), 4711)
        self.client = client_of(app, headers={"Accept-Language": language}, client=address)
        self.workspace = workspace
        if key != "":
            response = self.sign_in(key or opened.key)
            assert response.status_code == 200, parse(response.text).text

    @classmethod
    def stranger(cls, opened: Quotidian, **given: Any) -> "Pages":
        """One who has not signed in."""
        return cls(opened, "", **given)

    def sign_in(self, key: str, to: str = "") -> Any:
        """The answer to a key in the form of the sign-in page."""
        return self.post("/sign-in", self.form("/sign-in"), key=key, to=to)

    def form(self, path: str) -> dict[str, str]:
        """The fields of the forms of a page."""
        return parse(self.get(path).text).fields

    def get(self, path: str, **parameters: Any) -> Any:
        """The answer at a path from the root, or of a page's link; redirects are followed."""
        given = {name: value for name, value in parameters.items() if value is not None}
        return self.client.get(path, params=given or None)

    def post(self, path: str, fields: dict[str, str] | None = None, **changed: str) -> Any:
        """The answer to a form."""
        return self.client.post(path, data={**(fields or {}), **changed})

    def path(self, name: str) -> str:
        """The path of a page of the workspace."""
        return f"/w/{quote(self.workspace, safe='')}/{name}"

    def page(self, name: str, **parameters: Any) -> Parsed:
        """A page of the workspace, which must be there; its links lead from its address."""
        response = self.get(self.path(name), **parameters)
        assert response.status_code == 200, (response.status_code, parse(response.text).text)
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        return parse(response.text, str(response.url))

    def follow(self, page: Parsed, text: str) -> Parsed:
        """The page to which the first link with that text leads."""
        response = self.get(page.addresses(text)[0])
        assert response.status_code == 200, (response.status_code, parse(response.text).text)
        return parse(response.text, str(response.url))

    def csv(self, name: str, table: str, **parameters: Any) -> list[dict[str, str]]:
        """A table of a page as CSV: rows by the columns' titles."""
        response = self.get(self.path(name), csv=table, **parameters)
        assert response.status_code == 200, parse(response.text).text
        assert response.headers["content-type"].startswith("text/csv")
        return list(csv.DictReader(io.StringIO(response.text)))


def problems(page: Parsed) -> Iterator[str]:
    """What is wrong with a page for who hears it: one h1, headings in order, tables that have a caption."""
    levels = [level for level, _ in page.headings]
    if levels.count(1) != 1:
        yield f"{levels.count(1)} h1"
    yield from _leaps(levels)
    if "" in page.tables:
        yield "a table without a caption"


def _leaps(levels: Iterable[int]) -> Iterator[str]:
    before = 0
    for level in levels:
        if level > before + 1:
            yield f"h{level} after h{before}"
        before = level
