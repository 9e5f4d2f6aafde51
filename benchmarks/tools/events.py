"""New events of the users and campaigns that a large store has: as they are posted, and as they stand in files."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import count
from random import Random

from benchmarks.tools.stores import LAST_DAY, LargeStore

Event = dict[str, object]

CUSTOM_EVENT = "event-1"
BATCH = 100
SESSIONS, SENDS, OPENS, CUSTOM_EVENTS = 39, 10, 7, 9
"""Of the last day in each batch: sessions, sends and opens of the store's largest campaign, one custom event's."""

_OTHER_SENDS, _OTHER_OPENS = 20, 14
_DAY_SECONDS = 86_400
_LATEST_DAYS = 5


def event(kind: str, event_id: str, time: int, user: str, **properties: object) -> Event:
    """An event as JSON has it; `time` in UNIX seconds."""
    return {
        "event_type": f"users.{kind}",
        "id": event_id,
        "time": time,
        "user": {"user_id": user},
        "properties": properties,
    }


def start_of(day: date) -> int:
    """UNIX seconds of the first moment of a day in UTC."""
    return int(datetime.combine(day, datetime.min.time(), UTC).timestamp())


def batches(store: LargeStore, run: str, days: int = 1) -> Iterator[list[Event]]:
    """Batches of 100 events without end, of the `days` days that end with the last, of users drawn evenly.

    One event in a batch is a session that comes up to five days late, as one in a hundred of the demo's does.
    """
    random, numbers = Random(run), count()
    end = start_of(LAST_DAY) + _DAY_SECONDS

    def new(kind: str, days_late: int = 0, **properties: object) -> Event:
        time = end - 1 - random.randrange(days * _DAY_SECONDS) - days_late * _DAY_SECONDS
        return event(kind, f"{run}-{next(numbers)}", time, f"user-{random.randrange(store.users)}", **properties)

    def messages(kind: str, main: int, others: int) -> Iterator[Event]:
        for campaign in [store.campaign] * main + random.choices(store.others, k=others):
            variation = f"{campaign}-{random.randrange(2)}"
            yield new(f"messages.email.{kind}", campaign_id=campaign, message_variation_id=variation)

    while True:
        yield [
            new("behaviors.app.SessionStart", random.randint(1, _LATEST_DAYS), app_id="app-0"),
            *(new("behaviors.app.SessionStart", app_id=f"app-{number % 3}") for number in range(SESSIONS)),
            *messages("Send", SENDS, _OTHER_SENDS),
            *messages("Open", OPENS, _OTHER_OPENS),
            *(new("behaviors.CustomEvent", name=CUSTOM_EVENT) for _ in range(CUSTOM_EVENTS)),
        ]
