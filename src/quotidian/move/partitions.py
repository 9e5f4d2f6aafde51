"""What is in the partitions of an event store, to be compared with what is in those of another."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Final, NamedTuple

from quotidian.domain.days import Day
from quotidian.store.events import EventStore
from quotidian.store.sql import statement

_DAYS: Final = 30  # create_events.sql
_SUMS: Final = 1 << 64


class Content(NamedTuple):
    """Of a day: how many events it has, and the sum of their hashes."""

    events: int
    checksum: int


def sizes(store: EventStore) -> Counter[int]:
    """The partitions of a store, and how many events each has."""
    found: Counter[int] = Counter()
    for partition, events in store.rows(statement(__package__, "partitions"), {}, tuple[int, int]):
        found[partition] += events
    return found


def contents(store: EventStore, partition: int) -> Mapping[Day, Content]:
    """What a partition has, by day; it reads all of it."""
    first, last = _days_of(partition)
    values = {"first_day": first, "last_day": last}
    events: Counter[Day] = Counter()
    sums: dict[Day, int] = defaultdict(int)
    for day, number, checksum in store.rows(statement(__package__, "fingerprints"), values, tuple[Day, int, int]):
        events[day] += number
        sums[day] = (sums[day] + checksum) % _SUMS
    return {day: Content(number, sums[day]) for day, number in events.items()}


def _days_of(partition: int) -> tuple[int, int]:
    """Its first and last day. intDiv rounds to zero, so that the first partition reaches to both sides of 1970."""
    first, last = _DAYS * partition, _DAYS * partition
    return (first if partition > 0 else first - _DAYS + 1), (last if partition < 0 else last + _DAYS - 1)
