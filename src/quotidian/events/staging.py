"""The staging tables: records on their way from files to events. Nothing in them outlives a load."""

from typing import Final, Literal

import msgspec

from quotidian.events.statements import Statements
from quotidian.sql import statement

# "help" or "info" in any case, trimmed of what Unicode calls white space (RE2's \s is ASCII's).
_SPACE = r"[\s\x{0B}\x{1C}-\x{1F}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]*"
HELP_PATTERN = f"^(?i:{_SPACE}(help|info){_SPACE})$"

# ISO 8601: a date, or a date and a time with or without an offset.
TIME_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?$"
)


Kept = Literal["batch", "large_batch", "written_batch"]
"""How the batch is kept: in memory; on disk, where it may be large; as the file that a reader process writes."""

_TABLES: Final = ("normalise", "count_raw", "raw", "counted", "batch", "fresh")


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
    """Makes the staging tables, and makes them anew when the rules change."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._made: tuple[Bindings, Kept] | None = None

    def empty(self, bindings: Bindings, kept: Kept = "batch") -> None:
        """Empty the batch."""
        if self._made == (bindings, kept):
            self._statements.run("TRUNCATE TABLE quotidian.batch")
            self._statements.run("TRUNCATE TABLE IF EXISTS quotidian.counted")
            return
        self._statements.require_room()
        self.drop()
        self._statements.run(statement(__package__, "create_raw"))
        self._statements.run(statement(__package__, f"create_{kept}"))
        self._statements.run(statement(__package__, "create_fresh"))
        self._statements.run(statement(__package__, "normalise"), msgspec.structs.asdict(bindings))
        if kept == "written_batch":
            self._statements.run(statement(__package__, "create_counted"))
            self._statements.run(statement(__package__, "count_raw"))
        self._made = (bindings, kept)

    def forget(self) -> None:
        """Make the tables anew before they are used again: after a failure, nothing is sure about them."""
        self._made = None

    def drop(self) -> None:
        """Remove the tables."""
        self._made = None
        for table in _TABLES:
            self._statements.run(f"DROP TABLE IF EXISTS quotidian.{table} SYNC")
