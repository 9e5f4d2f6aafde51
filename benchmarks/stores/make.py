"""Makes the events of a large store, or merges all that is in one, in a process of its own.

`python -m benchmarks.stores.make FOLDER events NAME EVENTS USERS DAYS LAST_DAY`; LAST_DAY counts from 1970-01-01.
`python -m benchmarks.stores.make FOLDER merge`.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quotidian.engine.opening import open_stores
from quotidian.store.events import EventStore
from quotidian.store.folder import DataFolder

STATEMENTS = Path(__file__).parent

# Parts that are large enough to leave little to merge; what making them takes is no part of what is measured.
_SETTINGS = "SET min_insert_block_size_rows = 1000000, min_insert_block_size_bytes = 0, max_memory_usage = 6000000000"

_TABLES = "SELECT name FROM system.tables WHERE database = 'quotidian' AND engine LIKE '%%MergeTree'"


def main(folder: str, task: str, *words: str) -> None:
    with _events(Path(folder)) as store:
        if task == "events":
            _insert(store, *words)
        _merge(store)


@contextmanager
def _events(folder: Path) -> Iterator[EventStore]:
    """The event store of a data folder, whoever it belongs to: `recover` accepts it afterwards."""
    with open_stores(DataFolder(folder), "benchmark", accept_events=True) as stores:
        yield stores.events


def _insert(store: EventStore, name: str, *numbers: str) -> None:
    store.run(_SETTINGS)
    values = dict(zip(("events", "users", "days", "last_day"), map(int, numbers), strict=True))
    store.run((STATEMENTS / f"{name}.sql").read_text(), values)


def _merge(store: EventStore) -> None:
    """All parts of a partition become one: what a store is a while after its events came."""
    for (table,) in store.rows(_TABLES, {}, tuple[str]):
        store.run(f"OPTIMIZE TABLE quotidian.{table} FINAL")


if __name__ == "__main__":
    main(*sys.argv[1:])
