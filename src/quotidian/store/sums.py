"""What the shards of an event store have told, taken together: a query has the rows of each, one after the other.

The events of a user are on one shard. So counts add up, of events and of distinct users alike; and what a statement
takes is what it takes on the shard that has most.
"""

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

Key = TypeVar("Key")


def total(rows: Iterable[tuple[int, ...]]) -> int:
    """The sum of a number of each shard."""
    return sum(number for (number,) in rows)


def largest(rows: Iterable[tuple[int, ...]]) -> int:
    """The largest of a number of each shard."""
    return max(number for (number,) in rows)


def totals(rows: Iterable[tuple[Key, int]]) -> dict[Key, int]:
    """The sums of numbers by key, in the order in which the keys came."""
    added: Counter[Key] = Counter()
    for key, number in rows:
        added[key] += number
    return dict(added)


def largest_of_each(rows: Iterable[tuple[Key, int]]) -> dict[Key, int]:
    """The largest of the numbers of each key."""
    found: dict[Key, int] = {}
    for key, number in rows:
        found[key] = max(number, found.get(key, number))
    return found
