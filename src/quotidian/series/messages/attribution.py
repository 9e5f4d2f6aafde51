"""Attribution: the receipt that each conversion or purchase belongs to; of canvases, the entry or a step's message."""

from collections.abc import Generator, Iterator, Mapping
from typing import Any, Final, NamedTuple

from quotidian.domain.channels import CANVAS_ENTRY, PURCHASE
from quotidian.domain.days import Day, reach_days
from quotidian.domain.money import DEFAULT_REVENUE_WINDOW_SECONDS, Money
from quotidian.domain.subjects import CONVERSION_WINDOW_SECONDS
from quotidian.series.messages.asked import Asked
from quotidian.store.events import EventStore, unstage
from quotidian.store.sql import statement
from quotidian.store.sums import largest

_MICROS = 1_000_000

_STAGED: Final = ("timeline", "tied")
_OF_USERS: Final = "add_receipts_of_users"
_OF_PURCHASES: Final = "add_receipts_of_purchases"

AT_ONCE: Final = 250_000
"""Attribute this many conversions or purchases at a time, by users, to bound memory."""


ATTRIBUTED: Final = statement(__package__, "attributed")
"""Finds what is in a timeline one by one, each with its receipt: to be put into a statement that counts or lists it."""

Timelines = Generator[dict[str, Any], None, None]
"""Values of statements on the timeline, which is filled until the next ones are asked for."""


class Happened(NamedTuple):
    """A conversion or a purchase, or the receipt that it belongs to; '' or 0 for what it does not have.

    `step` is the one that a canvas's conversion itself names.
    """

    day: Day
    place: str
    element_id: str
    send: str
    behavior: int
    step: str
    currency: str
    price: str


class Received(NamedTuple):
    """Days of which alone receipts matter, and in how many chunks of users what belongs to them is found.

    What belongs to a receipt of an earlier day may be missing, or be without its receipt.
    """

    first: Day
    last: Day
    chunks: int


class Conversions(NamedTuple):
    """Conversions of a subject that have all this in common; without a receipt, `receipt` repeats `conversion`."""

    subject: str
    conversion: Happened
    has_receipt: int
    receipt: Happened
    number: int


class Bought(NamedTuple):
    """Revenue of a subject in micro-dollars, by the element of the latest receipt before the purchase."""

    subject: str
    day: Day
    place: str
    element_id: str
    send: str
    micros: int


class _BoughtRow(NamedTuple):
    """Purchases of a subject in a currency, with how many have which price."""

    subject: str
    day: Day
    place: str
    element_id: str
    send: str
    currency: str
    of_price: list[tuple[str, int]]


def conversions(events: EventStore, asked: Asked) -> Iterator[Conversions]:
    """The conversions of a scope."""
    for values in conversion_timelines(events, asked):
        yield from events.rows(statement(__package__, "attribute"), values, Conversions)


def revenue(events: EventStore, asked: Asked, money: Money) -> Iterator[Bought]:
    """The revenue of a scope. A purchase may count for several subjects."""
    query = statement(__package__, "revenue").replace("{attribute}", statement(__package__, "attribute"))
    for values in purchase_timelines(events, asked, money):
        for row in events.rows(query, values, _BoughtRow):
            micros = money.micros_of(row.currency, row.of_price)
            yield Bought(row.subject, row.day, row.place, row.element_id, row.send, micros)


def conversion_timelines(
    events: EventStore,
    asked: Asked,
    received_on: Day | None = None,
    received: Received | None = None,
    *,
    with_ids: bool = False,
) -> Timelines:
    """Fill `timeline` with conversions and their receipts, in chunks; yields the values of each chunk.

    With `received_on`, those that happened on that day, and those that may belong to a receipt of that day: where a
    receipt of another day is meant, it may be missing. Receipts have their ids only `with_ids`, or where they matter.
    """
    reach = reach_days(CONVERSION_WINDOW_SECONDS)
    values = {
        **asked.values,
        **_windows({}, CONVERSION_WINDOW_SECONDS),
        "receipt_types": asked.kind.converted,
        "result": asked.kind.conversion,
        "first_receipt": received.first if received else asked.scope.days[0] - reach,
        "receipt_order": 0,
        "every_receipt": int(received_on is None),
        "received_on": received_on or 0,
        "needs_receipt": 0,
    }
    chunks = received.chunks if received else _chunks(events, values)
    return _timelines(events, ("add_conversions", _OF_USERS), values, chunks, with_ids=with_ids)


