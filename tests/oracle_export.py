"""semantics.md, section 7, in slow and obvious Python: sessions, custom events and purchases, by day and by hour.

Functions of the oracle of sections 1 to 5, which has the events; in the same way every answer is computed again from
all of them. Where semantics.md is silent, docs/metrics.md says what was chosen.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

from oracle import PURCHASE, SECOND, SESSION, Event, Oracle, Point

CUSTOM_EVENT = "users.behaviors.CustomEvent"
Times = Sequence[date | str]


def event_names(oracle: Oracle) -> list[str]:
    """Names of custom events, alphabetical: Python compares strings by code point."""
    return sorted({name for event in oracle.events if event.type == CUSTOM_EVENT and (name := event.text("name"))})


def products(oracle: Oracle) -> list[str]:
    """What was bought."""
    return sorted({item for event in oracle.events if event.type == PURCHASE and (item := event.text("product_id"))})


def sessions(oracle: Oracle, times: Times, app_id: str | None = None) -> list[Point]:
    """Points of days (dates) or hours (their `time`)."""
    return counted(oracle, "sessions", oracle.of_app(SESSION, app_id), times, len)


def event_counts(oracle: Oracle, name: str, times: Times, app_id: str | None = None) -> list[Point]:
    """How often a custom event happened."""
    events = [event for event in oracle.of_app(CUSTOM_EVENT, app_id) if event.text("name") == name]
    return counted(oracle, "count", events, times, len)


def quantities(oracle: Oracle, times: Times, app_id: str | None = None, product: str | None = None) -> list[Point]:
    """Number of purchases. Choice: those whose price or currency cannot be used are purchases too."""
    return counted(oracle, "purchase_quantity", bought(oracle, app_id, product), times, len)


def revenue(oracle: Oracle, times: Times, app_id: str | None = None, product: str | None = None) -> list[Point]:
    """US dollars, as in section 4: whole micro-dollars each, summed, divided once."""

    def dollars(found: list[Event]) -> float:
        return sum(oracle.usd_micros(purchase) or 0 for purchase in found) / 1_000_000

    return counted(oracle, "revenue", bought(oracle, app_id, product), times, dollars)


def bought(oracle: Oracle, app_id: str | None, product: str | None) -> list[Event]:
    purchases = oracle.of_app(PURCHASE, app_id)
    return purchases if product is None else [each for each in purchases if each.text("product_id") == product]


def counted(
    oracle: Oracle, key: str, events: list[Event], times: Times, number: Callable[[list[Event]], float]
) -> list[Point]:
    found: dict[date | str, list[Event]] = defaultdict(list)
    for event in events:
        found[event.day].append(event)
        found[hour_of(oracle, event.time)].append(event)
    return [{"time": str(time), key: number(found[time])} for time in times]


def hour_of(oracle: Oracle, time: int) -> str:
    """Section 7, Hours: the full hour of a moment in workspace time, with the moment's offset."""
    local = datetime.fromtimestamp(time // SECOND, oracle.zone)
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%dT%H}:00:00{offset[:3]}:{offset[3:]}"


def hours(oracle: Oracle, ending: datetime, length: int) -> list[str]:
    """The hours that end with a moment's, ascending: found by going back a minute at a time."""
    found: list[str] = []
    moment = ending.astimezone(UTC)
    while len(found) <= length:
        hour = hour_of(oracle, int(moment.timestamp()) * SECOND)
        if not found or found[-1] != hour:
            found.append(hour)
        moment -= timedelta(minutes=1)
    return found[length - 1 :: -1]
