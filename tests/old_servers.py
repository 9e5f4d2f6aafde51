"""ClickHouse 18.16, as Debian packages it: a server for the time of a test, answering as the event store does."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeVar, cast

import msgspec
import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import Error
from clickhouse_driver.util.escape import escape_params

from quotidian.store.events import EventStore
from quotidian.store.sql import statement

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

Row = TypeVar("Row")


class OldServer:
    """What rollups ask of an event store, by an old server that has a copy of a store's events."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def as_store(self) -> EventStore:
        """Itself, for functions that want the embedded one."""
        return cast("EventStore", self)

    def run(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        self._client.execute(sql % escape_params(values or {}, None))

    def rows(self, sql: str, values: Mapping[str, Any], row: type[Row]) -> list[Row]:
        found = self._client.execute(sql % escape_params(values, None))
        return msgspec.convert(found, list[row], strict=False)  # type: ignore[valid-type]

    def copy(self, store: EventStore) -> int:
        """Take over all events; returns their number."""
        self.run("CREATE DATABASE quotidian")
        self.run(statement("quotidian.store", "create_events"))
        self.run(statement("quotidian.store", "create_members"))
        columns = [name for (name,) in store.rows(_COLUMNS, {}, tuple[str])]
        # Bytes as hexadecimals, for a row comes as JSON; decimals as text, which keeps them whole.
        shown = {**dict.fromkeys(_BYTES, "hex({})"), "price": "toString({})"}
        selected = ", ".join(shown.get(name, "{}").format(name) for name in columns)
        everything = store.rows(f"SELECT {selected} FROM quotidian.events", {}, list[Any])
        made: dict[str, Callable[[Any], Any]] = {**dict.fromkeys(_BYTES, bytes.fromhex), "price": Decimal}
        rows = [[made.get(name, _same)(value) for name, value in zip(columns, row, strict=True)] for row in everything]
        self._client.execute(f"INSERT INTO quotidian.events ({', '.join(columns)}) VALUES", rows)
        return len(rows)


_BYTES = ("user", "id_rest")
_COLUMNS = """
SELECT name FROM system.columns
WHERE database = 'quotidian' AND table = 'events' AND default_kind != 'ALIAS'
"""


def _same(value: object) -> object:
    return value


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
        yield OldServer(client)
        client.disconnect()
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
