"""Segments in slow and obvious Python: who fulfils a segment's filters on a day, and what members did."""

from collections.abc import Sequence
from datetime import date, timedelta

from oracle import PURCHASE, SESSION, Event, Oracle, Point, User, is_receipt
from oracle_export import CUSTOM_EVENT, Times, counted

from quotidian.catalogue import Filter, Segment


def members(oracle: Oracle, segment: Segment, day: date) -> set[User | None]:
    """The users who are in the segment on a day."""
    fulfilling = [fulfilled(oracle, each, day) for each in segment.filters]
    return set.intersection(*fulfilling) if segment.match == "all" else set.union(*fulfilling)


def fulfilled(oracle: Oracle, one: Filter, day: date) -> set[User | None]:
    """The users with enough events in the days that end with the day; of any day before it without a window."""
    first = date.min if one.within_days is None else day - timedelta(days=one.within_days - 1)
    counts: dict[User | None, int] = {}
    for event in oracle.events:
        if first <= event.day <= day and matches(one, event):
            counts[event.user] = counts.get(event.user, 0) + 1
    return {user for user, count in counts.items() if count >= one.at_least}


def matches(one: Filter, event: Event) -> bool:
    if one.type == "active":
        return event.type == SESSION
    if one.type == "event":
        return event.type == CUSTOM_EVENT and event.text("name") == one.event
    if one.type == "purchase":
        return event.type == PURCHASE and (one.product is None or event.text("product_id") == one.product)
    return is_receipt(event) and event.campaign == one.campaign_id


def sizes(oracle: Oracle, segment: Segment, days: Sequence[date]) -> list[Point]:
    """`/segments/data_series`."""
    return [{"time": day.isoformat(), "size": len(members(oracle, segment, day))} for day in days]


def sessions(oracle: Oracle, segment: Segment, times: Times, app_id: str | None = None) -> list[Point]:
    """`/sessions/data_series` of a segment: sessions of those who are in it on the day."""
    return counted(oracle, "sessions", of_members(oracle, segment, oracle.of_app(SESSION, app_id)), times, len)


def event_counts(oracle: Oracle, segment: Segment, name: str, times: Times, app_id: str | None = None) -> list[Point]:
    """`/events/data_series` of a segment."""
    events = [event for event in oracle.of_app(CUSTOM_EVENT, app_id) if event.text("name") == name]
    return counted(oracle, "count", of_members(oracle, segment, events), times, len)


def of_members(oracle: Oracle, segment: Segment, events: Sequence[Event]) -> list[Event]:
    by_day = {day: members(oracle, segment, day) for day in {event.day for event in events}}
    return [event for event in events if event.user in by_day[event.day]]
