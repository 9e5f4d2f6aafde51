"""semantics.md, sections 7 and 11, in slow and obvious Python: what lists and details say of what events know.

Functions of the oracle of sections 1 to 5, which has the events. They know nothing of a catalogue: what it says comes
first wherever it says something, and `last_edited` is then the time of the entry's last change.
"""

from datetime import UTC, datetime

from oracle import SECOND, Event, Oracle, Point
from oracle_canvas import ENTRY


def campaigns(oracle: Oracle, *, after: datetime | None = None) -> list[Point]:
    """The campaigns, in the order of `/campaigns/list`, each with its times; `after` is `last_edit.time[gt]`."""
    return listed(oracle, "campaign_id", after, first="first_sent", last="last_sent", of_type=None)


def canvases(oracle: Oracle, *, after: datetime | None = None) -> list[Point]:
    """The canvases, in the order of `/canvas/list`, each with its times."""
    return listed(oracle, "canvas_id", after, first="first_entry", last="last_entry", of_type=ENTRY)


def listed(
    oracle: Oracle, field: str, after: datetime | None, *, first: str, last: str, of_type: str | None
) -> list[Point]:
    found: list[Point] = []
    for subject in sorted({text for event in oracle.events if (text := event.text(field))}):
        events = [event for event in oracle.events if event.text(field) == subject]
        narrowed = [event for event in events if of_type in (None, event.type)]
        found.append(
            {
                "id": subject,
                "created_at": min(map(shown, events)),
                "last_edited": max(map(shown, events)),
                first: min(map(shown, narrowed), default=None),
                last: max(map(shown, narrowed), default=None),
            }
        )
    # Created in the same second goes by id; `sorted` above leaves equal ones in that order.
    found.sort(key=lambda one: str(one["created_at"]))
    return [one for one in found if after is None or datetime.fromisoformat(str(one["last_edited"])) > after]


def shown(event: Event) -> str:
    """To the second, rounded down, with its offset. Until the year 9999 such texts are in the order of time."""
    return datetime.fromtimestamp(event.time // SECOND, UTC).isoformat()
