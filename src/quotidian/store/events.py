"""The event store, as all floors above see it: what it does, whatever keeps the events.

`store/chdb.py` keeps them in the data folder, `store/cluster/` on servers; `store/event_dialects.py` says in what
the SQL of the two differs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from quotidian.domain.errors import NewerStore, QuotidianError, UserError
from quotidian.store.event_dialects import EventDialect
from quotidian.store.identity import Identity
from quotidian.store.sql import statement

SCHEMA_VERSION: Final = 4
_VERSION: Final = "SELECT max(version) FROM quotidian.schema"

Row = TypeVar("Row")


class StatementFailed(QuotidianError):  # noqa: N818
    """ClickHouse refused a statement; the text is its reason."""


class NoTables(StatementFailed):
    """Nobody has made the tables of an event store that is only to be read."""


class Statements(Protocol):
    """A connection to ClickHouse: runs statements, values bound as `%(name)s`, one at a time.

    A table that is named without its database is in one that the connection has for itself. What ClickHouse refuses is
    raised as StatementFailed. `before_each` is called before each statement.
    """

    before_each: Callable[[], None]

    def run(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        """Run a statement that returns nothing."""

    def rows(self, sql: str, values: Mapping[str, Any], row: type[Row]) -> list[Row]:
        """Run a query; each row becomes the tuple type `row`."""

    def require_room(self) -> None:
        """Raise UserError if it is known that nothing can be written."""


class EventStore(Statements, Protocol):
    """Runs statements on the events, and knows which events they are. One process has it open."""

    @property
    def shards(self) -> int:
        """Over how many servers the events are spread, those of a user and a workspace all on one of them.

        A statement is run on each, and a query has the rows of all, one after the other, so that a key may come several
        times: whoever asks adds up (sums.py).
        """

    @property
    def identity(self) -> Identity | None:
        """Which events these are; None of a store that was just made."""

    @property
    def has_identity(self) -> bool:
        """Whether it is known to which series these events belong: not of a store that was just made."""

    @property
    def batch(self) -> int:
        """The number of the last batch that is stored."""

    @property
    def local(self) -> Statements:
        """ClickHouse in this process, which can read its files: of an embedded store the store itself."""

    def bring(self, table: str) -> None:
        """Add what is in a table of `local` to the table of that name here, if that is another one."""

    def insert(self, table: str, file: Path) -> None:
        """Add what is in a file, of the format Native and with the stored columns of a table in order, to the table."""

    def insert_at(self, shard: int, table: str, file: Path) -> None:
        """Add what is in a file, as `insert` does, to the table of one shard, whose rows they must be (slots.py)."""

    @property
    def exports_plain_arrays(self) -> bool:
        """Whether a query of `export` must select Array(String) for what is Array(LowCardinality(String)).

        It is written as the latter. Servers of 18.16 cannot send that where all arrays are empty.
        """

    def export(self, sql: str, values: Mapping[str, Any], files: Sequence[Path]) -> None:
        """Write the rows of a query into files of the format Native: those of each shard into one, in order.

        A file without rows is empty, or not there.
        """

    def make_like(self, name: str, table: str) -> None:
        """Make a table of this connection's own, empty, like one of the events: for `REPLACE PARTITION` in that one.

        One of the same name is dropped.
        """

    def beside(self) -> "EventStore":
        """A second connection to the same events, for another thread: its statements run beside those of the first.

        It has temporary tables and a database of its own; the memory that statements may take they have in common. Only
        one that uses its database may be open at a time. Close it before the first.
        """

    def note_batch(self, batch: int) -> None:
        """A batch of events is stored. Raises UserError if that cannot be written down; it is stored all the same."""

    def identify(self, identity: Identity) -> None:
        """Say which event store this is. Raises UserError if that cannot be written down."""

    def tidy(self) -> None:
        """Give back the room of what merges have replaced: to be called now and then, by whoever keeps it open."""

    def close(self) -> None:
        """Let go of the events; the second time does nothing."""


def do_nothing() -> None:
    """Before a statement, unless somebody wants to know of it."""


def unstage(statements: Statements, tables: Iterable[str]) -> None:
    """Drop temporary tables that were filled for other statements; one that failed may have left them."""
    for table in tables:
        statements.run(f"DROP TEMPORARY TABLE IF EXISTS {table}")


def found_schema(statements: Statements) -> int:
    """The version of the tables that are there; 0 if there are none. Raises NewerStore or UserError for another one."""
    statements.run(statement(__package__, "create_schema"))
    found = max(version for (version,) in statements.rows(_VERSION, {}, tuple[int]))
    require_schema(found)
    return found


def require_schema(found: int) -> None:
    """Raise NewerStore or UserError for tables of another version; 0 is none."""
    if found > SCHEMA_VERSION:
        raise NewerStore(
            f"The event store has schema {found}, and this version of Quotidian knows {SCHEMA_VERSION}; "
            "use the newer Quotidian that wrote it"
        )
    if found and found < SCHEMA_VERSION:
        raise UserError(
            f"The event store has schema {found}, of an earlier Quotidian, and this version reads {SCHEMA_VERSION}; "
            "make a new data folder with `quotidian init`, and ingest the files again"
        )


def make_tables(statements: Statements, dialect: EventDialect) -> None:
    """Make the tables of an event store that has none. Repeating it after a crash is safe."""
    statements.require_room()
    for name in dialect.making:
        statements.run(statement(__package__, name))
    note_schema(statements)


def note_schema(statements: Statements) -> None:
    """The tables are made, in the version of this Quotidian."""
    statements.run("INSERT INTO quotidian.schema SELECT %(version)s", {"version": SCHEMA_VERSION})
