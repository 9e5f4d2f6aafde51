"""Several nodes over shared databases, killed and paused under load, as are the databases: nothing is lost, nothing
counts twice, and nobody ever sees a part of what was published together.

CHAOS_SEED repeats a run, as in test_chaos.py.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from conftest import Quotidian
from databases.postgres import Postgres
from databases.redis_server import Redis
from load import Connector, Loader, assert_all_counted, numbered_batches
from nodes import Watcher, nodes, read_leader
from servers import Server
from test_chaos import SEED, SMALL_STEPS, Tenant
from worlds import make_world

pytestmark = pytest.mark.slow

BATCHES = 60
DOWN_SECONDS = 1.0


@dataclass(frozen=True)
class Shared:
    """What nodes share, and the URL of their series."""

    postgres: Postgres
    database_url: str
    redis: Redis


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch, postgres: Postgres, database_url: str, redis: Redis) -> Shared:
    """Databases that the environment names to every process."""
    monkeypatch.setenv("QUOTIDIAN_DATABASE_URL", database_url)
    return Shared(postgres, database_url, redis)


@dataclass(frozen=True)
class Running:
    """Nodes that run, by name, and what they share."""

    nodes: dict[str, Server]
    shared: Shared

    @property
    def leader(self) -> Server:
        """The node that leads, or led last."""
        return self.nodes[read_leader(self.shared.postgres, self.shared.database_url).node]

    @property
    def follower(self) -> Server:
        """Another."""
        return next(each for each in self.nodes.values() if each is not self.leader)


# Faults, each of which is mended at its end


def kill_the_leading_engine(running: Running) -> None:
    with suppress(ProcessLookupError):
        os.kill(running.leader.engine() or 1 << 22, signal.SIGKILL)


def kill_a_follower(running: Running) -> None:
    follower = running.follower
    follower.kill()
    follower.start()


def kill_postgresql(running: Running) -> None:
    running.shared.postgres.kill()
    time.sleep(DOWN_SECONDS)
    running.shared.postgres.start()


def pause_postgresql(running: Running) -> None:
    running.shared.postgres.pause()
    time.sleep(3 * DOWN_SECONDS)
    running.shared.postgres.resume()


def kill_redis(running: Running) -> None:
    running.shared.redis.kill()
    time.sleep(DOWN_SECONDS)
    running.shared.redis.start()


Fault = Callable[[Running], None]
FAULTS: tuple[Fault, ...] = (
    kill_the_leading_engine,
    kill_a_follower,
    kill_postgresql,
    pause_postgresql,
    kill_redis,
)


def test_nodes_and_databases_that_are_killed_under_load_lose_nothing_and_count_nothing_twice(
    tmp_path: Path, shared: Shared
) -> None:
    print(f"CHAOS_SEED={SEED}")
    random = Random(SEED)
    tenant, key = make_tenant(tmp_path / "a" / "data", random)
    with nodes(tmp_path, key, {"a": "all", "b": "api"}, **SMALL_STEPS) as started:
        running = Running(started, shared)
        with under_load(running, tenant, random) as counted:
            for fault in random.sample(FAULTS, len(FAULTS)):
                time.sleep(random.random() * DOWN_SECONDS)
                print(f"{time.strftime('%X')} {fault.__name__}")
                fault(running)
        for server in started.values():
            server.wait_until_drained()
            assert_all_counted(server, *counted)
        tenant.assert_whole(running.leader)


def make_tenant(data: Path, random: Random) -> tuple[Tenant, str]:
    """Make the stores that the environment names, with a workspace of a world, and another; returns the other's key."""
    data.mkdir(parents=True)
    quotidian = Quotidian(data)
    world = make_world(random.randrange(1 << 30), users=6, days=15, campaigns=3)
    tenant = Tenant(quotidian, "default", world, random)
    key = quotidian.add_workspace("numbered", "Europe/Paris")
    quotidian.close()
    return tenant, key


@contextmanager
def under_load(running: Running, tenant: Tenant, random: Random) -> Iterator[list[Connector]]:
    """In the block, events are posted to every node and files are loaded; after it all has been acknowledged.

    Gives the connectors of the second workspace, whose batches are watched.
    """
    servers, numbered = list(running.nodes.values()), numbered_batches(BATCHES)
    counted = [
        Connector(server, server.key, numbered[n :: len(servers)], Random(random.random()))
        for n, server in enumerate(servers)
    ]
    connectors = counted + [
        Connector(server, tenant.key, tenant.batches[n :: len(servers)], Random(random.random()))
        for n, server in enumerate(servers)
    ]
    loader = Loader(servers[0].command, tenant.files, **SMALL_STEPS)
    watcher = Watcher(servers, numbered)
    with ExitStack() as stack:
        threads: list[Connector | Loader] = [*connectors, loader]
        for thread in threads:
            stack.callback(thread.abandon)
            thread.start()
        watcher.start()
        stack.callback(watcher.stop)
        yield counted
        for thread in connectors:
            thread.stop()
        # Another node may lead than the one that has loaded until now.
        loader.abandon()
        running.leader.command.run("ingest", tenant.files)
