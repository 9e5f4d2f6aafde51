"""The event store: ClickHouse in the process (chDB), in the data folder."""

from contextlib import suppress

from quotidian.errors import NewerStore, UserError
from quotidian.events.identity import Identity, read_identity, write_identity
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
        self._identity = read_identity(folder.events)
        try:
            super().__init__(folder.events, memory_bytes)
        except RuntimeError as error:
            raise UserError(
                f"{folder.events} cannot be opened: {error}. Was it copied without its links? Restore it from a backup"
            ) from error
        try:
            self._open()
        except BaseException:
            super().close()
            raise

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
            if self.batch:
                folder = self._data_folder
                raise UserError(
                    f"The tables of {folder.events} are gone, though it had events; restore it from a backup, or move "
                    f"it away and give: quotidian --data {folder.path} recover"
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
        write_identity(self._data_folder.events, identity)
        self._identity = identity

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
