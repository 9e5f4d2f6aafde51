"""The event store in the data folder: ClickHouse in the process (chDB)."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from quotidian.domain.days import now_micros
from quotidian.domain.errors import UserError
from quotidian.process.interrupts import interrupts_wait
from quotidian.store.event_dialects import EMBEDDED
from quotidian.store.events import EventStore, Row, StatementFailed, Statements, do_nothing, found_schema, make_tables
from quotidian.store.folder import DataFolder, trouble_in
from quotidian.store.identity import Identity, read_identity, write_identity
from quotidian.store.plain import plain
from quotidian.store.repair import repair
from quotidian.store.sql import statement

_COUNT_EVENTS: Final = "SELECT count() FROM quotidian.events"
# A path may have in it what ClickHouse takes for a pattern, so that files are named by their descriptors.
_INSERT_FILE: Final = "INSERT INTO {table} SELECT * FROM file(%(file)s, 'Native', 'auto', 'none')"
_EXPORT: Final = "INSERT INTO FUNCTION file(%(file)s, 'Native', 'auto', 'none') "
# The first has its staging tables beside the events, the second somewhere else.
_FIRST: Final = ("CREATE DATABASE IF NOT EXISTS quotidian", "USE quotidian")
_SECOND: Final = ("CREATE DATABASE IF NOT EXISTS quotidian_beside", "USE quotidian_beside")


class ChdbStatements:
    """Runs statements on what is in a folder. A process can have one folder open at a time, any number of times."""

    def __init__(self, folder: Path, memory_bytes: int, choosing: tuple[str, str] = _FIRST) -> None:
        # Late, because it takes a while: store/chdb_driver.py.
        with interrupts_wait():
            from quotidian.store.chdb_driver import Session, escape_params  # noqa: PLC0415

        self.before_each: Callable[[], None] = do_nothing
        self._folder = folder
        self._memory_bytes = memory_bytes
        self._session = Session(str(folder))  # type: ignore[no-untyped-call]
        self._escape = escape_params
        self._closed = False
        try:
            for name in EMBEDDED.opening:
                self.run(statement(__package__, name), {"memory": memory_bytes, "spill": memory_bytes // 3})
            for each in choosing:
                self.run(each)
        except BaseException:
            # It would hinder the next that opens a folder.
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
        self.before_each()
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


class _Noted:
    """The identity of the events in a folder: of all connections to them. One thread at a time may change it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.identity = read_identity(folder)

    def write(self, identity: Identity) -> None:
        """Raises UserError if it cannot be written down."""
        write_identity(self._folder, identity)
        self.identity = identity


class ChdbConnection(ChdbStatements):
    """A connection to the events of a data folder."""

    shards = 1
    exports_plain_arrays = False

    def __init__(
        self, folder: DataFolder, memory_bytes: int, noted: _Noted, choosing: tuple[str, str] = _FIRST
    ) -> None:
        self._data_folder = folder
        self._noted = noted
        super().__init__(folder.events, memory_bytes, choosing)

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

    @property
    def local(self) -> Statements:
        """As EventStore says."""
        return self

    def bring(self, table: str) -> None:
        """As EventStore says: it is there."""

    def insert(self, table: str, file: Path) -> None:
        """As EventStore says; a file that was deleted meanwhile has nothing in it."""
        with file.open("rb") as opened:
            number = opened.fileno()
            name = f"/proc/self/fd/{{{number}..{number}}}"
            self.run(_INSERT_FILE.replace("{table}", table), {"file": name})

    def make_like(self, name: str, table: str) -> None:
        """As EventStore says."""
        self.run(f"DROP TABLE IF EXISTS {name}")
        self.run(f"CREATE TABLE {name} AS quotidian.{table}")

    def insert_at(self, shard: int, table: str, file: Path) -> None:  # noqa: ARG002 - there is one
        """As EventStore says."""
        self.insert(table, file)

    def export(self, sql: str, values: Mapping[str, Any], files: Sequence[Path]) -> None:
        """As EventStore says."""
        [file] = files
        with file.open("wb") as opened:
            self.run(_EXPORT + sql, {**values, "file": f"/proc/self/fd/{opened.fileno()}"})

    def beside(self) -> "EventStore":
        """As EventStore says."""
        return ChdbConnection(self._data_folder, self._memory_bytes, self._noted, _SECOND)

    def note_batch(self, batch: int) -> None:
        """As EventStore says: in a file beside the events."""
        if self._noted.identity is None:
            raise RuntimeError("events are stored only where it is known to whom they belong: stores.open_events")
        self._write(Identity(self._noted.identity.fingerprint, batch, stored_at=now_micros()))

    def identify(self, identity: Identity) -> None:
        """As EventStore says: in a file beside the events."""
        before = self._noted.identity
        self._write(replace(identity, stored_at=before.stored_at if before else 0))

    def _write(self, identity: Identity) -> None:
        self._noted.write(replace(identity, events=self._count()))

    def _count(self) -> int:
        # ClickHouse knows it from its parts, and reads no events.
        ((events,),) = self.rows(_COUNT_EVENTS, {}, tuple[int])
        return events

    def require_room(self) -> None:
        """Raise UserError if the disk is full: before tables are made, for ClickHouse does not (repair.py)."""
        self._data_folder.require_room()

    def tidy(self) -> None:
        """As EventStore says."""
        for name in EMBEDDED.tidying:
            self.run(statement(__package__, name))


class ChdbEvents(ChdbConnection):
    """The EventStore of a data folder. Hold the folder's "events" first: only one process can have them open."""

    def __init__(self, folder: DataFolder, memory_bytes: int) -> None:
        repair(folder.events)
        if not folder.events.exists():
            folder.require_room()
        folder.events.mkdir(mode=0o700, exist_ok=True)
        try:
            super().__init__(folder, memory_bytes, _Noted(folder.events))
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
        with suppress(StatementFailed):
            # What a load that was killed has left may be large. If it cannot be dropped, it is in nobody's way.
            self.run("DROP DATABASE IF EXISTS quotidian_beside SYNC")
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

    def _recount(self) -> None:
        """After a crash between storing a batch and noting it, the number that is noted is too small."""
        if (noted := self._noted.identity) and noted.events != self._count():
            with suppress(UserError):
                # A full disk hinders it. Nothing depends on it, and the next batch puts it right.
                self._write(noted)

    def close(self) -> None:
        """Let go of the folder; the second time does nothing."""
        if not self._closed:
            with suppress(StatementFailed):
                # A full disk hinders it, and nothing depends on it.
                self.tidy()
        super().close()
