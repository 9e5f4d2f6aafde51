"""The days that a page is about: from its address, the last 30 by default; and the days before, to compare with."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

from quotidian.dashboard.errors import PageError
from quotidian.dashboard.given import number_given
from quotidian.dashboard.words import N_
from quotidian.domain.days import Day, Slice, date_of, day_of

PRESETS: Final = (7, 30, 90, 365)
"""Lengths of ranges that a link leads to, in days."""

MOST_DAYS: Final = 3_660
"""The longest range of a page."""

_DEFAULT_DAYS: Final = 30
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Range(NamedTuple):
    """Days from a first to a last, both included. `preset` is how many days that end today, None of given dates."""

    days: Slice
    preset: int | None
    today: Day

    @property
    def presets(self) -> tuple[int, ...]:
        """Lengths of ranges that end today, to choose from."""
        return PRESETS

    @property
    def first(self) -> date:
        """The first date."""
        return date_of(self.days.first)

    @property
    def last(self) -> date:
        """The last date."""
        return date_of(self.days.last)

    @property
    def length(self) -> int:
        """How many days."""
        return self.days.last - self.days.first + 1

    @property
    def before(self) -> Slice:
        """As many days, just before."""
        return Slice(Day(self.days.first - self.length), Day(self.days.first - 1))

    @property
    def parameters(self) -> dict[str, str]:
        """What an address says of the range."""
        if self.preset is not None:
            return {"days": str(self.preset)}
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}

    def moved(self, days: int) -> dict[str, str] | None:
        """What an address says of the range so many days later; None if that would end after today."""
        if self.days.last + days > self.today:
            return None
        return _dates(self.days.first + days, self.days.last + days)

    def widened(self) -> dict[str, str] | None:
        """What an address says of the range with as many days before it; None if that is too long."""
        return _dates(self.days.first - self.length, self.days.last) if 2 * self.length <= MOST_DAYS else None


def range_of(given: Mapping[str, str], today: date) -> Range:
    """The range of an address: `days` that end today, or `from` and `to`; days after today are left out.

    Raises PageError for what is no date, and for a range that is empty or too long.
    """
    last_of_all = day_of(today)
    if "from" not in given and "to" not in given:
        days = number_given(given, "days", _DEFAULT_DAYS, MOST_DAYS)
        return Range(Slice(Day(last_of_all - days + 1), last_of_all), days, last_of_all)
    last = min(read_day(given, "to") if given.get("to") else last_of_all, last_of_all)
    first = read_day(given, "from") if given.get("from") else Day(last - _DEFAULT_DAYS + 1)
    if first > last:
        raise PageError(400, N_("The first day is after the last one, or after today."))
    if last - first + 1 > MOST_DAYS:
        raise PageError(400, N_("A page shows at most %(most)s days; choose fewer."), most=MOST_DAYS)
    return Range(Slice(first, last), None, last_of_all)


def read_day(given: Mapping[str, str], name: str) -> Day:
    """The day that a parameter says. Raises PageError for what is no date."""
    text = given[name]
    try:
        if _DATE.fullmatch(text):
            day = day_of(date.fromisoformat(text))
            date_of(day - 2 * MOST_DAYS)  # so that there is room for what is before it
            return day
    except (ValueError, OverflowError):
        pass
    raise PageError(400, N_("“%(text)s” is no date; write it as 2026-11-28."), text=text[:40])


def _dates(first: int, last: int) -> dict[str, str] | None:
    try:
        return {"from": date_of(first).isoformat(), "to": date_of(last).isoformat()}
    except (ValueError, OverflowError):
        return None


def days_of(days: Slice) -> list[date]:
    """The dates of a slice, ascending."""
    first = date_of(days.first)
    return [first + timedelta(days=n) for n in range(days.last - days.first + 1)]
