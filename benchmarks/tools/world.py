"""The world of a run: sizes, a folder to work in, and the data sets in it, each made once."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.sizes import Sizes
from benchmarks.tools.processes import python
from benchmarks.tools.quotidian import Quotidian

T = TypeVar("T")

SEED = 1
UNTIL = date(2026, 6, 30)
DAYS = 60
YEAR_DAYS = 366


@dataclass(frozen=True)
class DataSet:
    """Currents files (Avro) below a folder; `events` are distinct, `bytes` are those of the files."""

    folder: Path
    events: int
    files: int
    bytes: int
    first_day: date
    last_day: date


class World:
    """What rows work with. `is_full` says whether the figures mean something.

    `stores` is where large stores are kept, for other runs too.
    """

    def __init__(self, sizes: Sizes, folder: Path, stores: Path, *, is_full: bool) -> None:
        self.sizes = sizes
        self.folder = folder
        self.stores = stores
        self._found: dict[object, Any] = {}
        self.is_full = is_full

    def once(self, key: object, compute: Callable[[], T]) -> T:
        """What `compute` returns, computed once a run: several rows need it."""
        if key not in self._found:
            self._found[key] = compute()
        found: T = self._found[key]
        return found

    @cached_property
    def load(self) -> DataSet:
        """The events of the load, of all channels, over 60 days."""
        return self.make(self.sizes.load_events, DAYS)

    @cached_property
    def loaded(self) -> Quotidian:
        """A data folder with the load in it."""
        quotidian = self.new("loaded")
        quotidian.ingest(self.load.folder)
        return quotidian

    def make(self, events: int, days: int, seed: int = SEED, until: date = UNTIL) -> DataSet:
        """Make Currents files, deflated, with all fields."""
        folder = self.folder / f"currents-{events}-{days}-{seed}-{until}"
        made = folder.with_suffix(".json")
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            made.write_text(python("benchmarks.tools.make", folder, events, days, seed, until).out)
        told = json.loads(made.read_text())
        return DataSet(folder, told["events"], told["files"], told["bytes"], until - timedelta(days=days - 1), until)

    def new(self, name: str, **settings: str) -> Quotidian:
        """A new, empty data folder."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        return Quotidian.create(folder, **settings)
