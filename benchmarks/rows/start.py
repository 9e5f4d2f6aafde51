"""Start: from the command to the first answer, with little data and with much."""

from collections.abc import Iterator
from statistics import median

from benchmarks.tools.campaigns import served
from benchmarks.tools.outcome import Outcome
from benchmarks.tools.quotidian import Quotidian
from benchmarks.tools.world import World


def measure(world: World) -> Iterator[Outcome]:
    """Until /ready answers 200; much is the folder of the load, or that of the campaigns, which ever takes longer."""
    empty = _ready(world, world.new("empty"))
    much = max(_ready(world, world.loaded), _ready(world, served(world)))
    yield Outcome(
        "start",
        f"{much:.2f} s",
        "an empty data folder",
        f"{empty:.2f} s",
        f"{much / empty:.2f} ×",
        "≤ 3 s",
        much <= 3 if world.is_full else None,
    )


def _ready(world: World, quotidian: Quotidian) -> float:
    seconds = []
    for _ in range(world.sizes.runs):
        with quotidian.serve() as server:
            seconds.append(server.ready_seconds)
    return median(seconds)
