"""Limits of the statements of an answer, which run beside all else that the engine does."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from quotidian.store.events import EventStore
from quotidian.store.sql import statement

_MEMORY_SHARE: Final = 4
"""A statement may take this part of the memory that all may have."""


class Overdue(Exception):  # noqa: N818
    """There is no time left for an answer."""


@contextmanager
def limited(events: EventStore, end: float, memory_bytes: int) -> Iterator[None]:
    """Within the block statements are stopped at `end`, on the monotonic clock, and those after it raise Overdue."""
    before_each, told = events.before_each, 0

    def tell_seconds_left() -> None:
        nonlocal told
        before_each()
        seconds = int(end - monotonic())
        if seconds < 1:
            raise Overdue
        if seconds != told:
            told = seconds
            limits = {"seconds": seconds, "memory": memory_bytes // _MEMORY_SHARE}
            events.run(statement(__package__, "limit"), limits)

    events.before_each = tell_seconds_left
    try:
        yield
    finally:
        events.before_each = before_each
