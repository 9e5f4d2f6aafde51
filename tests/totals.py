"""Totals as they follow from the points of a store, in slow plain Python: domain/totals.py says it in words."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from conftest import Quotidian

Json = dict[str, Any]
Numbers = dict[str, float]
"""Totals by name; what there is nothing to tell of is absent."""
Row = tuple[int, str, int, int]
"""Series id, channel, number of days, first day."""

NAMES = (
    "sent", "deliverable", "delivered", "openable", "opens", "clickable", "clicks",
    "recipients", "entries", "conversions", "revenue", "events",
)  # fmt: skip
PUSH = {"sent": "sent", "opens": "total_opens"}
STATISTICS = {
    "email": {"sent": "sent", "delivered": "delivered", "opens": "unique_opens", "clicks": "unique_clicks"},
    "ios_push": PUSH,
    "android_push": PUSH,
    "kindle_push": PUSH,
    "web_push": PUSH,
    "trigger_in_app_message": {"sent": "impressions", "clicks": "clicks"},
    "content_cards": {"sent": "sent", "clicks": "unique_clicks"},
    "webhook": {"sent": "sent"},
    "sms": {"sent": "sent", "delivered": "delivered", "clicks": "clicks"},
    "whats_app": {"sent": "sent", "delivered": "delivered", "opens": "read"},
}
POINTS = """
    SELECT id, kind, day, point FROM points JOIN series ON id = series_id
    WHERE kind IN ('campaign', 'canvas') OR kind = 'count' AND app_id = '' AND segment_id = ''
"""
KEPT = f"SELECT series_id, channel, days, day, {', '.join(NAMES)} FROM totals"


def assert_totals_follow_from_points(quotidian: Quotidian) -> int:
    """Every day and span of every channel has the totals that the points say, and no others; returns how many."""
    with quotidian.engine.connect() as connection:
        points = connection.exec_driver_sql(POINTS).all()
        kept = connection.exec_driver_sql(KEPT).all()
    found = {}
    for row in kept:
        numbers = zip(NAMES, row[4:], strict=True)
        found[row[0], row[1], row[2], row[3]] = {name: number for name, number in numbers if number is not None}
    assert found == expected(points)
    return len(found)


def expected(points: Iterable[Any]) -> dict[Row, Numbers]:
    """The rows that points make, each of which is a series id, kind, day and text."""
    days: dict[Row, Numbers] = {}
    spans: dict[Row, list[Numbers]] = defaultdict(list)
    for series_id, kind, day, text in points:
        for channel, numbers in (of_point(kind, text) if text else {}).items():
            if any(numbers.values()):
                days[series_id, channel, 1, day] = numbers
                for length in (8, 64):
                    spans[series_id, channel, length, day // length * length].append(numbers)
    return days | {span: added(those) for span, those in spans.items()}


def of_point(kind: str, text: bytes) -> dict[str, Numbers]:
    """The totals of a point by channel, those of the whole under ''."""
    if kind == "count":
        return {"": {"events": json.loads(text)["count"]}}
    point = json.loads(text) if kind == "campaign" else json.loads(b"{%s}" % text.split(b"\n")[0][1:])["total_stats"]
    channels: dict[str, list[Numbers]] = defaultdict(list)
    for channel, element in elements_of(kind, text):
        channels[channel].append(sent(channel, element) | (own(element) if kind == "campaign" else {}))
    by_channel = {channel: added(those) for channel, those in channels.items()}
    of_messages = [
        {name: number for name, number in numbers.items() if name in NAMES[:7]}
        for numbers in by_channel.values()
        if any(numbers[name] for name in NAMES[:7] if name in numbers)
    ]
    return {**by_channel, "": added([own(point), *of_messages])}


def elements_of(kind: str, text: bytes) -> Iterator[tuple[str, Json]]:
    """Channels with what was sent in them, without control groups."""
    if kind == "campaign":
        messages = [json.loads(text)["messages"]]
    else:
        steps = (json.loads(b"{%s}" % line) for line in text.split(b"\n")[2:])
        messages = [step["messages"] for line in steps for step in line.values()]
    for by_channel in messages:
        for channel, elements in by_channel.items():
            yield from ((channel, element) for element in elements if "enrolled" not in element)


def sent(channel: str, element: Json) -> Numbers:
    found: Numbers = {name: element[statistic] for name, statistic in STATISTICS[channel].items()}
    reached = found.get("delivered", found["sent"])
    shares = {
        "deliverable": ("delivered", found["sent"]),
        "openable": ("opens", reached),
        "clickable": ("clicks", reached),
    }
    return found | {share: number for share, (of, number) in shares.items() if of in found}


def own(point: Json) -> Numbers:
    """What a point or an element has of its own."""
    found = {"conversions": point["conversions"], "revenue": int(Decimal(str(point["revenue"])) * 1_000_000)}
    named = {"recipients": "unique_recipients", "entries": "entries"}
    return found | {name: point[number] for name, number in named.items() if number in point}


def added(those: Iterable[Numbers]) -> Numbers:
    sums: Numbers = {}
    for numbers in those:
        for name, number in numbers.items():
            sums[name] = sums.get(name, 0) + number
    return sums
