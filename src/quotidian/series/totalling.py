"""Keeps the totals of days, and of spans of days, beside the points that they are made of (domain/totals.py).

Tables of thousands of campaigns are made of them: points are kilobytes each. Spans are as long as one of SPANS, from a
multiple of it on. When one of its days changes, a span is added up again, from the days or shorter spans that it is
made of: so a month of a campaign is some ten rows to read, and a year some twenty. Days, channels and spans in which
every total is 0 have no row.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from quotidian.domain.days import Day
from quotidian.domain.totals import ADDED_UP, SOURCES, Totals
from quotidian.store.functions import sum_of
from quotidian.store.series import replace
from quotidian.store.tables import totals

ONE_DAY: Final = 1
SPANS: Final = (8, 64)
"""The days of spans, the shorter ones first; each is made of as many of those before it: of days, or shorter spans."""

_Key = tuple[int, str, int, int]

_CHANNELS: Final = ("", *SOURCES)


class _New(NamedTuple):
    """The totals of a day by channel, and whether the day may have had others."""

    series_id: int
    day: Day
    totals: Mapping[str, Totals]
    is_known: bool


class TotalsWriter:
    """Writes the totals of some days of some series, in the transaction that writes their points."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._new: list[_New] = []

    def add(self, series_id: int, day: Day, totals: Mapping[str, Totals], *, is_known: bool) -> None:
        """A day has these totals, by channel, and no others; it had none if its point is not `is_known`."""
        self._new.append(_New(series_id, day, totals, is_known))

    def write(self) -> None:
        """Write those that differ from what is stored, and the spans with such days."""
        stored = self._stored()
        rows, gone, changed = [], [], []
        for series_id, day, has, _ in self._new:
            had = stored.get((series_id, day), {})
            for channel in had.keys() | has.keys():
                if had.get(channel) == has.get(channel):
                    continue
                changed.append((series_id, channel, day))
                if channel in has:
                    rows.append((series_id, channel, ONE_DAY, day, *has[channel][: len(ADDED_UP)]))
                else:
                    gone.append((series_id, channel, ONE_DAY, day))
        replace(self._connection, totals, (dict(zip(_NAMES, row, strict=True)) for row in rows))
        self._remove(gone)
        for length, of_length in zip(SPANS, (ONE_DAY, *SPANS), strict=False):
            spans = {(series_id, channel, length, day - day % length) for series_id, channel, day in changed}
            self._add_up(sorted(spans), of_length)

    def _stored(self) -> dict[tuple[int, int], dict[str, Totals]]:
        """The stored totals of the days that are known, by series and day."""
        known = [each for each in self._new if each.is_known]
        if not known:
            return {}
        columns, days = totals.c, [each.day for each in known]
        # The channels are named because the key of the table has them before the days.
        query = select(columns.series_id, columns.day, columns.channel, *(columns[name] for name in ADDED_UP)).where(
            columns.series_id.in_({each.series_id for each in known}),
            columns.channel.in_(_CHANNELS),
            columns.days == ONE_DAY,
            columns.day.between(min(days), max(days)),
        )
        found: dict[tuple[int, int], dict[str, Totals]] = {}
        for series_id, day, channel, *numbers in self._connection.execute(query):
            found.setdefault((series_id, day), {})[channel] = Totals(*numbers)
        return found

    def _remove(self, keys: Sequence[_Key]) -> None:
        if keys:
            self._connection.execute(_REMOVE, [dict(zip(_OF, key, strict=True)) for key in keys])

    def _add_up(self, spans: Sequence[_Key], of_length: int) -> None:
        """Add up spans from those of another length."""
        self._remove(spans)
        if spans:
            of = {"of_length": of_length}
            self._connection.execute(_ADD_UP, [dict(zip(_OF, span, strict=True)) | of for span in spans])


_KEY: Final = ("series_id", "channel", "days", "day")
_NAMES: Final = (*_KEY, *ADDED_UP)
_OF: Final = ("of_series", "of_channel", "of_days", "of_day")

_REMOVE: Final = delete(totals).where(
    totals.c.series_id == bindparam("of_series"),
    totals.c.channel == bindparam("of_channel"),
    totals.c.days == bindparam("of_days"),
    totals.c.day == bindparam("of_day"),
)
_ADD_UP: Final = insert(totals).from_select(
    list(_NAMES),
    select(
        bindparam("of_series"),
        bindparam("of_channel"),
        bindparam("of_days"),
        bindparam("of_day"),
        *(sum_of(totals.c[name]) for name in ADDED_UP),
    )
    .where(
        totals.c.series_id == bindparam("of_series"),
        totals.c.channel == bindparam("of_channel"),
        totals.c.days == bindparam("of_length"),
        totals.c.day >= bindparam("of_day"),
        totals.c.day < bindparam("of_day") + bindparam("of_days"),
    )
    .having(func.count() > 0),
)
