"""Keeps the totals of days, and of spans of days, beside the points that they are made of (domain/totals.py).

Tables of thousands of campaigns are made of them: points are kilobytes each. A span is SPAN_DAYS days, from a multiple
of SPAN_DAYS on. When one of its days changes, it is added up again from them: so a year of a campaign is some forty
rows to read. Days, channels and spans in which every total is 0 have no row.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from quotidian.domain.days import Day
from quotidian.domain.totals import ADDED_UP, SOURCES, Totals
from quotidian.store.functions import sum_of
from quotidian.store.series import replace
from quotidian.store.tables import totals

SPAN_DAYS: Final = 16
"""Shorter ones would make years longer to read, longer ones a month."""

ONE_DAY: Final = 1
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
        rows, gone, spans = [], [], set()
        for series_id, day, has, _ in self._new:
            had = stored.get((series_id, day), {})
            for channel in had.keys() | has.keys():
                if had.get(channel) == has.get(channel):
                    continue
                spans.add((series_id, channel, day - day % SPAN_DAYS))
                if channel in has:
                    rows.append((series_id, channel, ONE_DAY, day, *has[channel][: len(ADDED_UP)]))
                else:
                    gone.append((series_id, channel, ONE_DAY, day))
        replace(self._connection, totals, (dict(zip(_NAMES, row, strict=True)) for row in rows))
        self._remove(gone)
        self._add_up(sorted(spans))

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

    def _add_up(self, spans: Iterable[tuple[int, str, int]]) -> None:
        keys = [(series_id, channel, SPAN_DAYS, first) for series_id, channel, first in spans]
        self._remove(keys)
        if keys:
            self._connection.execute(_ADD_UP, [dict(zip(_OF, key, strict=True)) for key in keys])


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
        totals.c.days == ONE_DAY,
        totals.c.day >= bindparam("of_day"),
        totals.c.day < bindparam("of_day") + bindparam("of_days"),
    )
    .having(func.count() > 0),
)
