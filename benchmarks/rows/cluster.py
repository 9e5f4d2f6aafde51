"""A load into a cluster beside the same load into the embedded store: processor time of all processes together."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.tools.outcome import Outcome, Skipped, check
from benchmarks.tools.processes import cpu_seconds, in_turns
from benchmarks.tools.quotidian import Quotidian
from benchmarks.tools.world import DAYS, World

_SERVER = "clickhouse-server"


@dataclass(frozen=True)
class _Loaded:
    """Processor seconds of the command, and of all servers; and what was published."""

    command: float
    servers: float
    points: list[int]

    @property
    def seconds(self) -> float:
        return self.command + self.servers


def measure(world: World) -> Iterator[Outcome]:
    """One shard, two, and two of two replicas, which all are on this machine."""
    if shutil.which(_SERVER, path="/usr/sbin:/usr/bin") is None:
        raise Skipped(f"{_SERVER} is not installed")
    sizes = ((1, 1), (2, 1), (2, 2))
    embedded, *on_clusters = (
        min(runs, key=lambda each: each.seconds)
        for runs in in_turns(
            world.sizes.runs, partial(_embedded, world), *(partial(_on_cluster, world, *size) for size in sizes)
        )
    )
    for (shards, replicas), loaded in zip(sizes, on_clusters, strict=True):
        check(f"dau on {shards} × {replicas}", loaded.points, embedded.points)
        yield Outcome(
            f"load, {world.load.events:,} events, {shards} × {replicas} servers",
            f"{loaded.seconds:.1f} s of CPU ({loaded.servers:.1f} of servers)",
            "embedded",
            f"{embedded.seconds:.1f} s of CPU",
            f"{loaded.seconds / embedded.seconds:.2f} ×",
            "",
        )


def _embedded(world: World) -> _Loaded:
    return _load(world, world.new("embedded"), [])


def _on_cluster(world: World, shards: int, replicas: int) -> _Loaded:
    with (
        TemporaryDirectory(prefix="cluster-", dir=world.folder) as folder,
        _servers(Path(folder), shards, replicas) as (url, processes),
    ):
        return _load(world, world.new("on-cluster", QUOTIDIAN_EVENTS_URL=url), processes)


@contextmanager
def _servers(folder: Path, shards: int, replicas: int) -> Iterator[tuple[str, list[int]]]:
    """The URL of an empty cluster, and the ids of its servers' processes, keepers among them."""
    try:
        from databases.clickhouse import clickhouse_cluster  # noqa: PLC0415 - of the tests
    except ImportError as error:
        raise Skipped("the servers of the tests are not found; set PYTHONPATH=tests") from error
    with clickhouse_cluster(folder, shards, replicas) as cluster:
        daemons = [*cluster.each, *cluster.keepers.each]
        yield cluster.url(cluster.new_database()), [number for each in daemons for number in each.processes()]


def _load(world: World, quotidian: Quotidian, servers: list[int]) -> _Loaded:
    before = sum(map(cpu_seconds, servers))
    command = quotidian.ingest(world.load.folder).cpu_seconds
    taken = sum(map(cpu_seconds, servers)) - before
    points = quotidian.series("dau", ending=world.load.last_day, days=DAYS)
    return _Loaded(command, taken, [point["dau"] for point in points])
