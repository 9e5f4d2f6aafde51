"""A connection to one server of a cluster."""

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from clickhouse_driver import Client, errors
from clickhouse_driver.block import BlockInfo, RowOrientedBlock
from clickhouse_driver.protocol import ClientPacketTypes
from clickhouse_driver.varint import write_varint
from clickhouse_driver.writer import write_binary_str

from quotidian.store.cluster.address import Address, Host
from quotidian.store.cluster.exporting import export
from quotidian.store.events import StatementFailed

_CONNECT_SECONDS: Final = 3
_SILENT_SECONDS: Final = 60
"""A server that works says so several times a second; only what waits for others is silent for long."""
_HELLO_SECONDS: Final = 5
"""A server that is paused takes connections, and says nothing."""
_PING_SECONDS: Final = 5
_REVISION: Final = 54_453
"""Of the protocol: from the next one on, blocks are not quite as in files."""
_LOST: Final = "Code: 210. the connection was lost, and with it the tables that are only of it"

# Of those that a server knows: 18.16 has not all, and needs the first.
_SETTINGS: Final[dict[str, int]] = {
    "allow_experimental_low_cardinality_type": 1,
    "max_query_size": 67_108_864,
    "max_partitions_per_insert_block": 0,
    # What is put twice must be there, though it was put before and dropped: a server would leave out the same block.
    "insert_deduplicate": 0,
    "allow_replace_partition_from_empty_source": 1,
    "database_atomic_wait_for_drop_and_detach_synchronously": 1,
    "output_format_json_validate_utf8": 1,
}
_KNOWN_SETTINGS: Final = "SELECT name FROM system.settings"

# It logs a traceback of each attempt to connect, and raises it, too.
logging.getLogger("clickhouse_driver").setLevel(logging.CRITICAL)


class ConnectionLost(StatementFailed):
    """A server cannot be asked, or is no longer: another connection, or another server, may answer."""


class Replica:
    """A server: connected when it is first asked, and not again by itself.

    `label` begins the ids of its statements. After an error it is not connected, and all that its session had is gone.
    That a server says nothing for `silent_seconds` is an error.
    """

    def __init__(self, address: Address, host: Host, label: str, *, silent_seconds: int = _SILENT_SECONDS) -> None:
        self.host = host
        self._address = address
        self._label = label
        self._silent_seconds = silent_seconds
        self._client: Client | None = None

    @property
    def is_connected(self) -> bool:
        """Whether statements go over a connection that there is."""
        return self._client is not None

    def connect(self) -> None:
        """Connect, if it is not connected. Raises ConnectionLost if it cannot be reached, StatementFailed otherwise."""
        if self._client is not None:
            return
        client = self._opened(_HELLO_SECONDS)
        try:
            self._client = client
            known = {name for (name,) in self.rows(_KNOWN_SETTINGS)}
            client.connection.socket.settimeout(self._silent_seconds)
            client.settings.update({name: value for name, value in _SETTINGS.items() if name in known})
        except BaseException:
            self.close()
            raise

    def _opened(self, silent_seconds: int, **settings: bool) -> Client:
        address = self._address
        return Client(
            self.host.name,
            port=self.host.port,
            user=address.user,
            password=address.password,
            client_name="quotidian",
            connect_timeout=_CONNECT_SECONDS,
            send_receive_timeout=silent_seconds,
            sync_request_timeout=_PING_SECONDS,
            secure=address.is_secure,
            verify=address.is_verified,
            check_hostname=address.is_verified,
            tcp_keepalive=(10, 5, 3),
            client_revision=_REVISION,
            disable_reconnect=True,
            settings=settings,
        )

    def rows(self, sql: str, settings: dict[str, int] | None = None) -> list[tuple[Any, ...]]:
        """What a statement returns, whose names and values are in it."""
        client = self._connected()
        found: list[tuple[Any, ...]] = self._guarded(
            lambda: client.execute(sql, query_id=f"{self._label}-{uuid4().hex}", settings=settings)
        )
        return found

    def send(self, sql: str, blocks: Iterable[memoryview]) -> None:
        """Run `INSERT INTO … VALUES` with blocks as they are in a file."""
        client = self._connected()

        def insert() -> None:
            client.establish_connection(None)
            connection = client.connection
            connection.send_query(sql, query_id=f"{self._label}-{uuid4().hex}")
            connection.send_external_tables(None)
            client.receive_sample_block()
            for block in blocks:
                write_varint(ClientPacketTypes.DATA, connection.fout)
                write_binary_str("", connection.fout)
                BlockInfo().write(connection.fout)
                connection.fout.write(bytes(block))
                client.receive_profile_events()
            connection.send_data(RowOrientedBlock())
            client.receive_profile_events()
            client.receive_end_of_insert_query()

        self._guarded(insert)

    def export(self, sql: str, file: Path) -> None:
        """Write what a query returns into a file of the format Native, over a connection of its own."""
        client = self._opened(self._silent_seconds, strings_as_bytes=True)
        try:
            self._guarded(lambda: export(client, sql, f"{self._label}-{uuid4().hex}", file))
        finally:
            client.disconnect()

    def _connected(self) -> Client:
        if self._client is None:
            raise ConnectionLost(f"{self.host}: {_LOST}")
        return self._client

    def _guarded(self, ask: Callable[[], Any]) -> Any:
        """What a question to the server gives; its errors as ours. After any of them it is not connected.

        Of what the server refuses too, for the driver ends the connection itself then.
        """
        try:
            return ask()
        except errors.ServerException as error:
            self.close()
            raise StatementFailed(f"{self.host}: {_said(error)}") from None
        except (errors.Error, OSError, EOFError) as error:
            self.close()
            said = _said(error) if getattr(error, "code", 0) else f"{_LOST} ({error or type(error).__name__})"
            raise ConnectionLost(f"{self.host}: {said}") from None
        except BaseException:
            # What it would answer is still to come.
            self.close()
            raise

    def close(self) -> None:
        """Let go of the connection; the second time does nothing."""
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()


def _said(error: Exception) -> str:
    """What the driver says of an error: its code in a line of its own, and perhaps where in the server it arose."""
    return " ".join(str(error).partition("Stack trace:")[0].split())
