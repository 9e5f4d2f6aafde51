"""Memory of a load, beside the same load of four times the size."""

from collections.abc import Iterator

from benchmarks.tools.outcome import Outcome
from benchmarks.tools.world import DAYS, World

_GIB = 2**30


def measure(world: World) -> Iterator[Outcome]:
    """The largest resident set of the process, as the kernel saw it."""
    larger = world.make(world.sizes.load_events * world.sizes.larger, DAYS)
    peak = world.new("smaller").ingest(world.load.folder).peak_bytes
    peak_of_larger = world.new("larger").ingest(larger.folder).peak_bytes
    yield Outcome(
        f"memory of a load, {larger.events:,} events",
        f"{peak_of_larger / _GIB:.2f} GiB",
        f"a load of {world.load.events:,}",
        f"{peak / _GIB:.2f} GiB",
        f"{peak_of_larger / peak:.2f} ×",
        "≤ 2 GiB and ≤ 1.2 ×",
        peak_of_larger <= 2 * _GIB and peak_of_larger <= 1.2 * peak if world.is_full else None,
    )
