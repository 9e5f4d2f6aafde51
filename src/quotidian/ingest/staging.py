"""The staging tables, through which records become events. They are empty between two loads.

Their names have no database: each connection to the event store has one of its own for them.
"""

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from quotidian.store.events import EventStore, Statements
from quotidian.store.sql import statement

# "help" or "info" in any case, trimmed of what Unicode calls white space (RE2's \s is ASCII's).
_SPACE = r"[\s\x{0B}\x{1C}-\x{1F}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]*"
HELP_PATTERN = f"^(?i:{_SPACE}(help|info){_SPACE})$"

# ISO 8601: a date, or a date and a time with or without an offset.
TIME_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?$"
)


Place = Literal["batch", "large_batch", "written_batch"]
"""Where the batch table is: in memory; on disk, for a huge file; in the file that a reader process writes."""

_ENGINES: Final[dict[Place, str]] = {
    "batch": "Memory",
    "large_batch": "MergeTree ORDER BY id_hash",
    "written_batch": "File(Native)",
}
_READING: Final = ("normalise", "raw")
"""The view goes first: it is of the table."""


class Bindings(msgspec.Struct, frozen=True):
    """The values that normalise.sql binds: text, tuples for IN, lists for arrays."""

    known_types: tuple[str, ...]
    userless_types: tuple[str, ...]
    conversions: tuple[str, ...]
    custom_event: str
    purchase: str
    enrolment: str
    control: str
    rates: tuple[tuple[str, str], ...]
    app_groups: list[str]
    workspaces: list[str]
    platforms: list[str]
    platform_channels: list[str]
    families: list[str]
    family_channels: list[str]
    help_pattern: str = HELP_PATTERN


class Reading:
    """The tables of a reader process, whose batch is a file; they are made again when the rules change."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._made: Bindings | None = None

    def empty(self, bindings: Bindings) -> None:
        """Empty the batch; make the tables if they are not there, or were made for other bindings."""
        if self._made == bindings:
            self._statements.run("TRUNCATE TABLE batch")
            self._statements.run("TRUNCATE TABLE counted")
            return
        self._statements.require_room()
        self.forget()
        _drop(self._statements, (*_READING, "count_raw", "counted", "batch"))
        _make_batch(self._statements, "written_batch")
        _make_reading(self._statements, bindings)
        self._statements.run(statement(__package__, "create_counted"))
        self._statements.run(statement(__package__, "count_raw"))
        self._made = bindings

    def forget(self) -> None:
        """Have the tables made again before their next use: after a failure, anything may be in them."""
        self._made = None


class Staging:
    """The tables of an event store: of a batch, of what is new in it, and those that posted events are read through.

    Posted events are read in this process (`EventStore.local`): an embedded store has one batch table for both, any
    other one is brought what was read.
    """

    def __init__(self, events: EventStore) -> None:
        self._events = events
        self._made: Place | None = None
        self._read_by: Bindings | None = None

    def empty(self, place: Place = "batch") -> None:
        """Empty the batch table; make the tables if they are not there, or the batch is elsewhere."""
        if self._made == place:
            self._events.run("TRUNCATE TABLE batch")
            return
        self._events.require_room()
        self.drop()
        _make_batch(self._events, place)
        self._events.run(statement(__package__, "create_new_events"))
        self._made = place

    def empty_to_read(self, bindings: Bindings) -> None:
        """Empty the batch table, and make ready to read posted events by these rules; then `bring` them."""
        self.empty()
        local = self._events.local
        reads_elsewhere = local is not self._events
        if self._read_by != bindings:
            _drop(local, (*_READING, "batch") if reads_elsewhere else _READING)
            if reads_elsewhere:
                _make_batch(local, "batch")
            _make_reading(local, bindings)
            self._read_by = bindings
        elif reads_elsewhere:
            local.run("TRUNCATE TABLE batch")

    def bring(self) -> None:
        """Have what was read in the batch table."""
        self._events.bring("batch")

    def forget(self) -> None:
        """Have the tables made again before their next use: after a failure, anything may be in them."""
        self._made = self._read_by = None

    def drop(self) -> None:
        """Remove the tables."""
        self.forget()
        _drop(self._events, (*_READING, "batch", "new_events"))


def _make_batch(statements: Statements, place: Place) -> None:
    statements.run(statement(__package__, "create_batch").replace("{engine}", _ENGINES[place]))


def _make_reading(statements: Statements, bindings: Bindings) -> None:
    statements.run(statement(__package__, "create_raw"))
    statements.run(statement(__package__, "normalise"), msgspec.structs.asdict(bindings))


def _drop(statements: Statements, tables: Iterable[str]) -> None:
    for table in tables:
        statements.run(statement(__package__, "drop").replace("{table}", table))
