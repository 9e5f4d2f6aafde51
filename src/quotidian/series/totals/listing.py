"""Pages of campaigns, canvases, segments and custom events, sorted by any of their numbers.

All that match are read for each page, because any number may decide which are on it: of 10,000 campaigns, in some
tenth of a second.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Slice
from quotidian.domain.totals import ADDED_UP, Totals
from quotidian.series.listing.search import texts_of
from quotidian.series.totals.find import Found, Search, find

NAME: Final = "name"
SORTS: Final = (NAME, *Totals._fields, "delivery_rate", "open_rate", "click_rate", "conversion_rate")
"""What items can be sorted by: their names, and all numbers that `Totals` has."""


class Wanted(NamedTuple):
    """Which items, as a `Search` has them, and in which order; pages of so many `rows` count from 0."""

    days: Slice
    text: str = ""
    tag: str = ""
    channel: str = ""
    archived: bool | None = None
    sort: str = NAME
    descending: bool = False
    page: int = 0
    rows: int = 50


class Item(NamedTuple):
    """A campaign, canvas, segment or custom event, and what it has in the days that were asked for."""

    id: str
    name: str
    archived: bool
    tags: list[str]
    channels: list[str]
    totals: Totals


class PageOfTotals(NamedTuple):
    """Items of a page; how many there are on all pages, and what those add up to. Sizes of segments do not."""

    rows: list[Item]
    total_rows: int
    sums: Totals


def page_of(connection: Connection, workspace: Workspace, kind: str, wanted: Wanted) -> PageOfTotals:
    """A page of the items of a kind, CAMPAIGN, CANVAS, SEGMENT or EVENT; those without data are among them.

    Items without the number that is sorted by come last, and where numbers are equal, names decide, then ids. A page
    past the end has no rows. Raises ValueError for a sort that is none of SORTS.
    """
    if wanted.sort not in SORTS:
        raise ValueError(f"sort must be one of {', '.join(SORTS)}, not {wanted.sort!r}")
    search = Search(wanted.days, wanted.text, wanted.tag, wanted.channel, wanted.archived)
    found = _sorted(find(connection, workspace, kind, search), wanted)
    first = min(wanted.page * wanted.rows, len(found))
    rows = [_item(each) for each in found[first : first + wanted.rows]]
    return PageOfTotals(rows, len(found), _sums([each.totals for each in found]))


def _sorted(found: list[Found], wanted: Wanted) -> list[Found]:
    """Sorted from how `find` does, by id."""
    by_name = wanted.sort == NAME
    found = sorted(found, key=lambda each: each.name.casefold(), reverse=by_name and wanted.descending)
    return found if by_name else _by_number(found, wanted)


def _by_number(found: Iterable[Found], wanted: Wanted) -> list[Found]:
    number = attrgetter(f"totals.{wanted.sort}")
    numbered: list[tuple[float, Found]] = []
    without = []
    for each in found:
        if (of_each := number(each)) is None:
            without.append(each)
        else:
            numbered.append((of_each, each))
    numbered.sort(key=lambda pair: pair[0], reverse=wanted.descending)
    return [*(each for _, each in numbered), *without]


def _item(found: Found) -> Item:
    tags, channels = texts_of(found.tags), texts_of(found.channels)
    return Item(found.id, found.name, bool(found.archived), tags, channels, found.totals)


def _sums(those: Sequence[Totals]) -> Totals:
    columns = zip(ADDED_UP, zip(*those, strict=True), strict=False)
    sums: dict[str, Any] = {
        name: sum(filter(None, column)) for name, column in columns if column.count(None) < len(column)
    }
    return Totals(**sums)
