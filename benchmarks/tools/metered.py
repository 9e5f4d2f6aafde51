"""Loads files as `quotidian ingest` does, in a process of its own, and tells what processor time each part took.

`python -m benchmarks.tools.metered FOLDER WARM_UP FILES STORED [SERVER=PROCESS …]`, all paths but STORED: so many
events are then stored of one day, and a few new ones of that day loaded. The warm-up is a load that is not measured:
with it everything has started. Prints a Metered as JSON; its clocks are of this process (`node`), its reader and each
server.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from time import perf_counter, process_time, sleep
from typing import Any, Final

import msgspec
from sqlalchemy import func, select

from benchmarks.stores.make import STATEMENTS
from benchmarks.tools.events import event, start_of
from benchmarks.tools.processes import cpu_seconds_of_all
from quotidian.control.workspaces import find_workspace
from quotidian.engine.opening import open_stores
from quotidian.ingest.find import Finder
from quotidian.ingest.load import ingest
from quotidian.ingest.report import LoadReport
from quotidian.ingest.stores import IngestStores
from quotidian.process.garbage import search_seldom
from quotidian.series.ranges import Failed
from quotidian.series.rollup import roll_up
from quotidian.store.events import EventStore
from quotidian.store.folder import DataFolder
from quotidian.store.sql import statement
from quotidian.store.tables import points

Clock = dict[str, float]

NODE: Final = "node"
READER: Final = "reader"
WALL: Final = "wall"
"""Not a process: the clock on the wall."""
STORED_DAY: Final = date(2026, 8, 15)
NEW_OF_STORED_DAY: Final = 1_000

_KIND_OF: Final = {
    statement("quotidian.ingest", "select_new"): "dedup",
    statement("quotidian.ingest", "insert_new"): "insert",
}
_LOOK_SECONDS: Final = 2
_IDLE_SHARE: Final = 0.1  # of a core
_MERGES: Final = "SELECT count() FROM system.merges"


class Metered(msgspec.Struct):
    """What a load took: CPU seconds by process.

    `load` reads and stores, `roll_up` computes and publishes, `merge` is what ClickHouse does after that by itself.
    `statements` are those of `load`, by kind; `beside_stored` is the load of a few events of a day that has many.
    """

    events: int
    points: int
    load: Clock
    roll_up: Clock
    merge: Clock
    statements: dict[str, Clock]
    beside_stored: dict[str, Clock]


class _Meter:
    """Reads the clocks, and adds up what statements take by their kind."""

    def __init__(self, stores: IngestStores, servers: Mapping[str, int]) -> None:
        self.by_kind: dict[str, Clock] = defaultdict(lambda: defaultdict(float))
        self._stores = stores
        self._servers = servers

    def now(self) -> Clock:
        """What each process has taken so far."""
        reader = self._stores.reader.pid
        servers = {name: cpu_seconds_of_all(process) for name, process in self._servers.items()}
        own = process_time()
        of_reader = cpu_seconds_of_all(reader) if reader else 0.0
        return {WALL: perf_counter(), NODE: own, READER: of_reader, **servers}

    def watch(self, events: EventStore) -> EventStore:
        """Have the statements of a connection, and of those beside it, timed from now on."""
        for name, kind in (("run", ""), ("rows", ""), ("insert", "take")):
            setattr(events, name, self._timed(getattr(events, name), kind))
        beside = events.beside
        setattr(events, "beside", lambda: self.watch(beside()))  # noqa: B010 - it is a method
        return events

    def _timed(self, ask: Callable[..., Any], kind: str) -> Callable[..., Any]:
        def timed(first: str, *more: Any) -> Any:
            before = self.now()
            try:
                return ask(first, *more)
            finally:
                so_far = self.by_kind[kind or _KIND_OF.get(first, "other")]
                for name, seconds in since(before, self.now()).items():
                    so_far[name] += seconds

        return timed


def since(before: Clock, now: Clock) -> Clock:
    """What was taken between two readings."""
    return {name: now[name] - before[name] for name in now}


def main(folder: str, warm_up: str, files: str, stored: str, *servers: str) -> None:
    search_seldom()
    processes = {name: int(process) for name, _, process in (each.partition("=") for each in servers)}
    with open_stores(DataFolder(Path(folder)), "benchmark", reads_files=True) as stores:
        meter = _Meter(stores, processes)
        meter.watch(stores.events)
        _load(stores, Path(warm_up))
        _roll_up(stores)
        _rest(stores.events, meter)
        print(msgspec.json.encode(_measured(stores, meter, Path(files), int(stored))).decode())


def _measured(stores: IngestStores, meter: _Meter, files: Path, stored: int) -> Metered:
    meter.by_kind.clear()
    clocks = [meter.now()]
    report = _load(stores, files)
    clocks.append(meter.now())
    statements = {kind: dict(clock) for kind, clock in meter.by_kind.items()}
    _roll_up(stores)
    clocks.append(meter.now())
    _rest(stores.events, meter)
    clocks.append(meter.now())
    load, rolled_up, merged = (since(*pair) for pair in pairwise(clocks))
    with stores.series.connect() as connection:
        published = connection.execute(select(func.count()).select_from(points)).scalar_one()
    beside_stored = _beside_stored(stores, meter, stored) if stored else {}
    return Metered(report.total.new, published, load, rolled_up, merged, statements, beside_stored)


def _load(stores: IngestStores, files: Path) -> LoadReport:
    with stores.series.connect() as connection:
        workspace = find_workspace(connection, "default")
    report = LoadReport()
    for _ in ingest(stores, workspace, Finder([str(files)]).find(), report):
        pass
    return report


def _roll_up(stores: IngestStores) -> None:
    failed = Failed()
    for _ in roll_up(stores, failed):
        pass
    if failed.found:
        raise RuntimeError(f"days were not computed: {failed.found}")


def _rest(events: EventStore, meter: _Meter) -> None:
    """Wait until nothing is merged where the store is asked, and the other servers do next to nothing, either."""
    busy = True
    while busy:
        before = meter.now()
        sleep(_LOOK_SECONDS)
        merging = sum(number for (number,) in events.rows(_MERGES, {}, tuple[int]))
        took = since(before, meter.now())
        busy = merging > 0 or any(took[name] > _IDLE_SHARE * took[WALL] for name in took if name != WALL)


def _beside_stored(stores: IngestStores, meter: _Meter, stored: int) -> dict[str, Clock]:
    day = (STORED_DAY - date(1970, 1, 1)) // timedelta(days=1)
    sql = (STATEMENTS / "one_day.sql").read_text(encoding="utf-8")
    stores.events.run(sql, {"day": day, "events": stored})
    _rest(stores.events, meter)
    meter.by_kind.clear()
    file = stores.folder.path.with_suffix(".json")
    new = (
        event("behaviors.app.SessionStart", f"new-{number}", start_of(STORED_DAY) + number, f"new-{number}")
        for number in range(NEW_OF_STORED_DAY)
    )
    file.write_text(json.dumps({"events": [*new]}))
    _load(stores, file)
    return dict(meter.by_kind)


if __name__ == "__main__":
    main(*sys.argv[1:])
