"""The event store in the data folder: ClickHouse in the process (chDB)."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from quotidian.domain.days import now_micros
from quotidian.domain.errors import UserError
from quotidian.process.interrupts import interrupts_wait
from quotidian.store.event_dialects import EMBEDDED
from quotidian.store.events import Row, StatementFailed, found_schema, make_tables
from quotidian.store.folder import DataFolder, trouble_in
from quotidian.store.identity import Identity, read_identity, write_identity
from quotidian.store.plain import plain
from quotidian.store.repair import repair
from quotidian.store.sql import statement

_COUNT_EVENTS: Final = "SELECT count() FROM quotidian.events"
# A path may have in it what ClickHouse takes for a pattern, so that files are named by their descriptors.
_INSERT_FILE: Final = "INSERT INTO quotidian.{table} SELECT * FROM file(%(file)s, 'Native', 'auto', 'none')"


class ChdbStatements:
    """Runs statements on what is in a folder. A process can have one folder open at a time."""

    def __init__(self, folder: Path, memory_bytes: int) -> None:
        # Late, because it takes a while: store/chdb_driver.py.
        with interrupts_wait():
            from quotidian.store.chdb_driver import Session, escape_params  # noqa: PLC0415

        self._folder = folder
        self._session = Session(str(folder))  # type: ignore[no-untyped-call]
        self._escape = escape_params
        self._closed = False
        try:
            for name in EMBEDDED.opening:
                self.run(statement(__package__, name), {"memory": memory_bytes, "spill": memory_bytes // 3})
            self.run("CREATE DATABASE IF NOT EXISTS quotidian")
        except BaseException:
            # A process can have one session at a time.
            self._session.close()  # type: ignore[no-untyped-call]
            raise

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
        if trouble := trouble_in(self._folder):
            raise UserError(f"Cannot write in {self._folder}: {trouble}")

    def close(self) -> None:
        """Let go of the folder; the second time does nothing."""
        if not self._closed:
            self._closed = True
            self._session.close()  # type: ignore[no-untyped-call]


class ChdbEvents(ChdbStatements):
    """The EventStore of a data folder. Hold the folder's "events" first: only one process can have them open."""

    shards = 1

    def __init__(self, folder: DataFolder, memory_bytes: int) -> None:
        self._data_folder = folder
        repair(folder.events)
        if not folder.events.exists():
            self.require_room()
        folder.events.mkdir(mode=0o700, exist_ok=True)
        self._identity = read_identity(folder.events)
        try:
            super().__init__(folder.events, memory_bytes)
        except RuntimeError as error:
            raise UserError(
                f"{folder.events} cannot be opened: {plain(str(error))}. Was it copied without its links? "
                "Restore it from a backup"
            ) from error
        try:
            self._open()
        except BaseException:
            super().close()
            raise

    def _open(self) -> None:
        if found_schema(self):
            self._recount()
            return
        if self.batch:
            folder = self._data_folder
            raise UserError(
                f"The tables of {folder.events} are gone, though it had events; restore it from a backup, or move "
                f"it away and give: quotidian --data {folder.path} recover"
            )
        make_tables(self, EMBEDDED)

    @property
    def has_identity(self) -> bool:
        """As EventStore says."""
        return self._identity is not None

    @property
    def batch(self) -> int:
        """As EventStore says."""
        return self._identity.batch if self._identity else 0

    def insert(self, table: str, file: Path) -> None:
        """As EventStore says; a file that was deleted meanwhile has nothing in it."""
        with file.open("rb") as opened:
            number = opened.fileno()
            name = f"/proc/self/fd/{{{number}..{number}}}"
            self.run(_INSERT_FILE.replace("{table}", table), {"file": name})

    def note_batch(self, batch: int) -> None:
        """As EventStore says: in a file beside the events."""
        if self._identity is None:
            raise RuntimeError("events are stored only where it is known to whom they belong: stores.open_events")
        self._write(Identity(self._identity.fingerprint, batch, stored_at=now_micros()))

    def identify(self, identity: Identity) -> None:
        """As EventStore says: in a file beside the events."""
        self._write(replace(identity, stored_at=self._identity.stored_at if self._identity else 0))

    def _write(self, identity: Identity) -> None:
        counted = replace(identity, events=self._count())
        write_identity(self._data_folder.events, counted)
        self._identity = counted

    def _count(self) -> int:
        # ClickHouse knows it from its parts, and reads no events.
        ((events,),) = self.rows(_COUNT_EVENTS, {}, tuple[int])
        return events

    def _recount(self) -> None:
        """After a crash between storing a batch and noting it, the number that is noted is too small."""
        if self._identity and self._identity.events != self._count():
            with suppress(UserError):
                # A full disk hinders it. Nothing depends on it, and the next batch puts it right.
                self._write(self._identity)

    def require_room(self) -> None:
        """Raise UserError if the disk is full: before tables are made, for ClickHouse does not (repair.py)."""
        self._data_folder.require_room()

    def tidy(self) -> None:
        """As EventStore says."""
        for name in EMBEDDED.tidying:
            self.run(statement(__package__, name))

    def close(self) -> None:
        """Let go of the folder; the second time does nothing."""
        if not self._closed:
            with suppress(StatementFailed):
                # A full disk hinders it, and nothing depends on it.
                self.tidy()
        super().close()
