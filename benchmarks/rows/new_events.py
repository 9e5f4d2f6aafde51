"""New events of the last days, in a file, into large stores, beside the same load into a data folder without events."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

from benchmarks.tools.events import BATCH, batches
from benchmarks.tools.outcome import Outcome, check
from benchmarks.tools.processes import Finished
from benchmarks.tools.quotidian import new_events
from benchmarks.tools.stores import LargeStore, kept, large_stores, new_store
from benchmarks.tools.world import World

_DAYS = 3


@dataclass(frozen=True)
class Loaded:
    """What a load took."""

    seconds: float
    cpu_seconds: float

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s, {self.cpu_seconds:.1f} s of CPU"


def measure(world: World) -> Iterator[Outcome]:
    """The whole command, until the series are published."""
    for store in large_stores(world):
        ours, theirs = loaded(world, store), loaded(world, store, without_events=True)
        yield Outcome(
            f"{world.sizes.new_events:,} new events of {_DAYS} days into {store}",
            str(ours),
            "no events",
            str(theirs),
            f"{ours.seconds / theirs.seconds:.2f} ×",
            "≤ 2 ×",
            ours.seconds <= 2 * theirs.seconds if world.is_full else None,
        )


def loaded(world: World, store: LargeStore, *, without_events: bool = False) -> Loaded:
    """The load in the middle, each into another copy."""
    name = store.name if without_events else str(store)

    def load() -> Loaded:
        runs = [_load(world, store, without_events) for _ in range(world.sizes.runs)]
        return Loaded(median(run.seconds for run in runs), median(run.cpu_seconds for run in runs))

    return world.once(("load", name, without_events), load)


def _load(world: World, store: LargeStore, without_events: bool) -> Finished:
    quotidian = new_store(world, store) if without_events else kept(world, store).copy(world)
    finished = quotidian.ingest(_file(world, store))
    check("new events", new_events(finished), world.sizes.new_events)
    return finished


def _file(world: World, store: LargeStore) -> Path:
    """A file of new events, made once."""
    file = world.folder / f"new-{store.name}-{store.users}-{world.sizes.new_events}.jsonl"
    if not file.exists():
        being_made = file.with_suffix(".making")
        with being_made.open("w") as opened:
            for batch in islice(batches(store, "new", _DAYS), world.sizes.new_events // BATCH):
                opened.writelines(f"{json.dumps(each)}\n" for each in batch)
        shutil.move(being_made, file)
    return file
