"""ClickHouse for tests: a cluster of shards and replicas with its keepers."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from clickhouse_driver import Client
from clickhouse_driver.errors import Error

from databases.certificates import Certificate
from databases.clickhouse_config import USER_PASSWORD, ReplicaPorts, config_of, users
from databases.daemon import Daemon, start_all, wait_until
from databases.keepers import Keepers, made
from databases.ports import HOST, free_ports
from databases.programs import program

PACKAGE = "clickhouse-server"
CLUSTER = "of_tests"
USER = "quotidian"


class ClickHouse(Daemon):
    """A ClickHouse server, one of the replicas of a cluster."""

    def __init__(self, name: str, folder: Path, ports: ReplicaPorts, config: str) -> None:
        super().__init__(name, folder)
        self.ports = ports
        self._program = program("clickhouse-server", PACKAGE)
        self._version = ""
        (folder / "config.xml").write_text(config)
        (folder / "users.xml").write_text(users(USER))

    def command(self) -> Sequence[str | Path]:
        return [self._program, f"--config-file={self.folder}/config.xml"]

    def is_ready(self) -> bool:
        try:
            ((self._version,),) = self.rows("SELECT version()")
        except (Error, EOFError):
            return False
        return True

    def version(self) -> str:
        return f"ClickHouse {self._version}"

    def stop(self) -> None:
        """Kill it: asked to end, it takes five seconds, and a test learns nothing from that."""
        self.kill()

    def client(self, **given: Any) -> Client:
        """A connection that asks for nothing yet."""
        return Client(HOST, self.ports.tcp, user=USER, password=USER_PASSWORD, connect_timeout=5, **given)

    def rows(self, sql: str, **values: object) -> list[Any]:
        """What a statement gives, over a connection of its own."""
        client = self.client()
        try:
            found: list[Any] = client.execute(sql, values or None)
        finally:
            client.disconnect()
        return found

    def last_words(self) -> str:
        """The end of its log of errors too."""
        errors = self.folder / "errors"
        return super().last_words() + (errors.read_text(errors="replace")[-1_500:] if errors.exists() else "")


class ClickHouseCluster:
    """Shards of some replicas each, and three keepers: `replicas[shard][replica]`, both from 0."""

    def __init__(
        self, folder: Path, shards: int = 2, replicas: int = 2, certificate: Certificate | None = None
    ) -> None:
        self.keepers = Keepers(folder)
        ports = [[ReplicaPorts(*free_ports(4)) for _ in range(replicas)] for _ in range(shards)]
        self.replicas = [
            [self._replica(folder, shard, number, ports, certificate) for number in range(replicas)]
            for shard in range(shards)
        ]
        self._numbers = count(1)

    def _replica(
        self, folder: Path, shard: int, number: int, ports: list[list[ReplicaPorts]], certificate: Certificate | None
    ) -> ClickHouse:
        name = f"replica {number} of shard {shard}"
        own = made(folder / f"shard-{shard}-{number}")
        keepers = [each.port for each in self.keepers.each]
        config = config_of(own, ports[shard][number], {CLUSTER: ports}, keepers, USER, certificate)
        return ClickHouse(name, own, ports[shard][number], config)

    @property
    def each(self) -> list[ClickHouse]:
        """All replicas of all shards."""
        return [replica for shard in self.replicas for replica in shard]

    def start(self) -> None:
        """Start whatever does not run or is paused, and wait until all answer and can be written to."""
        # 18.16 with tables that are replicated ends while it starts if it finds no keeper.
        self.keepers.start()
        start_all(self.each)
        wait_until(self._is_writable)

    def _is_writable(self) -> bool:
        return self.on_each("SELECT sum(is_readonly) FROM system.replicas") == [[(0,)] for _ in self.each]

    def kill(self) -> None:
        """Kill all."""
        for each in (*self.each, *self.keepers.each):
            each.kill()

    def url(
        self, database: str, *, password: str = USER_PASSWORD, replicas: Sequence[ClickHouse] = (), **more: str
    ) -> str:
        """The URL of a database: with some replicas as hosts (none: all), and with what stands after `?`."""
        port = "secure" if more.get("secure") == "1" else "tcp"
        hosts = ",".join(f"{HOST}:{getattr(each.ports, port)}" for each in replicas or self.each)
        named = urlencode({"cluster": CLUSTER, **more})
        return f"clickhouse://{USER}:{quote(password, safe='')}@{hosts}/{database}?{named}"

    def new_database(self) -> str:
        """The name of a new and empty database, which is on all replicas."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self.on_each(f"CREATE DATABASE {name}")
        return name

    def drop(self, database: str) -> None:
        """Remove a database from all replicas; it stays where a server that was paused has lost touch with keepers."""
        with suppress(Error):
            self.on_each(f"DROP DATABASE IF EXISTS {database}")

    def on_each(self, sql: str) -> list[list[Any]]:
        """What a statement gives on each replica that runs."""
        return [each.rows(sql) for each in self.each if each.is_running]


@contextmanager
def clickhouse_cluster(
    folder: Path, shards: int = 2, replicas: int = 2, certificate: Certificate | None = None
) -> Iterator[ClickHouseCluster]:
    """A cluster in the block, killed at its end."""
    cluster = ClickHouseCluster(folder, shards, replicas, certificate)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.kill()
