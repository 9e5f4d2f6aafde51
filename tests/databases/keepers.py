"""ZooKeeper for tests: three keepers, each a process."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from databases.daemon import Daemon, asked, start_all
from databases.ports import HOST, free_ports
from databases.programs import jar, program

KEEPERS = 3

_VERSION = re.compile(rb"Zookeeper version: ([\d.]+)")

# A third of a second of CPU time each to start.
_JAVA = ("-Xms16m", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
_LOGGING = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dzookeeper.jmx.log4j.disable=true")

# A session that is not heard of ends after 20 ticks at most, and an election takes a few of them.
_CONFIG = """dataDir={folder}
clientPort={port}
clientPortAddress={host}
tickTime=500
initLimit=20
syncLimit=10
forceSync=no
admin.enableServer=false
4lw.commands.whitelist=srvr
{servers}
"""


@dataclass(frozen=True)
class KeeperPorts:
    """Where a keeper listens: for clients, for other keepers, and for elections."""

    client: int
    peer: int
    election: int


class Keeper(Daemon):
    """One of several keepers, of which more than half must live."""

    def __init__(self, number: int, folder: Path, ports: Sequence[KeeperPorts]) -> None:
        super().__init__(f"keeper {number}", folder)
        self.port = ports[number - 1].client
        self._jar = jar()
        self._version = ""
        servers = (f"server.{n}={HOST}:{each.peer}:{each.election}" for n, each in enumerate(ports, 1))
        (folder / "myid").write_text(str(number))
        config = _CONFIG.format(folder=folder, port=self.port, host=HOST, servers="\n".join(servers))
        (folder / "zoo.cfg").write_text(config)

    def command(self) -> Sequence[str | Path]:
        classes = f"{self._jar}:{self._jar.with_name('slf4j-simple.jar')}"
        main = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
        java = program("java", "default-jre-headless")
        return [java, *_JAVA, *_LOGGING, "-cp", classes, main, self.folder / "zoo.cfg"]

    def is_ready(self) -> bool:
        """Whether it is one of enough that have found each other."""
        (line,) = asked(self.port, b"srvr")
        found = _VERSION.match(line)
        self._version = found[1].decode() if found else ""
        return bool(found)

    def version(self) -> str:
        return f"ZooKeeper {self._version}"


class Keepers:
    """Three keepers that have found each other."""

    def __init__(self, folder: Path) -> None:
        ports = [KeeperPorts(*free_ports(3)) for _ in range(KEEPERS)]
        self.each = [Keeper(number, made(folder / f"keeper-{number}"), ports) for number in range(1, KEEPERS + 1)]

    def start(self) -> None:
        """Start those that do not run or are paused."""
        start_all(self.each)

    def kill(self, keepers: Iterable[Keeper] | None = None) -> None:
        """Kill all, or some."""
        for each in self.each if keepers is None else keepers:
            each.kill()


def made(folder: Path) -> Path:
    """The folder, which is made."""
    folder.mkdir(parents=True)
    return folder


@contextmanager
def keepers_in(folder: Path) -> Iterator[Keepers]:
    """Three keepers in the block."""
    keepers = Keepers(folder)
    try:
        keepers.start()
        yield keepers
    finally:
        keepers.kill()
