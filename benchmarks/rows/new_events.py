"""New events of the last days, in a file, into large stores, beside the same load into a data folder without events."""

import json
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import median

from benchmarks.tools.events import BATCH, batches
from benchmarks.tools.outcome import Outcome, check
from benchmarks.tools.quotidian import Quotidian, new_events
from benchmarks.tools.stores import LargeStore, kept, large_stores, new_store
from benchmarks.tools.world import World

_DAYS = 3


def measure(world: World) -> Iterator[Outcome]:
    """The whole command, until the series are published."""
    for store in large_stores(world):
        ours, theirs = load_seconds(world, store), load_seconds(world, store, without_events=True)
        yield Outcome(
            f"{world.sizes.new_events:,} new events of {_DAYS} days into {store}",
            f"{ours:.1f} s",
            "no events",
            f"{theirs:.1f} s",
            f"{ours / theirs:.2f} ×",
            "≤ 2 ×",
            ours <= 2 * theirs if world.is_full else None,
        )


def load_seconds(world: World, store: LargeStore, *, without_events: bool = False) -> float:
    """The median time of the load, each into another copy."""
    name = store.name if without_events else str(store)

    def load() -> float:
        return median(_load(world, store, without_events) for _ in range(world.sizes.runs))

    return world.once(("load", name, without_events), load)


def _load(world: World, store: LargeStore, without_events: bool) -> float:
    quotidian: Quotidian = new_store(world, store) if without_events else kept(world, store).copy(world)
    loaded = quotidian.ingest(_file(world, store))
    check("new events", new_events(loaded), world.sizes.new_events)
    return loaded.seconds


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
