"""Numbers in rows: what a chart or a list shows, as a table on the page and as CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, NamedTuple

Form = Literal["text", "day", "number", "percent", "money"]

# What spreadsheets take for the beginning of a formula. Names come from events, which anybody may have sent.
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


class Column(NamedTuple):
    """A column: its English title, and how its values are written. Money is in US dollars, percent is a ratio."""

    title: str
    form: Form = "number"


class Linked(NamedTuple):
    """A value that leads somewhere: a number to what it means, a day to that day."""

    value: Any
    address: str


@dataclass(frozen=True)
class Numbers:
    """Rows of values, one a column: a text, a `date`, a number, None where there is none; or any of these `Linked`."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]


def as_csv(numbers: Numbers, titles: Sequence[str]) -> str:
    """The table as CSV: numbers and dates as programs read them, whatever the reader's language."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(titles)
    writer.writerows([_cell(value) for value in row] for row in numbers.rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, Linked):
        value = value.value
    if isinstance(value, str) and value.startswith(_FORMULAS):
        return f"'{value}"
    return value.isoformat() if isinstance(value, date) else value
