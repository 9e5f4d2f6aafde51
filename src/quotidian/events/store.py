"""The event store: ClickHouse in the process (chDB), in the data folder."""

from contextlib import suppress

from quotidian.errors import NewerStore
from quotidian.events.repair import repair
from quotidian.events.statements import StatementFailed, Statements
from quotidian.folder import DataFolder
from quotidian.sql import statement

SCHEMA_VERSION = 1


class EventStore(Statements):
    """Runs statements on the events.

    Only one process can have a data folder's events open: hold the folder's "events" first.
    """

    def __init__(self, folder: DataFolder, memory_bytes: int) -> None:
        self._data_folder = folder
        repair(folder.events)
        if not folder.events.exists():
            self.require_room()
        folder.events.mkdir(mode=0o700, exist_ok=True)
        super().__init__(folder.events, memory_bytes)
        self._open()

    def _open(self) -> None:
        self.run("CREATE TABLE IF NOT EXISTS quotidian.schema (version UInt32) ENGINE = MergeTree ORDER BY version")
        versions = self.rows("SELECT max(version) FROM quotidian.schema", {}, tuple[int])
        found = versions[0][0]
        if found > SCHEMA_VERSION:
            raise NewerStore(
                f"The event store has schema {found}, and this version of Quotidian knows {SCHEMA_VERSION}; "
                "use the newer Quotidian that wrote it"
            )
        if found == 0:
            self.require_room()
            self.run(statement(__package__, "create_events"))
            self.run(statement(__package__, "create_members"))
            self.run(statement(__package__, "tune_events"))
            self.run("INSERT INTO quotidian.schema VALUES (%(version)s)", {"version": SCHEMA_VERSION})

    def require_room(self) -> None:
        """Raise UserError if the disk is full: before tables are made, for ClickHouse does not (repair.py)."""
        self._data_folder.require_room()

    def tidy(self) -> None:
        """Give back the room of what merges have replaced: to be called now and then, by whoever keeps it open."""
        self.run(statement(__package__, "clear_merged"))

    def close(self) -> None:
        """Let go of the folder; the second time does nothing."""
        if not self._closed:
            with suppress(StatementFailed):
                # A full disk hinders it, and nothing depends on it.
                self.tidy()
        super().close()
