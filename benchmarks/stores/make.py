"""Makes the events of a large store, or merges all that is in one, in a process of its own.

`python -m benchmarks.stores.make FOLDER events NAME EVENTS USERS DAYS LAST_DAY`; LAST_DAY is an ISO date.
`python -m benchmarks.stores.make FOLDER merge`.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from quotidian.domain.days import day_of
from quotidian.engine.opening import open_stores
from quotidian.store.events import EventStore
from quotidian.store.folder import DataFolder

STATEMENTS = Path(__file__).parent


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


def _insert(store: EventStore, name: str, events: str, users: str, days: str, last_day: str) -> None:
    values = {
        "events": int(events),
        "users": int(users),
        "days": int(days),
        "last_day": day_of(date.fromisoformat(last_day)),
    }
    # Two cores, and parts of a size that leaves little to merge.
    store.run(
        "SET max_insert_threads = 1, max_block_size = 65536, min_insert_block_size_rows = 2000000, min_insert_block_size_bytes = 0"
    )
    store.run((STATEMENTS / f"{name}.sql").read_text(), values)


def _merge(store: EventStore) -> None:
    """All parts of a partition become one: what a store is a while after its events came."""
    for table in ("events", "active_days"):
        store.run(f"OPTIMIZE TABLE quotidian.{table} FINAL")


if __name__ == "__main__":
    main(*sys.argv[1:])
