"""Many items in lists of a size that one step, or one statement, is to deal with."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def parts(items: Iterable[Item], length: int) -> Iterator[list[Item]]:
    """Items in lists of at most a length, in order."""
    rest = iter(items)
    while part := list(islice(rest, length)):
        yield part


def weighed_parts(
    items: Iterable[Item], weigh: Callable[[Item], int], most: int, longest: int | None = None
) -> Iterator[list[Item]]:
    """Items in lists that are as heavy as allowed, in order; one that is heavier than that is in a list of its own.

    With `longest`, no list has more items than that.
    """
    part: list[Item] = []
    total = 0
    for item in items:
        if part and (total + weigh(item) > most or len(part) == longest):
            yield part
            part, total = [], 0
        part.append(item)
        total += weigh(item)
    if part:
        yield part
