"""The event store on a ClickHouse server, of 18.16 or newer, over the ClickHouse driver.

Tests run the rollups on it. The program cannot be told to use it yet: the engine asks the data folder for the identity
of the events before it opens them.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec
from clickhouse_driver import Client
from clickhouse_driver.errors import Error
from clickhouse_driver.util.escape import escape_params

from quotidian.store.event_dialects import SERVER
from quotidian.store.events import EventStore, Row, StatementFailed, do_nothing, found_schema, make_tables
from quotidian.store.identity import Identity

# SELECT, not VALUES: the driver would take rows from Python for that.
_LAST_IDENTITY: Final = "SELECT fingerprint, batch, place FROM quotidian.identity ORDER BY place DESC LIMIT 1"
_NOTE_IDENTITY: Final = "INSERT INTO quotidian.identity SELECT %(place)s, %(fingerprint)s, %(batch)s"


class _Noted:
    """The identity of the events, and its place in the table of identities: of all connections to them."""

    identity: Identity | None = None
    place = 0


class _Connection:
    """A connection to the events of a server, and to a database of its own."""

    shards = 1
    takes_plain_arrays = False

    def __init__(self, client: Client, http: HTTPConnection, database: str, noted: _Noted) -> None:
        self.before_each: Callable[[], None] = do_nothing
        self._client = client
        self._http = http
        self._database = database
        self._noted = noted
        # No value can be bound where a name stands; these are ours.
        self.run("CREATE DATABASE IF NOT EXISTS " + database)
        self.run("USE " + database)

    def run(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        """As Statements says."""
        self._query(sql, values or {})

    def rows(self, sql: str, values: Mapping[str, Any], row: type[Row]) -> list[Row]:
        """As Statements says."""
        return msgspec.convert(self._query(sql, values), list[row], strict=False)  # type: ignore[valid-type]

    def _query(self, sql: str, values: Mapping[str, Any]) -> Any:
        self.before_each()
        try:
            return self._client.execute(sql % escape_params(values, None))
        except (Error, OSError, EOFError) as error:
            # The driver puts the code in a line of its own.
            raise StatementFailed(" ".join(str(error).split("\n"))) from None

    def require_room(self) -> None:
        """As Statements says: of a server nothing is known."""

    def insert(self, table: str, file: Path) -> None:
        """As EventStore says."""
        self._send(f"{self._database}.{table}", file)

    def insert_at(self, shard: int, table: str, file: Path) -> None:  # noqa: ARG002 - there is one
        """As EventStore says."""
        self._send(table, file)

    def _send(self, table: str, file: Path) -> None:
        query = quote(f"INSERT INTO {table} FORMAT Native")
        try:
            with file.open("rb") as opened:
                size = {"Content-Length": str(file.stat().st_size)}
                self._http.request("POST", f"/?query={query}", opened, size)
            answer = self._http.getresponse()
            said = answer.read()
        except OSError as error:
            raise StatementFailed(f"The server cannot be given {file}: {error}") from error
        if answer.status != 200:
            raise StatementFailed(said.decode(errors="replace"))

    def export(self, sql: str, values: Mapping[str, Any], files: Sequence[Path]) -> None:
        """As EventStore says."""
        [file] = files
        self._http.request("POST", "/", f"{sql % escape_params(values, None)} FORMAT Native".encode())
        answer = self._http.getresponse()
        if answer.status != 200:
            raise StatementFailed(answer.read().decode(errors="replace"))
        with file.open("wb") as opened:
            shutil.copyfileobj(answer, opened)

    @property
    def identity(self) -> Identity | None:
        """As EventStore says."""
        return self._noted.identity

    @property
    def has_identity(self) -> bool:
        """As EventStore says."""
        return self._noted.identity is not None

    @property
    def batch(self) -> int:
        """As EventStore says."""
        return self._noted.identity.batch if self._noted.identity else 0

    def beside(self) -> "EventStore":
        """As EventStore says; how much memory statements may take is for the server to say."""
        known = self._client.connection
        host, port = known.hosts[0]
        client = Client(host, port=port, user=known.user, password=known.password)
        http = HTTPConnection(self._http.host, self._http.port, timeout=self._http.timeout)
        return _Connection(client, http, "quotidian_beside", self._noted)

    def note_batch(self, batch: int) -> None:
        """As EventStore says."""
        if self._noted.identity is None:
            raise RuntimeError("events are stored only where it is known to whom they belong: stores.open_events")
        self.identify(Identity(self._noted.identity.fingerprint, batch))

    def identify(self, identity: Identity) -> None:
        """As EventStore says: in a table of its own."""
        self._noted.place += 1
        self.run(_NOTE_IDENTITY, {"place": self._noted.place, **msgspec.structs.asdict(identity)})
        self._noted.identity = identity

    def tidy(self) -> None:
        """As EventStore says: servers do it by themselves."""

    def close(self) -> None:
        """As EventStore says."""
        self._client.disconnect()
        self._http.close()


class ServerEvents(_Connection):
    """The EventStore of a server, whose database `quotidian` is made if it is not there.

    `client` is for statements; `http` for files, which the driver cannot send. Both are closed with this.
    """

    def __init__(self, client: Client, http: HTTPConnection) -> None:
        super().__init__(client, http, "quotidian", _Noted())
        if not found_schema(self):
            make_tables(self, SERVER)
        for fingerprint, batch, place in self.rows(_LAST_IDENTITY, {}, tuple[str, int, int]):
            self._noted.identity, self._noted.place = Identity(fingerprint, batch), place