def purchase_timelines(events: EventStore, asked: Asked, money: Money, *, with_ids: bool = False) -> Timelines:
    """The same with purchases."""
    for group in money.window_groups(of_canvas=asked.kind.of_canvas):
        of_group = asked.of(group)
        if of_group is None:
            continue
        values = {
            **_of_purchases(of_group, money, group.windows),
            "entry": CANVAS_ENTRY,
            "reach": group.reach,
        }
        yield from _timelines(
            events, (_OF_PURCHASES, "add_purchases"), values, _chunks(events, values), with_ids=with_ids
        )


def timelines_of_recipients(
    events: EventStore, asked: Asked, money: Money, campaign: str, received: Received
) -> Timelines:
    """The same with purchases of users who had a receipt of a campaign on some days; `asked` is about it alone."""
    windows = {name: window for name, window in money.windows.items() if name == campaign}
    values = {
        **_of_purchases(asked, money, windows),
        "campaign": campaign,
        "received_from": received.first,
        "received_to": received.last,
        "first_receipt": received.first,
        "receipt_order": 1,
        "every_receipt": 1,
        "received_on": 0,
    }
    return _timelines(events, ("add_purchases_of_recipients", _OF_USERS), values, received.chunks)


def _of_purchases(asked: Asked, money: Money, windows: Mapping[str, int]) -> dict[str, Any]:
    return {
        **asked.values,
        **_windows(windows, DEFAULT_REVENUE_WINDOW_SECONDS),
        "receipt_types": asked.kind.bought,
        "result": PURCHASE,
        "purchase": PURCHASE,
        "currencies": tuple(money.usd_rates),
        "needs_receipt": 1,
    }


def _windows(windows: Mapping[str, int], default: int) -> dict[str, Any]:
    # ClickHouse's transform() needs at least one pair, so one is given for '', which is no subject's id.
    known = {"": default, **windows}
    return {
        "window_subjects": list(known),
        "windows": [seconds * _MICROS for seconds in known.values()],
        "default_window": default * _MICROS,
    }


def _chunks(events: EventStore, values: Mapping[str, Any]) -> int:
    results = largest(events.rows(statement(__package__, "count_results"), values, tuple[int]))
    return -(-results // AT_ONCE)


def _timelines(
    events: EventStore, filling: tuple[str, str], values: Mapping[str, Any], chunks: int, *, with_ids: bool = False
) -> Timelines:
    """`filling` are the statements that fill the timeline, which is dropped when the next chunk is asked for."""
    for chunk in range(chunks):
        of_chunk = {**values, "chunk": chunk, "chunks": chunks, "with_ids": int(with_ids), "of_tied": 0}
        unstage(events, _STAGED)
        for name in ("create_timeline", "create_tied", *filling):
            events.run(statement(__package__, name), of_chunk)
        if not with_ids:
            [receipts] = {_OF_USERS, _OF_PURCHASES}.intersection(filling)
            _tell_ties_apart(events, receipts, of_chunk)
        yield of_chunk
        unstage(events, _STAGED)


def _tell_ties_apart(events: EventStore, receipts: str, of_chunk: Mapping[str, Any]) -> None:
    """Add the receipts of users who have different ones at one instant again, with the ids that put these in order."""
    events.run(statement(__package__, "find_tied"))
    if largest(events.rows("SELECT count() FROM tied", {}, tuple[int])):
        events.run(statement(__package__, receipts), {**of_chunk, "with_ids": 1, "of_tied": 1})
