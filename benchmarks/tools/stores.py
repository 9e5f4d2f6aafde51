"""Large stores: a year of everything, and dense months of messages. Made once, kept, and worked on in copies.

A statement makes the events inside ClickHouse (stores/*.sql). `quotidian recover` then accepts them as it does those of
a backup, derives what is kept beside them, and computes all series. At the end all parts are merged.
"""

import json
import os
import shutil
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from time import perf_counter

from benchmarks.stores.make import STATEMENTS
from benchmarks.tools.processes import python
from benchmarks.tools.quotidian import Quotidian
from benchmarks.tools.world import UNTIL, World
from quotidian.domain.days import day_of
from quotidian.store.event_dialects import EMBEDDED
from quotidian.store.events import SCHEMA_VERSION
from quotidian.store.sql import statement
from quotidian.store.tables import SCHEMA_VERSION as SERIES_VERSION

LAST_DAY = UNTIL
MILLION = 1_000_000

_LINKED_BYTES = 65_536
_DAYS = {"year": 365, "dense": 60}


@dataclass(frozen=True)
class LargeStore:
    """A store by the name of its statement, and how many events it has; `campaign` is its largest."""

    name: str
    events: int
    users: int

    @classmethod
    def parse(cls, word: str) -> "LargeStore":
        """The store of such a word."""
        name, events, users = word.split("-")
        return cls(name, int(events), int(users))

    @property
    def word(self) -> str:
        """The store as a word of a command."""
        return f"{self.name}-{self.events}-{self.users}"

    def __str__(self) -> str:
        size = f"{self.events // MILLION} million" if self.events >= MILLION else f"{self.events:,}"
        return f"{self.name}, {size}"

    @property
    def campaign(self) -> str:
        """The campaign with most messages."""
        return {"year": "email-0", "dense": "campaign-00"}[self.name]

    @property
    def others(self) -> list[str]:
        """Other campaigns with e-mails."""
        if self.name == "year":
            return [f"email-{number}" for number in range(1, 4)]
        return [f"campaign-{number:02}" for number in range(1, 100)]

    @property
    def catalogue(self) -> Path:
        """The file to import."""
        return STATEMENTS / f"{self.name}.toml"


@dataclass(frozen=True)
class Made:
    """How a store was made. `recover_seconds` and `peak_bytes` are of `quotidian recover`, `bytes` of the disk."""

    key: str
    events: int
    make_seconds: float
    recover_seconds: float
    peak_bytes: int
    bytes: int


@dataclass(frozen=True)
class Kept:
    """A store that is kept in a folder, and how it was made. It is not to be changed: work on copies."""

    store: LargeStore
    folder: Path
    made: Made

    def copy(self, world: World) -> Quotidian:
        """A copy to work on, in place of the copy before: only one is needed at a time."""
        folder = world.stores / f"copy-{os.getpid()}"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder, symlinks=True, copy_function=_copy_or_link)
        return Quotidian(folder, self.made.key)


def large_stores(world: World) -> list[LargeStore]:
    """All stores of this run."""
    return [LargeStore("year", world.sizes.large_year, world.sizes.large_users), *dense_stores(world)]


def dense_stores(world: World) -> list[LargeStore]:
    """The dense stores of the curve, the smallest first."""
    return [LargeStore("dense", events, world.sizes.large_users) for events in world.sizes.large_dense]


def kept(world: World, store: LargeStore) -> Kept:
    """The store, made if it is not there: that takes some minutes for each 100 million events."""
    folder = world.stores / f"{store.word}-{_key(store)}"
    told = folder.with_suffix(".json")
    if not told.exists():
        shutil.rmtree(folder, ignore_errors=True)
        told.write_text(json.dumps(asdict(_make(world, store, folder))))
    return Kept(store, folder, Made(**json.loads(told.read_text())))


def remove_copy(stores: Path) -> None:
    """Remove the copy that this process works on, and its server's log."""
    copy = stores / f"copy-{os.getpid()}"
    shutil.rmtree(copy, ignore_errors=True)
    copy.with_suffix(".log").unlink(missing_ok=True)


def new_store(world: World, store: LargeStore) -> Quotidian:
    """A data folder without events, with the store's catalogue: what a large store is compared with."""
    quotidian = world.new("without-events")
    quotidian.run("catalogue", "import", store.catalogue)
    return quotidian


def _make(world: World, store: LargeStore, folder: Path) -> Made:
    quotidian = Quotidian.create(folder)
    quotidian.run("catalogue", "import", store.catalogue)
    started = perf_counter()
    numbers = (store.events, store.users, _DAYS[store.name], day_of(LAST_DAY))
    python("benchmarks.stores.make", folder, "events", store.name, *numbers)
    made = perf_counter()
    recovered = quotidian.run("recover")
    # A load fails if any day could not be computed.
    nothing = world.folder / "nothing.json"
    nothing.write_text('{"events": []}')
    quotidian.ingest(nothing)
    python("benchmarks.stores.make", folder, "merge")
    events = json.loads((folder / "events" / "quotidian.json").read_text())["events"]
    return Made(quotidian.key, events, made - started, recovered.seconds, recovered.peak_bytes, quotidian.bytes)


def _key(store: LargeStore) -> str:
    """Tells stores apart that other statements or tables made."""
    texts = (
        *(path.read_text() for path in (STATEMENTS / f"{store.name}.sql", store.catalogue)),
        *(statement("quotidian.store", name) for name in EMBEDDED.making),
        f"{SCHEMA_VERSION} {SERIES_VERSION} {LAST_DAY}",
    )
    return sha256("\n".join(texts).encode()).hexdigest()[:8]


def _copy_or_link(source: str, target: str) -> str:
    """ClickHouse never writes to a large file of a part again, so that the copy can share it; all else is copied."""
    if "/events/store/" in source and Path(source).stat().st_size >= _LINKED_BYTES:
        os.link(source, target)
    else:
        shutil.copy2(source, target)
    return target
