"""The event store: ClickHouse in the process (chDB), in the data folder."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from quotidian.errors import NewerStore, QuotidianError, UserError
from quotidian.events.identity import Identity, read_identity, write_identity
from quotidian.events.repair import repair
from quotidian.folder import DataFolder
from quotidian.interrupts import interrupts_wait
from quotidian.sql import statement

SCHEMA_VERSION = 1

Row = TypeVar("Row")


class StatementFailed(QuotidianError):  # noqa: N818
    """ClickHouse refused a statement; the text is its reason."""


class EventStore:
    """Runs statements on the events.

    Only one process can have a data folder's events open: hold the folder's "events" first.
    """

    def __init__(self, folder: DataFolder, memory_bytes: int) -> None:
        # Late, because it takes a while: events/clickhouse.py.
        with interrupts_wait():
            from quotidian.events.clickhouse import Session, escape_params  # noqa: PLC0415

        self._folder = folder
        repair(folder.events)
        if not folder.events.exists():
            self.require_room()
        folder.events.mkdir(mode=0o700, exist_ok=True)
        self._identity = read_identity(folder.events)
        try:
            self._session = Session(str(folder.events))  # type: ignore[no-untyped-call]
        except RuntimeError as error:
            raise UserError(
                f"{folder.events} cannot be opened: {error}. Was it copied without its links? Restore it from a backup"
            ) from error
        self._escape = escape_params
        self._closed = False
        try:
            self.run(statement(__package__, "settings"), {"memory": memory_bytes, "spill": memory_bytes // 3})
            self._open()
        except BaseException:
            self._session.close()  # type: ignore[no-untyped-call]
            raise

    def _open(self) -> None:
        self.run("CREATE DATABASE IF NOT EXISTS quotidian")
        self.run("CREATE TABLE IF NOT EXISTS quotidian.schema (version UInt32) ENGINE = MergeTree ORDER BY version")
        versions = self.rows("SELECT max(version) FROM quotidian.schema", {}, tuple[int])
        found = versions[0][0]
        if found > SCHEMA_VERSION:
            raise NewerStore(
                f"The event store has schema {found}, and this version of Quotidian knows {SCHEMA_VERSION}; "
                "use the newer Quotidian that wrote it"
            )
        if found == 0:
            if self.batch:
                raise UserError(
                    f"The tables of {self._folder.events} are gone, though it had events; restore it from a backup, or "
                    f"move it away and give: quotidian --data {self._folder.path} recover"
                )
            self.require_room()
            self.run(statement(__package__, "create_events"))
            self.run(statement(__package__, "create_members"))
            self.run(statement(__package__, "tune_events"))
            self.run("INSERT INTO quotidian.schema VALUES (%(version)s)", {"version": SCHEMA_VERSION})

    @property
    def has_identity(self) -> bool:
        """Whether it is known to which series these events belong: not of a store that was just made."""
        return self._identity is not None

    @property
    def batch(self) -> int:
        """The number of the last batch that is stored."""
        return self._identity.batch if self._identity else 0

    def note_batch(self, batch: int) -> None:
        """A batch of events is on disk. Raises UserError if that cannot be written down; it is stored all the same."""
        if self._identity is None:
            raise RuntimeError("events are stored only where it is known to whom they belong: stores.open_events")
        self.identify(Identity(self._identity.fingerprint, batch))

    def identify(self, identity: Identity) -> None:
        """Say which event store this is. Raises UserError if that cannot be written down."""
        write_identity(self._folder.events, identity)
        self._identity = identity

    def run(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        """Run a statement that returns nothing."""
        self._query(sql, values or {})

    def rows(self, sql: str, values: Mapping[str, Any], row: type[Row]) -> list[Row]:
        """Run a query; each row decodes to the tuple type `row`."""
        return msgspec.json.Decoder(row).decode_lines(self._query(sql, values))

    def _query(self, sql: str, values: Mapping[str, Any]) -> bytes:
        # The values are escaped by the driver's own code, so that one SQL serves a cluster too: its oldest servers
        # (18.16) cannot bind values themselves.
        try:
            result = self._session.query(sql % self._escape(values, None), "JSONCompactEachRow")  # type: ignore[no-untyped-call]
        except RuntimeError as error:
            raise StatementFailed(str(error)) from None
        return bytes(result.bytes())

    def require_room(self) -> None:
        """Raise UserError if the disk is full: before tables are made, for ClickHouse does not (repair.py)."""
        if trouble := self._folder.trouble():
            raise UserError(f"Cannot write in the data folder {self._folder.path}: {trouble}")

    def tidy(self) -> None:
        """Give back the room of what merges have replaced: to be called now and then, by whoever keeps it open."""
        self.run(statement(__package__, "clear_merged"))

    def close(self) -> None:
        """Let go of the folder; the second time does nothing."""
        if self._closed:
            return
        self._closed = True
        with suppress(StatementFailed):
            # A full disk hinders it, and nothing depends on it.
            self.tidy()
        self._session.close()  # type: ignore[no-untyped-call]
