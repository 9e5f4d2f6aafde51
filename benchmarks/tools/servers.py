"""Real database servers, started as tests start them (tests/databases)."""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep

import pytest

from benchmarks.tools.outcome import Skipped
from benchmarks.tools.processes import cpu_seconds_of_all

sys.path.append(str(Path(__file__).parents[2] / "tests"))

from databases.clickhouse import ClickHouseCluster, clickhouse_cluster
from databases.daemon import started
from databases.postgres import Postgres, postgres_folder

# It logs a traceback each time that a server which starts does not answer yet.
logging.getLogger("clickhouse_driver").setLevel(logging.CRITICAL)

_IDLE_SECONDS = 3
_DISK = "SELECT sum(bytes_on_disk), sum(rows) FROM system.parts WHERE active AND table = 'events'"


@contextmanager
def cluster_of(shards: int, replicas: int) -> Iterator[ClickHouseCluster]:
    """A cluster in the block. Raises Skipped where the servers are not installed."""
    with (
        TemporaryDirectory(prefix="quotidian-cluster-", ignore_cleanup_errors=True) as folder,
        _skipping(),
        clickhouse_cluster(Path(folder), shards, replicas) as cluster,
    ):
        yield cluster


@contextmanager
def postgresql() -> Iterator[Postgres]:
    """A PostgreSQL in the block, likewise; it waits for its disk, as one does that is to keep something."""
    with _skipping(), postgres_folder() as folder, started(Postgres(folder, fsync="on")) as server:
        yield server


@contextmanager
def _skipping() -> Iterator[None]:
    try:
        yield
    except pytest.skip.Exception as reason:
        raise Skipped(str(reason)) from None
    except pytest.fail.Exception as reason:
        # Of pytest's own kind, which would end all rows.
        raise RuntimeError(str(reason)) from None


def processes_of(cluster: ClickHouseCluster) -> dict[str, int]:
    """The processes of a cluster: `2.1` is the first replica of the second shard, `1.keeper` the first keeper."""
    keepers = {f"{number}.keeper": each for number, each in enumerate(cluster.keepers.each, 1)}
    replicas = {
        f"{shard}.{number}": each
        for shard, of_shard in enumerate(cluster.replicas, 1)
        for number, each in enumerate(of_shard, 1)
    }
    return {name: server.processes()[0] for name, server in (keepers | replicas).items()}


def idle_shares(processes: Mapping[str, int]) -> dict[str, float]:
    """The share of a core that each process takes while nobody asks for anything."""
    before = {name: cpu_seconds_of_all(process) for name, process in processes.items()}
    sleep(_IDLE_SECONDS)
    return {name: (cpu_seconds_of_all(process) - before[name]) / _IDLE_SECONDS for name, process in processes.items()}


def bytes_per_event(cluster: ClickHouseCluster) -> float:
    """What the events take on the disks of the first replicas, for each of them."""
    ((size, events),) = cluster.replicas[0][0].rows(_DISK)
    return float(size) / float(events)
