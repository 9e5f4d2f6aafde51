"""The event store on a ClickHouse server, of 18.16 or newer, over the ClickHouse driver.

Tests run the rollups on it. The program cannot be told to use it yet: the engine asks the data folder for the identity
of the events before it opens them.
"""

from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec
from clickhouse_driver import Client
from clickhouse_driver.errors import Error
from clickhouse_driver.util.escape import escape_params

from quotidian.store.event_dialects import SERVER
from quotidian.store.events import Row, StatementFailed, found_schema, make_tables
from quotidian.store.identity import Identity

# SELECT, not VALUES: the driver would take rows from Python for that.
_LAST_IDENTITY: Final = "SELECT fingerprint, batch, place FROM quotidian.identity ORDER BY place DESC LIMIT 1"
_NOTE_IDENTITY: Final = "INSERT INTO quotidian.identity SELECT %(place)s, %(fingerprint)s, %(batch)s"


class ServerEvents:
    """The EventStore of a server, whose database `quotidian` is made if it is not there.

    `client` is for statements; `http` for files, which the driver cannot send. Both are closed with this.
    """

    shards = 1

    def __init__(self, client: Client, http: HTTPConnection) -> None:
        self._client = client
        self._http = http
        self._identity: Identity | None = None
        self._place = 0
        self.run("CREATE DATABASE IF NOT EXISTS quotidian")
        if not found_schema(self):
            make_tables(self, SERVER)
        for fingerprint, batch, place in self.rows(_LAST_IDENTITY, {}, tuple[str, int, int]):
            self._identity, self._place = Identity(fingerprint, batch), place

    def run(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        """As Statements says."""
        self._query(sql, values or {})

    def rows(self, sql: str, values: Mapping[str, Any], row: type[Row]) -> list[Row]:
        """As Statements says."""
        return msgspec.convert(self._query(sql, values), list[row], strict=False)  # type: ignore[valid-type]

    def _query(self, sql: str, values: Mapping[str, Any]) -> Any:
        try:
            return self._client.execute(sql % escape_params(values, None))
        except (Error, OSError, EOFError) as error:
            # The driver puts the code in a line of its own.
            raise StatementFailed(" ".join(str(error).split("\n"))) from None

    def require_room(self) -> None:
        """As Statements says: of a server nothing is known."""

    def insert(self, table: str, file: Path) -> None:
        """As EventStore says."""
        query = quote(f"INSERT INTO quotidian.{table} FORMAT Native")
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

    @property
    def has_identity(self) -> bool:
        """As EventStore says."""
        return self._identity is not None

    @property
    def batch(self) -> int:
        """As EventStore says."""
        return self._identity.batch if self._identity else 0

    def note_batch(self, batch: int) -> None:
        """As EventStore says."""
        if self._identity is None:
            raise RuntimeError("events are stored only where it is known to whom they belong: stores.open_events")
        self.identify(Identity(self._identity.fingerprint, batch))

    def identify(self, identity: Identity) -> None:
        """As EventStore says: in a table of its own."""
        self._place += 1
        self.run(_NOTE_IDENTITY, {"place": self._place, **msgspec.structs.asdict(identity)})
        self._identity = identity

    def tidy(self) -> None:
        """As EventStore says: servers do it by themselves."""

    def close(self) -> None:
        """As EventStore says."""
        self._client.disconnect()
        self._http.close()
