"""Large stores as they are made: all series from events that nobody knew, the memory of that, and the disk."""

from collections.abc import Iterator

from benchmarks.tools.outcome import Outcome
from benchmarks.tools.stores import kept, large_stores
from benchmarks.tools.world import World

_GIB = 2**30


def measure(world: World) -> Iterator[Outcome]:
    """The figures were noted when each was made: remove a store to have it made, and measured, again."""
    for store in large_stores(world):
        made = kept(world, store).made
        yield Outcome(
            f"all series of {store} events (`recover`)",
            f"{made.recover_seconds:.0f} s ({made.events / made.recover_seconds:,.0f} events/s), "
            f"{made.peak_bytes / _GIB:.2f} GiB",
            "making the events in ClickHouse",
            f"{made.make_seconds:.0f} s",
            f"{made.recover_seconds / made.make_seconds:.1f} ×",
            "≤ 2 GiB",
            made.peak_bytes <= 2 * _GIB if world.is_full else None,
        )
        yield Outcome(
            f"disk, {store}",
            f"{made.bytes / made.events:.0f} bytes an event",
            "",
            "",
            "",
            "≤ 48 bytes an event",
            made.bytes <= 48 * made.events if world.is_full else None,
        )
