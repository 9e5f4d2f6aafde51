"""The page of a list: headings that sort, rows with numbers and small charts, what they add up to, and other pages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from quotidian.dashboard.charts.spark import condensed
from quotidian.dashboard.lists.asked import ROWS_A_PAGE, Asked, asked_of
from quotidian.dashboard.lists.kinds import ListKind, Measure
from quotidian.dashboard.lists.reading import ReadList, Trend, read_all, read_list
from quotidian.dashboard.naming import CHANNEL_NAMES
from quotidian.dashboard.page import Shown
from quotidian.dashboard.tables import Column, Linked, Numbers
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_, sentence
from quotidian.domain.kinds import SIZE
from quotidian.domain.ratios import change
from quotidian.domain.totals import Totals
from quotidian.series.totals.listing import Item

_MOST_CHOICES: Final = 100
"""Of more tags one is typed in: nobody reads so long a choice, and a page has to stay small."""


class Heading(NamedTuple):
    """The head of a column: its title, where sorting by it leads, and how the list is sorted by it, '' if it is not."""

    title: str
    address: str
    order: str


class NumberHeading(NamedTuple):
    """The head of a number, and that of the rate below it."""

    number: Heading
    rate: Heading | None


class Cell(NamedTuple):
    """A number and the rate below it, each a link; without a rate None."""

    number: Any
    form: str
    rate: Any


class Row(NamedTuple):
    """An item: `said` is what its name does not say, `spark` the values of its small chart.

    `change` is how much larger its number is than on the days before.
    """

    item: Item
    address: str
    said: str
    spark: Sequence[float]
    cells: Sequence[Cell]
    change: float | None


@dataclass(frozen=True)
class Listing:
    """A page of a list as its template shows it."""

    kind: ListKind
    asked: Asked
    name: Heading
    headings: Sequence[NumberHeading]
    rows: Sequence[Row]
    total_rows: int
    sums: Sequence[Cell]
    tags: Sequence[str]
    channels: Sequence[str]
    everything: str

    @property
    def first(self) -> int:
        """The number of the first row, from 1."""
        return (self.asked.page - 1) * ROWS_A_PAGE + 1

    @property
    def last(self) -> int:
        """The number of the last row."""
        return self.first + len(self.rows) - 1

    @property
    def has_many_tags(self) -> bool:
        """Whether there are too many tags to choose from."""
        return len(self.tags) > _MOST_CHOICES

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total_rows // ROWS_A_PAGE))


async def show_list(visit: Visit, kind: ListKind) -> Shown:
    """A list. Raises PageError for what it cannot be asked for."""
    asked = asked_of(visit.given, kind)
    if visit.given.get("csv"):
        items = await visit.read(read_all, visit.workspace, kind, asked, visit.range)
        return Shown({}, {visit.page: _as_table(kind, items)})
    read = await visit.read(read_list, visit.workspace, kind, asked, visit.range)
    return Shown({"list": _Making(visit, kind, asked).listing(read), "channel_names": CHANNEL_NAMES})


class _Making:
    def __init__(self, visit: Visit, kind: ListKind, asked: Asked) -> None:
        self._visit = visit
        self._kind = kind
        self._asked = asked

    def listing(self, read: ReadList) -> Listing:
        found = read.found
        return Listing(
            self._kind,
            self._asked,
            self._heading("name", N_("Name")),
            [self._number_heading(measure) for measure in self._kind.measures],
            [self._row(item, read.trends[item.id], self._said(read, item.id)) for item in found.rows],
            found.total_rows,
            [self._cell(measure, found.sums, None) for measure in self._kind.measures],
            read.tags,
            tuple(CHANNEL_NAMES) if self._kind.has_channels else (),
            self._visit.here(text=None, tag=None, channel=None, archived=None, page=None),
        )

    def _said(self, read: ReadList, item_id: str) -> str:
        """Who is in a segment."""
        definition = read.definitions.get(item_id) if self._visit.may("segments.details") else None
        return sentence(definition.in_words(self._visit.language)) if definition else ""

    def _number_heading(self, measure: Measure) -> NumberHeading:
        rate = measure.rate and self._heading(measure.rate.name, measure.rate.title)
        return NumberHeading(self._heading(measure.name, measure.title), rate)

    def _heading(self, name: str, title: str) -> Heading:
        address = self._visit.here(sort=self._asked.sorted_by(name), page=None)
        return Heading(title, address, self._asked.order if self._asked.sort == name else "")

    def _row(self, item: Item, trend: Trend, said: str) -> Row:
        address = self._visit.to(self._kind.item_page, **{self._kind.parameter: item.id})
        cells = [self._cell(measure, item.totals, item.id) for measure in self._kind.measures]
        whole = getattr(item.totals, self._kind.spark.name)
        return Row(item, address, said, condensed(trend.days), cells, change(whole, trend.before))

    def _cell(self, measure: Measure, totals: Totals, item_id: str | None) -> Cell:
        """A number of an item with its rate, or without an id of all items together, which no series has."""
        rate = measure.rate and measure.rate.value(totals)
        number = value_of(measure, totals)
        if item_id is None:
            return Cell(number, measure.form, rate)
        linked = self._linked(rate, measure.rate.name, item_id) if measure.rate else None
        return Cell(self._linked(number, measure.metric, item_id), measure.form, linked)

    def _linked(self, value: float | None, metric: str, item_id: str) -> Linked | None:
        if value is None:
            return None
        named = {self._kind.parameter: item_id, "channel": self._asked.channel}
        # A size is that of a day, and no sum.
        day = self._visit.range.last.isoformat() if metric == SIZE else None
        return Linked(value, self._visit.number(self._kind.series, metric, **named, day=day))


def value_of(measure: Measure, totals: Totals) -> float | None:
    """A number as it is shown: revenue in dollars."""
    number: float | None = totals.dollars if measure.form == "money" else getattr(totals, measure.name)
    return number


def _as_table(kind: ListKind, items: Sequence[Item]) -> Numbers:
    """The items as CSV has them: each rate is a column of its own."""
    columns = [Column(N_("Name"), "text"), Column(N_("Id"), "text")]
    for measure in kind.measures:
        columns.append(Column(measure.title, measure.form))
        columns += [Column(measure.rate.title, "percent")] if measure.rate else []
    return Numbers(columns, [(item.name, item.id, *_numbers_of(kind, item)) for item in items])


def _numbers_of(kind: ListKind, item: Item) -> Iterator[float | None]:
    for measure in kind.measures:
        yield value_of(measure, item.totals)
        if measure.rate:
            yield measure.rate.value(item.totals)
