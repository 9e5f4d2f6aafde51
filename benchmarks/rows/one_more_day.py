"""One more day into a year of data, beside the load of the year: cost follows what is new."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.tools.outcome import Outcome
from benchmarks.tools.quotidian import new_events
from benchmarks.tools.world import YEAR_DAYS, DataSet, World

_LATER = 3  # days with which the benchmark ends, one after the other


def measure(world: World) -> Iterator[Outcome]:
    """Per event, without what any command takes that loads nothing."""
    data = world.make(world.sizes.year_events, YEAR_DAYS)
    year, later = _split(data, world.folder / "year")
    quotidian = world.new("year-loaded")
    first = quotidian.ingest(*year)
    nothing = median(quotidian.ingest(year[0]).seconds for _ in range(3))
    each_first = (first.seconds - nothing) / new_events(first)
    more = [quotidian.ingest(day) for day in later]
    # Days differ in how many events they have: the one in the middle says how many it has.
    costs = sorted(((day.seconds - nothing) / new_events(day), new_events(day)) for day in more)
    each_more, events = costs[_LATER // 2]
    yield Outcome(
        f"one more day into {new_events(first):,} events of a year",
        f"{each_more * 1e6:.0f} µs an event ({events:,} events)",
        "the year's load",
        f"{each_first * 1e6:.0f} µs an event",
        f"{each_more / each_first:.1f} ×",
        "≤ 2 ×",
        each_more <= 2 * each_first if world.is_full else None,
    )


def _split(data: DataSet, folder: Path) -> tuple[list[Path], list[Path]]:
    """Link the files by the day on which they were delivered: a folder for each of the year, and the last days."""
    for file in data.folder.rglob("*.avro"):
        day = next(part for part in file.parts if part.startswith("date="))[len("date=") :][:10]
        kind = next(part for part in file.parts if part.startswith("event_type="))
        link = folder / day / kind / file.parts[-3] / f"{file.parts[-4]}-{file.name}"
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            link.symlink_to(file)
    days = sorted(folder.iterdir())
    return days[:-_LATER], days[-_LATER:]
