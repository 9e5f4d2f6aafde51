"""Disk: what the data folder takes, beside the files that were loaded."""

from collections.abc import Iterator

from benchmarks.tools.outcome import Outcome
from benchmarks.tools.world import World


def measure(world: World) -> Iterator[Outcome]:
    """Everything in the data folder counts: events, series, and what ClickHouse has not cleared away yet."""
    data = world.load
    ours, theirs = world.loaded.bytes / data.events, data.bytes / data.events
    yield Outcome(
        "disk",
        f"{ours:.0f} bytes an event",
        "the input's bytes (deflate)",
        f"{theirs:.0f} bytes an event",
        f"{ours / theirs:.2f} ×",
        "≤ 48 bytes an event",
        ours <= 48 if world.is_full else None,
    )
