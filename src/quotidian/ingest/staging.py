"""The staging tables, through which records become events. They are empty between two loads.

Their names have no database: each connection to the event store has one of its own for them.
"""

from typing import Final, Literal

import msgspec

from quotidian.store.events import Statements
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

_TABLES: Final = ("normalise", "count_raw", "raw", "counted", "batch", "new_events")


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


class Staging:
    """Makes the staging tables, and makes them again when the rules change."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._made: tuple[Bindings, Place] | None = None

    def empty(self, bindings: Bindings, place: Place = "batch") -> None:
        """Empty the batch table; make the tables if they are not there, or were made for other bindings."""
        if self._made == (bindings, place):
            self._statements.run("TRUNCATE TABLE batch")
            self._statements.run("TRUNCATE TABLE IF EXISTS counted")
            return
        self._statements.require_room()
        self.drop()
        self._statements.run(statement(__package__, "create_raw"))
        self._statements.run(statement(__package__, f"create_{place}"))
        self._statements.run(statement(__package__, "create_new_events"))
        self._statements.run(statement(__package__, "normalise"), msgspec.structs.asdict(bindings))
        if place == "written_batch":
            self._statements.run(statement(__package__, "create_counted"))
            self._statements.run(statement(__package__, "count_raw"))
        self._made = (bindings, place)

    def forget(self) -> None:
        """Have the tables made again before their next use: after a failure, anything may be in them."""
        self._made = None

    def drop(self) -> None:
        """Remove the tables."""
        self._made = None
        for table in _TABLES:
            self._statements.run(f"DROP TABLE IF EXISTS {table} SYNC")
