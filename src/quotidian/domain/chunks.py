"""Chunks: many items in lists of bounded size, such as one statement can take."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def chunks(items: Iterable[Item], length: int) -> Iterator[list[Item]]:
    """Items in lists of at most a length, in order."""
    rest = iter(items)
    while chunk := list(islice(rest, length)):
        yield chunk


def weighed_chunks(
    items: Iterable[Item], weigh: Callable[[Item], int], most: int, longest: int | None = None
) -> Iterator[list[Item]]:
    """Items in lists of at most a weight, in order; a heavier item is in a list of its own.

    With `longest`, no list has more items than that.
    """
    chunk: list[Item] = []
    total = 0
    for item in items:
        if chunk and (total + weigh(item) > most or len(chunk) == longest):
            yield chunk
            chunk, total = [], 0
        chunk.append(item)
        total += weigh(item)
    if chunk:
        yield chunk
