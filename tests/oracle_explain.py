"""Which events count in a number, in slow and obvious Python: functions of the oracle (semantics.md §11, "Explain")."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from oracle import (
    FAMILIES,
    FIRST_SESSION,
    SESSION,
    UNINSTALL,
    Element,
    Event,
    Oracle,
    Series,
    conversion_index,
    conversion_key,
    element_of,
    is_receipt,
)
from oracle_segments import fulfilled, matches, members

from quotidian.catalogue import Segment

# Of statistics that count all events of a type: the type's last part. Others are uniques, or tested by number alone.
COUNTS = {
    "sent": "Send",
    "direct_opens": "Open",
    "total_opens": "Open",
    "opens": "Open",
    "bounces": "Bounce",
    "unsubscribes": "Unsubscribe",
    "reported_spam": "MarkAsSpam",
    "impressions": "Impression",
    "total_impressions": "Impression",
    "total_clicks": "Click",
    "total_dismissals": "Dismiss",
    "errors": "Failure",
}
UNIQUES = {
    "unique_opens": ("Open", 7),
    "unique_clicks": ("Click", 7),
    "unique_impressions": ("Impression", 30),
    "unique_dismissals": ("Dismiss", 30),
}
CARDS_DAYS = 30


class Counted(NamedTuple):
    """An event that counts, and the receipt that it belongs to."""

    event: Event
    receipt: Event | None = None


def of_element(series: Series, day: date, name: str, element: Element | None) -> list[Counted] | None:
    """The events of a number of a campaign or send, in order; `element` None for the day's. None if it is not told."""
    if name == "revenue":
        found = [Counted(purchase, receipt) for _, purchase, receipt in series.purchases if purchase.day == day]
        return in_order(each for each in found if each.receipt and element in (None, element_of(each.receipt)))
    for index in series.indexes:
        if name.removesuffix("_by_send_time") == conversion_key(index):
            return conversions(series, day, index, element, by_send_time=name.endswith("_by_send_time"))
    of_day = [event for event in series.events if event.day == day and element in (None, element_of(event))]
    if name in ("unique_recipients", "enrolled"):
        return in_order(Counted(event) for event in of_day if is_receipt(event))
    if element is None or name not in (COUNTS | UNIQUES):
        return None
    if name in COUNTS:
        return in_order(Counted(event) for event in of_day if event.type == type_of(element, COUNTS[name]))
    event_name, days = UNIQUES[name]
    wanted, lookback = type_of(element, event_name), CARDS_DAYS if element.channel == "content_cards" else days
    before = {
        event.user
        for event in series.events
        if element_of(event) == element and event.type == wanted
        if day - timedelta(days=lookback - 1) <= event.day < day
    }
    return in_order(Counted(event) for event in of_day if event.type == wanted and event.user not in before)


def conversions(series: Series, day: date, index: int, element: Element | None, *, by_send_time: bool) -> list[Counted]:
    found = []
    for conversion, receipt in series.conversions:
        counted_on = receipt.day if by_send_time and receipt else conversion.day
        in_element = element is None or (receipt is not None and element_of(receipt) == element)
        if conversion_index(conversion) == index and counted_on == day and in_element:
            found.append(Counted(conversion, receipt))
    return in_order(found)


def of_kpi(oracle: Oracle, name: str, day: date, app_id: str | None) -> list[Counted]:
    event_type = {"new_users": FIRST_SESSION, "uninstalls": UNINSTALL}.get(name, SESSION)
    first = day - timedelta(days=29) if name == "mau" else day
    return in_order(Counted(event) for event in oracle.of_app(event_type, app_id) if first <= event.day <= day)


def of_size(oracle: Oracle, segment: Segment, day: date) -> list[Counted]:
    """The events by which members fulfil filters: each once, also if it is one of several filters."""
    found: dict[int, Event] = {}
    there = members(oracle, segment, day)
    for one in segment.filters:
        users = fulfilled(oracle, one, day) & there
        first = date.min if one.within_days is None else day - timedelta(days=one.within_days - 1)
        for event in oracle.events:
            if event.user in users and first <= event.day <= day and matches(one, event):
                found[id(event)] = event
    return in_order(map(Counted, found.values()))


def type_of(element: Element, event_name: str) -> str:
    return f"users.messages.{FAMILIES[element.channel]}.{event_name}"


def in_order(found: Iterable[Counted]) -> list[Counted]:
    return sorted(found, key=lambda each: (each.event.time, each.event.id))


def ids(found: Sequence[Counted]) -> list[tuple[int, str, int, str]]:
    """Time and id of each event and of its receipt, which are 0 and '' without one."""
    return [
        (event.time, event.id, receipt.time if receipt else 0, receipt.id if receipt else "")
        for event, receipt in found
    ]
