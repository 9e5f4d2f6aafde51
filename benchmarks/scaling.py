"""`python -m benchmarks.scaling`: what clusters of 1 to 64 shards can take, calculated from measured parts.

A calculation, not a measurement: nothing larger than two shards was tried. The parts are those of the row `cluster`,
with which `docs/scaling.md` says how they were measured; `again` is of docs/performance.md, "What new events cost".
"""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.tools.table import line

_SHARDS = (1, 2, 4, 8, 16, 32, 64)
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Parts:
    """Microseconds of processor time an event, and bytes.

    read         by the leader: files are read, normalised and sent to the shards
    store        by a shard: told from duplicates, stored, rolled up once
    replicate    by each further replica of a shard
    again        by a shard, of the events of a day all of whose numbers are computed again
    event_bytes  on the disk of each replica
    """

    read: float
    store: float
    replicate: float
    again: float
    event_bytes: float


@dataclass(frozen=True)
class Plan:
    """What is assumed: cores of a server of which so large a share may be busy, replicas, and events a day to take."""

    cores: int = 16
    busy: float = 0.5
    replicas: int = 2
    events_a_day: float = 100e9


MEASURED = Parts(read=5.5, store=4.9, replicate=2.2, again=0.3, event_bytes=37)

_HEADS = (
    "shards",
    "events a second, stored by servers of 16 cores",
    "the same a day",
    "cores that the leader needs for it",
    "cores of each server, for 100 billion a day",
    "all numbers of such a day again",
    "disk of each server, a day of them",
)


def table(parts: Parts, plan: Plan) -> Iterator[tuple[str, ...]]:
    """A row for each number of shards, below the heads. At most half of a machine's cores are busy on average."""
    yield _HEADS
    yield ("---",) * len(_HEADS)
    of_server = parts.store + parts.replicate * (plan.replicas - 1)
    for shards in _SHARDS:
        second = shards * plan.cores * plan.busy / of_server * 1e6
        wanted = plan.events_a_day / _DAY_SECONDS * of_server / 1e6 / shards / plan.busy
        yield (
            str(shards),
            f"{second / 1e6:,.1f} million",
            f"{second * _DAY_SECONDS / 1e9:,.0f} billion",
            f"{second * parts.read / 1e6 / plan.busy:,.0f}",
            f"{wanted:,.1f}",
            f"{plan.events_a_day * parts.again / 1e6 / (shards * plan.cores * plan.busy):,.0f} s",
            f"{plan.events_a_day * parts.event_bytes / shards / 1e12:,.2f} TB",
        )


def main() -> None:
    """Print it."""
    for cells in table(MEASURED, Plan()):
        print(line(cells))


if __name__ == "__main__":
    main()
