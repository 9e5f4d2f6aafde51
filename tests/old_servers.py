"""ClickHouse 18.16, as Debian packages it: a server for the time of a test, answering as the event store does."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep

import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import Error

from quotidian.store.clickhouse import ServerEvents
from quotidian.store.events import EventStore

HOST = "127.0.0.1"
START_SECONDS = 30

_CONFIG = """<yandex>
    <logger><level>warning</level><log>{folder}/log</log><errorlog>{folder}/errors</errorlog></logger>
    <listen_host>{host}</listen_host>
    <http_port>{http}</http_port><tcp_port>{tcp}</tcp_port><interserver_http_port>{interserver}</interserver_http_port>
    <path>{folder}/data/</path><tmp_path>{folder}/tmp/</tmp_path>
    <user_files_path>{folder}/files/</user_files_path><format_schema_path>{folder}/schemas/</format_schema_path>
    <mark_cache_size>100000000</mark_cache_size>
    <users_config>{folder}/users.xml</users_config>
    <default_profile>default</default_profile><default_database>default</default_database>
</yandex>"""
_USERS = """<yandex>
    <profiles><default><allow_experimental_low_cardinality_type>1</allow_experimental_low_cardinality_type></default></profiles>
    <users><default>
        <password></password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
    </default></users>
    <quotas><default></default></quotas>
</yandex>"""


class OldServer(ServerEvents):
    """The event store on an old server, which can take a copy of another store's events."""

    @contextmanager
    def again(self) -> Iterator[ServerEvents]:
        """The same event store, opened anew by another process, as it were."""
        connection = self._client.connection
        client = Client(connection.hosts[0][0], port=connection.hosts[0][1])
        with closing(ServerEvents(client, HTTPConnection(self._http.host, self._http.port, timeout=60))) as opened:
            yield opened

    def copy(self, store: EventStore, folder: Path) -> int:
        """Take over all events, in files of a folder; returns their number."""
        columns = ", ".join(name for (name,) in store.rows(_COLUMNS, {}, tuple[str]))
        file = folder / "events.native"
        store.run(
            f"INSERT INTO FUNCTION file(%(file)s, 'Native') SELECT {columns} FROM quotidian.events", {"file": str(file)}
        )
        self.insert("events", file)
        ((number,),) = self.rows("SELECT count() FROM quotidian.events", {}, tuple[int])
        return number


_COLUMNS = """
SELECT name FROM system.columns
WHERE database = 'quotidian' AND table = 'events' AND default_kind != 'ALIAS'
"""


@contextmanager
def old_server(folder: Path) -> Iterator[OldServer]:
    """Start the server, and stop it when the block ends. Skips where it is not installed; in CI it is."""
    program = shutil.which("clickhouse-server", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("clickhouse-server is not installed")
        pytest.skip("clickhouse-server 18.16 (of Debian) is not installed")
    tcp, http, interserver = _free_ports(3)
    config = _CONFIG.format(folder=folder, host=HOST, tcp=tcp, http=http, interserver=interserver)
    (folder / "config.xml").write_text(config)
    (folder / "users.xml").write_text(_USERS)
    with (folder / "out").open("w") as out:
        process = subprocess.Popen([program, f"--config-file={folder}/config.xml"], stdout=out, stderr=out, cwd=folder)
    try:
        client = _connect(tcp, process, folder)
        if not _version(client).startswith("18."):
            pytest.skip(f"clickhouse-server is version {_version(client)}, and this is about 18.16")
        with closing(OldServer(client, HTTPConnection(HOST, http, timeout=60))) as server:
            yield server
    finally:
        process.kill()
        process.wait()


def _connect(port: int, process: "subprocess.Popen[bytes]", folder: Path) -> Client:
    give_up = monotonic() + START_SECONDS
    while True:
        client = Client(HOST, port=port, connect_timeout=5, send_receive_timeout=60)
        try:
            _version(client)
        except (Error, OSError, EOFError):
            if monotonic() > give_up or process.poll() is not None:
                pytest.fail(f"clickhouse-server did not start: {(folder / 'out').read_text()[-2000:]}")
            sleep(0.1)
        else:
            return client


def _version(client: Client) -> str:
    return str(client.execute("SELECT version()")[0][0])


def _free_ports(number: int) -> list[int]:
    sockets = [socket.create_server((HOST, 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
