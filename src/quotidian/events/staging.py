"""The staging tables: records on their way from files to events. Nothing in them outlives a load."""

from collections.abc import Sequence

from quotidian.channels import (
    CANVAS_CONVERSION,
    CONTROL,
    CONVERSION,
    CUSTOM_EVENT,
    ENROLMENT,
    FAMILY_CHANNELS,
    PLATFORM_CHANNELS,
    PURCHASE,
)
from quotidian.events.store import EventStore
from quotidian.events.vocabulary import SCHEMAS, USERLESS_TYPES
from quotidian.sql import statement
from quotidian.workspaces import Workspace

# "help" or "info" in any case, trimmed of what Unicode calls white space (RE2's \s is ASCII's).
_SPACE = r"[\s\x{0B}\x{1C}-\x{1F}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]*"
HELP_PATTERN = f"^(?i:{_SPACE}(help|info){_SPACE})$"

# ISO 8601: a date, or a date and a time with or without an offset.
TIME_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?$"
)


class Staging:
    """Makes the staging tables for a load into `target`; events that name another workspace go there."""

    def __init__(
        self, events: EventStore, target: Workspace, workspaces: Sequence[Workspace], currencies: Sequence[str]
    ) -> None:
        self._events = events
        self._on_disk = False
        self._values = {
            "known_types": tuple(SCHEMAS),
            "userless_types": tuple(USERLESS_TYPES),
            "conversions": (CONVERSION, CANVAS_CONVERSION),
            "custom_event": CUSTOM_EVENT,
            "purchase": PURCHASE,
            "enrolment": ENROLMENT,
            "control": CONTROL,
            "currencies": tuple(currencies),
            "app_groups": [workspace.app_group_id for workspace in workspaces],
            "workspaces": [workspace.name for workspace in workspaces],
            "workspace": target.name,
            "platforms": list(PLATFORM_CHANNELS),
            "platform_channels": list(PLATFORM_CHANNELS.values()),
            "families": list(FAMILY_CHANNELS),
            "family_channels": list(FAMILY_CHANNELS.values()),
            "help_pattern": HELP_PATTERN,
        }
        self._create()

    def empty(self, *, on_disk: bool) -> None:
        """Empty the batch; the next one is kept in memory, or where it may be large on disk."""
        if on_disk != self._on_disk:
            self._on_disk = on_disk
            self._create()
        self._events.run("TRUNCATE TABLE quotidian.batch")

    def drop(self) -> None:
        """Remove the tables."""
        for table in ("normalise", "raw", "batch", "fresh"):
            self._events.run(f"DROP TABLE IF EXISTS quotidian.{table} SYNC")

    def _create(self) -> None:
        self.drop()
        self._events.run(statement(__package__, "create_raw"))
        self._events.run(statement(__package__, "create_large_batch" if self._on_disk else "create_batch"))
        self._events.run(statement(__package__, "create_fresh"))
        self._events.run(statement(__package__, "normalise"), self._values)
