"""Several nodes over shared databases, killed and paused under load, as are the databases: nothing is lost, nothing
counts twice, and nobody ever sees a part of what was published together.

CHAOS_SEED repeats a run, as in test_chaos.py.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from conftest import Quotidian
from databases.clickhouse import ClickHouseCluster
from databases.postgres import Postgres
from databases.redis_server import Redis
from load import Connector, Loader, numbered_batches, users_of
from nodes import LEAD_SECONDS, Leader, Watcher, nodes, read_leader
from servers import Server, wait_until
from test_chaos import SEED, Tenant
from worlds import make_world

pytestmark = pytest.mark.slow

BATCHES = numbered_batches(40)
APPS = {batch[0]["properties"]["app_id"]: len(batch) for batch in BATCHES}
"""The app of each batch, and how many users it has once the batch is counted."""

DOWN_SECONDS = 1.0
STEPS = {"QUOTIDIAN_LOAD_BYTES": "200000"}


@dataclass(frozen=True)
class Running:
    """Nodes that run, by name, what they share, and one of two workspaces; the other's key is that of the nodes."""

    nodes: dict[str, Server]
    tenant: Tenant
    cluster: ClickHouseCluster
    postgres: Postgres
    database_url: str
    redis: Redis

    @property
    def lead(self) -> Leader:
        """Who leads, or led last."""
        return read_leader(self.postgres, self.database_url)

    def wait_until_an_engine_leads(self) -> Leader:
        """Commands that load lead, too, where no engine does; they end."""
        wait_until(lambda: self.lead.is_engine, LEAD_SECONDS)
        return self.lead

    def wait_until_another_leads(self, before: Leader) -> None:
        """Wait until who led is followed by another process."""
        began = time.monotonic()
        wait_until(lambda: self.lead.epoch > before.epoch, LEAD_SECONDS)
        print(f"{self.lead} after {time.monotonic() - began:.1f} s", flush=True)


@pytest.fixture
def running(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cluster: ClickHouseCluster,
    events_url: str,
    postgres: Postgres,
    database_url: str,
    redis: Redis,
) -> Iterator[Running]:
    """Two nodes, each of which may lead. What they share is in the environment, where commands find it too."""
    shared = {"database_url": database_url, "events_url": events_url, "rate_limit_url": redis.url()}
    for name, value in shared.items():
        monkeypatch.setenv(f"QUOTIDIAN_{name.upper()}", value)
    tenant, key = make_tenant(tmp_path / "a" / "data", shared)
    with nodes(tmp_path, key, {"a": "all", "b": "all"}, **STEPS) as started:
        yield Running(started, tenant, cluster, postgres, database_url, redis)


def make_tenant(data: Path, shared: Mapping[str, str]) -> tuple[Tenant, str]:
    """Make the stores, with a workspace in which a world happens, and another, whose key is returned."""
    random = Random(SEED)
    data.mkdir(parents=True)
    with closing(Quotidian(data, **shared)) as quotidian:
        world = make_world(random.randrange(1 << 30), users=5, days=12, campaigns=2)
        return Tenant(quotidian, "default", world, random), quotidian.add_workspace("numbered", "Europe/Paris")


# Faults, each of which is mended at its end


def kill_a_replica(running: Running) -> None:
    """Of the first shard, the one that is asked."""
    replica = running.cluster.replicas[0][0]
    replica.kill()
    time.sleep(DOWN_SECONDS)
    replica.start()


def kill_a_shard(running: Running) -> None:
    for replica in running.cluster.replicas[1]:
        replica.kill()
    time.sleep(2 * DOWN_SECONDS)
    running.cluster.start()


def kill_a_keeper(running: Running) -> None:
    running.cluster.keepers.kill(running.cluster.keepers.each[:1])
    time.sleep(DOWN_SECONDS)
    running.cluster.start()


def kill_all_keepers(running: Running) -> None:
    running.cluster.keepers.kill()
    time.sleep(DOWN_SECONDS)
    running.cluster.start()


def kill_the_leading_node(running: Running) -> None:
    before = running.wait_until_an_engine_leads()
    leader = running.nodes[before.node]
    leader.kill()
    running.wait_until_another_leads(before)
    leader.start()


def pause_the_leading_engine(running: Running) -> None:
    """It is stopped for longer than its lease, amid whatever it did, and goes on when another leads."""
    before = running.wait_until_an_engine_leads()
    engine = running.nodes[before.node].engine()
    os.kill(engine, signal.SIGSTOP)
    running.wait_until_another_leads(before)
    with suppress(ProcessLookupError):
        os.kill(engine, signal.SIGCONT)


def kill_postgresql(running: Running) -> None:
    running.postgres.kill()
    time.sleep(DOWN_SECONDS)
    running.postgres.start()


def kill_redis(running: Running) -> None:
    running.redis.kill()
    time.sleep(DOWN_SECONDS)
    running.redis.start()


Fault = Callable[[Running], None]
FAULTS: tuple[Fault, ...] = (
    kill_a_replica,
    kill_a_shard,
    kill_a_keeper,
    kill_all_keepers,
    kill_the_leading_node,
    pause_the_leading_engine,
    kill_postgresql,
    kill_redis,
)


def test_nodes_and_databases_that_are_killed_under_load_lose_nothing_and_count_nothing_twice(running: Running) -> None:
    print(f"CHAOS_SEED={SEED}")
    random = Random(SEED)
    with under_load(running, random):
        for fault in random.sample(FAULTS, len(FAULTS)):
            time.sleep(random.random() * DOWN_SECONDS)
            print(f"{time.strftime('%X')} {fault.__name__}", flush=True)
            fault(running)
    for server in running.nodes.values():
        server.wait_until_drained()
        assert {app: users_of(server, app) for app in APPS} == APPS
    running.tenant.assert_whole(running.nodes["b"])


@contextmanager
def under_load(running: Running, random: Random) -> Iterator[None]:
    """In the block, events are posted to every node and files are loaded; after it all has been acknowledged."""
    servers, tenant = list(running.nodes.values()), running.tenant
    connectors = [
        Connector(server, server.key, BATCHES[n :: len(servers)], Random(random.random()))
        for n, server in enumerate(servers)
    ]
    connectors.append(Connector(servers[1], tenant.key, tenant.batches, Random(random.random())))
    loader = PatientLoader(servers[0].command, tenant.files, QUOTIDIAN_NODE="a", **STEPS)
    watcher = Watcher(servers, BATCHES)
    with ExitStack() as stack:
        threads: list[Connector | Loader] = [*connectors, loader]
        for thread in threads:
            stack.callback(thread.abandon)
            thread.start()
        watcher.start()
        stack.callback(watcher.stop)
        yield
        for connector in connectors:
            connector.stop()
        loader.abandon()
        # Another node may lead by now than the one that has loaded until then.
        leader = running.wait_until_an_engine_leads().node
        last = PatientLoader(running.nodes[leader].command, tenant.files, QUOTIDIAN_NODE=leader, **STEPS)
        last.start()
        last.stop()


class PatientLoader(Loader):
    """A load waits for what is down, and an engine yields to all else that a busy machine does."""

    seconds = 240
