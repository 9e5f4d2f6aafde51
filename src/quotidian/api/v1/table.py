"""A table: what an endpoint of `/v1` answers, as points and as rows, whichever its client asks for.

Points are JSON values, one a day of a series. Rows are long: one a number, with the subject, the day, the element and
the metric that it is of in columns of their own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import msgspec

from quotidian.domain.chunks import chunks
from quotidian.domain.days import Day
from quotidian.series.points import point

Row = tuple[Any, ...]
"""A value a column: text or None, a `Day`, a number or None."""


class Column(NamedTuple):
    """A column of the rows. `day` is a date, `integer` has 64 bits, `number` is a double."""

    name: str
    type: Literal["text", "day", "integer", "number"]


DAY: Final = Column("day", "day")
CHANNEL: Final = Column("channel", "text")
VARIATION: Final = Column("variation", "text")
METRIC: Final = Column("metric", "text")
VALUE: Final = Column("value", "number")

BATCH: Final = 1_000


@dataclass(frozen=True)
class Table:
    """A table that is read while it is written: one of `points` and `rows` is called, once.

    Both yield batches, each of which is in memory whole. `more` gives the keys that stand behind `data` in JSON; it is
    called when all points were read. `state` is all that the table depends on beside its parameters, where that is
    known: a table with the same is the same, and need not be read.
    """

    columns: Sequence[Column]
    points: Callable[[], Iterator[Sequence[bytes]]]
    rows: Callable[[], Iterator[Sequence[Row]]]
    more: Callable[[], Mapping[str, Any]] = dict
    state: object = None


def table_of_days(days: Iterator[tuple[Day, Mapping[str, float | None]]], state: object = None) -> Table:
    """A table of one series without elements: its days, ascending, each with its numbers by name.

    A point is `{"time": …, name: number, …}`, a row (day, metric, value).
    """
    points = (point(day, msgspec.json.encode(numbers)[1:]) for day, numbers in days)
    rows = ((day, name, number) for day, numbers in days for name, number in numbers.items())
    return Table((DAY, METRIC, VALUE), lambda: chunks(points, BATCH), lambda: chunks(rows, BATCH), state=state)
