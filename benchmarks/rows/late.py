"""A late event, for a day 20 days ago, beside the same event for the last day."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median

from benchmarks.tools.outcome import Outcome, check
from benchmarks.tools.quotidian import Quotidian
from benchmarks.tools.world import World
from quotidian.demo.campaigns import CAMPAIGNS

_LATE_DAYS = 20
_NEWSLETTER = CAMPAIGNS[0].id
_SENT = "users.messages.email.Send"


def measure(world: World) -> Iterator[Outcome]:
    """An e-mail that was sent, which conversions of a month depend on. Without what loading nothing takes."""
    quotidian, runs = world.loaded, max(3, world.sizes.runs)
    nothing = median(_deliver(world, quotidian, None) for _ in range(runs))
    before = _sent(world, quotidian)
    today = median(_deliver(world, quotidian, 0) for _ in range(runs)) - nothing
    late = median(_deliver(world, quotidian, _LATE_DAYS) for _ in range(runs)) - nothing
    expected = [sent + (runs if back in (0, _LATE_DAYS) else 0) for back, sent in enumerate(before)]
    check("e-mails sent, by days before the last", _sent(world, quotidian), expected)
    yield Outcome(
        f"an event {_LATE_DAYS} days late",
        f"{late * 1000:.0f} ms",
        "an event of the last day",
        f"{today * 1000:.0f} ms",
        f"{late / today:.1f} ×",
        "≤ 40 ×",
        late <= 40 * today if world.is_full else None,
    )


_delivered = iter(range(1 << 60))


def _deliver(world: World, quotidian: Quotidian, days_ago: int | None) -> float:
    """Load one new event of that day, or none; returns the seconds."""
    number = next(_delivered)
    noon = datetime.combine(world.load.last_day, datetime.min.time(), UTC) + timedelta(hours=12)
    event = {
        "event_type": _SENT,
        "id": f"late-{number}",
        "time": int((noon - timedelta(days=days_ago or 0)).timestamp()),
        "user": {"user_id": f"late-{number}"},
        "properties": {"campaign_id": _NEWSLETTER, "message_variation_id": "late"},
    }
    file = world.folder / f"late-{number}.json"
    file.write_text(json.dumps({"events": [] if days_ago is None else [event]}))
    return quotidian.ingest(file).seconds


def _sent(world: World, quotidian: Quotidian) -> list[int]:
    """E-mails sent of the variation `late`, by days before the last."""
    points = quotidian.series("campaign", _NEWSLETTER, ending=world.load.last_day, days=_LATE_DAYS + 1)
    return [
        sum(element["sent"] for element in point["messages"]["email"] if element["variation_api_id"] == "late")
        for point in reversed(points)
    ]
