"""The days that are asked for with `from` and `to` (semantics.md §9 and §11)."""

import re
from datetime import date, timedelta
from typing import Annotated, Final

from msgspec import field

from quotidian.api.parameters import Text
from quotidian.api.v1.formats import TableQuery
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Slice, day_of
from quotidian.domain.errors import BadRequest

DAYS: Final = 30
"""How many days are answered where `from` is not given."""

_FORM: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WANTED: Final = "a date as YYYY-MM-DD"
_SCHEMA: Final = {"type": "string", "format": "date"}


def read_date(text: str, _: Workspace) -> date:
    """A date and nothing else."""
    if not _FORM.fullmatch(text):
        raise ValueError(_WANTED)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(_WANTED) from error


class RangeQuery(TableQuery, kw_only=True):
    """Days from a first to a last, both included."""

    first: Annotated[
        date | None,
        Text(read_date, f"The first day, YYYY-MM-DD; default: {DAYS} days that end with `to`", _SCHEMA),
    ] = field(name="from", default=None)
    last: Annotated[
        date | None,
        Text(read_date, "The last day, YYYY-MM-DD; days after today are left out; default: today", _SCHEMA),
    ] = field(name="to", default=None)


def range_of(workspace: Workspace, asked: RangeQuery) -> Slice:
    """The days that are asked for, up to today; none if all of them are later.

    Raises BadRequest for a first day after the last, and for `to` in the first days of the calendar alone.
    """
    today = workspace.today
    last = asked.last or today
    first = asked.first or _days_before(last)
    if first > last:
        end = f"to ({last})" if asked.last else f"today ({last}), which is to where it is not given"
        raise BadRequest(f"from must not be after {end}, not {first}")
    return Slice(day_of(first), day_of(min(last, today)))


def _days_before(last: date) -> date:
    try:
        return last - timedelta(days=DAYS - 1)
    except OverflowError as error:
        raise BadRequest(f"to is {last}, which leaves no room for {DAYS} days before it; give from") from error
