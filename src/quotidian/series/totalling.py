"""Keeps the totals of days, and of spans of days, beside the points that they are made of (domain/totals.py).

Tables of thousands of campaigns are made of them: points are kilobytes each. A span is SPAN_DAYS days, from a multiple
of SPAN_DAYS on. When one of its days changes, it is added up again from them: so a year of a campaign is some forty
rows to read. Days, channels and spans in which every total is 0 have no row.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from quotidian.domain.days import Day
from quotidian.domain.totals import ADDED_UP, OWN, OWN_OF_CHANNELS, SOURCES, Totals
from quotidian.series.values import TOTAL, Values
from quotidian.store.series import replace
from quotidian.store.tables import totals

SPAN_DAYS: Final = 16
"""Shorter ones would make years longer to read, longer ones a month."""

ONE_DAY: Final = 1
_MICROS: Final = 1_000_000

_Numbers = Mapping[str, Any]


class TotalsWriter:
    """Writes the totals of some points, in the transaction that writes these."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[dict[str, object]] = []
        self._gone: list[dict[str, object]] = []
        self._spans: set[tuple[int, str, int]] = set()

    def add(self, series_id: int, day: Day, kind: str, before: Values, after: Values) -> None:
        """A point changes from numbers to other ones, or has no others than before."""
        if before == after:
            return
        had, has = totals_of(kind, before), totals_of(kind, after)
        for channel in had.keys() | has.keys():
            if had.get(channel) == has.get(channel):
                continue
            self._spans.add((series_id, channel, day - day % SPAN_DAYS))
            if channel in has:
                key = {"series_id": series_id, "channel": channel, "days": ONE_DAY, "day": day}
                self._rows.append({**key, **_kept(has[channel])})
            else:
                self._gone.append({"of_series": series_id, "of_channel": channel, "of_days": ONE_DAY, "of_day": day})

    def write(self) -> None:
        """Write all that was added."""
        replace(self._connection, totals, self._rows)
        if self._gone:
            self._connection.execute(_REMOVE, self._gone)
        if self._spans:
            spans = [
                {"of_series": series_id, "of_channel": channel, "of_days": SPAN_DAYS, "of_day": first}
                for series_id, channel, first in sorted(self._spans)
            ]
            self._connection.execute(_REMOVE, spans)
            self._connection.execute(_ADD_UP, spans)


def totals_of(kind: str, numbers: Values) -> dict[str, Totals]:
    """The totals of a point that has these numbers above 0, by channel; those of the whole point under ''."""
    sums: dict[str, dict[str, Any]] = {}
    for (name, channel, _), number in numbers.items():
        of_channel = sums.setdefault(channel, {})
        of_channel[name] = of_channel.get(name, 0) + number
    whole = _own(OWN[kind], sums.get(TOTAL, {}))
    found = {}
    for channel, of_channel in sums.items():
        if channel in SOURCES:
            sent = _of_messages(channel, of_channel)
            if any(sent):
                whole = _added(whole, sent)
            found[channel] = _added(_own(OWN_OF_CHANNELS[kind], of_channel), sent)
    found[TOTAL] = whole
    return {channel: of_channel for channel, of_channel in found.items() if any(of_channel)}


def zero_totals(kind: str, channels: Iterable[str]) -> Totals:
    """The totals of a point without numbers, of a campaign or canvas with these channels."""
    whole = _own(OWN[kind], {})
    for channel in channels:
        if channel in SOURCES:
            whole = _added(whole, _of_messages(channel, {}))
    return whole


def zero_of_channel(kind: str, channel: str) -> Totals:
    """The same of a channel alone."""
    return _added(_own(OWN_OF_CHANNELS[kind], {}), _of_messages(channel, {}) if channel in SOURCES else Totals())


def _own(own: Mapping[str, str], numbers: _Numbers) -> Totals:
    """The totals that are numbers of the point, or of its elements in a channel."""
    found = {name: numbers.get(number, 0) for name, number in own.items()}
    if "revenue" in found:
        found["revenue"] = float(round(found["revenue"] * _MICROS))
    return Totals(**found)


def _of_messages(channel: str, numbers: _Numbers) -> Totals:
    """What was sent in a channel, and what became of it."""
    of = SOURCES[channel]
    sent, delivered, opens, clicks = (None if name is None else numbers.get(name, 0) for name in of)
    reached = sent if delivered is None else delivered
    return Totals(
        sent=sent,
        deliverable=None if delivered is None else sent,
        delivered=delivered,
        openable=None if opens is None else reached,
        opens=opens,
        clickable=None if clicks is None else reached,
        clicks=clicks,
    )


def _kept(of: Totals) -> dict[str, float | None]:
    return dict(zip(ADDED_UP, of, strict=False))


def _added(one: Totals, other: Totals) -> Totals:
    pairs = zip(one, other, strict=True)
    numbers: Iterator[Any] = (
        left if right is None else right if left is None else left + right for left, right in pairs
    )
    return Totals(*numbers)


_REMOVE: Final = delete(totals).where(
    totals.c.series_id == bindparam("of_series"),
    totals.c.channel == bindparam("of_channel"),
    totals.c.days == bindparam("of_days"),
    totals.c.day == bindparam("of_day"),
)
_ADD_UP: Final = insert(totals).from_select(
    ["series_id", "channel", "days", "day", *ADDED_UP],
    select(
        bindparam("of_series"),
        bindparam("of_channel"),
        bindparam("of_days"),
        bindparam("of_day"),
        *(func.sum(totals.c[name]) for name in ADDED_UP),
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
