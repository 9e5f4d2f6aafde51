"""The staging tables: records on their way from files to events. Nothing in them outlives a load."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from quotidian.catalogue import money_of
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
from quotidian.money import Money
from quotidian.sql import statement
from quotidian.workspaces import Workspace, all_workspaces

# "help" or "info" in any case, trimmed of what Unicode calls white space (RE2's \s is ASCII's).
_SPACE = r"[\s\x{0B}\x{1C}-\x{1F}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]*"
HELP_PATTERN = f"^(?i:{_SPACE}(help|info){_SPACE})$"

# ISO 8601: a date, or a date and a time with or without an offset.
TIME_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?$"
)


@dataclass(frozen=True)
class Rules:
    """What becomes of a record depends on these: the workspaces there are, and the money of each by its name."""

    workspaces: tuple[Workspace, ...]
    money: dict[str, Money]

    @classmethod
    def read(cls, connection: Connection) -> "Rules":
        """The rules in force."""
        workspaces = tuple(all_workspaces(connection))
        return cls(workspaces, {each.name: money_of(connection, each) for each in workspaces})


class Staging:
    """Makes the staging tables, and makes them anew when the rules change."""

    def __init__(self, events: EventStore) -> None:
        self._events = events
        self._made: tuple[Rules, bool] | None = None

    def empty(self, rules: Rules, *, on_disk: bool = False) -> None:
        """Empty the batch; what comes into it is kept in memory, or where it may be large on disk."""
        if self._made == (rules, on_disk):
            self._events.run("TRUNCATE TABLE quotidian.batch")
            return
        self._events.require_room()
        self.drop()
        self._events.run(statement(__package__, "create_raw"))
        self._events.run(statement(__package__, "create_large_batch" if on_disk else "create_batch"))
        self._events.run(statement(__package__, "create_fresh"))
        self._events.run(statement(__package__, "normalise"), _values(rules))
        self._made = (rules, on_disk)

    def forget(self) -> None:
        """Make the tables anew before they are used again: after a failure, nothing is sure about them."""
        self._made = None

    def drop(self) -> None:
        """Remove the tables."""
        self._made = None
        for table in ("normalise", "raw", "batch", "fresh"):
            self._events.run(f"DROP TABLE IF EXISTS quotidian.{table} SYNC")


def _values(rules: Rules) -> dict[str, Any]:
    rates = tuple((name, currency) for name, money in rules.money.items() for currency in money.usd_rates)
    return {
        "known_types": tuple(SCHEMAS),
        "userless_types": tuple(USERLESS_TYPES),
        "conversions": (CONVERSION, CANVAS_CONVERSION),
        "custom_event": CUSTOM_EVENT,
        "purchase": PURCHASE,
        "enrolment": ENROLMENT,
        "control": CONTROL,
        "rates": rates,
        "app_groups": [workspace.app_group_id for workspace in rules.workspaces],
        "workspaces": [workspace.name for workspace in rules.workspaces],
        "platforms": list(PLATFORM_CHANNELS),
        "platform_channels": list(PLATFORM_CHANNELS.values()),
        "families": list(FAMILY_CHANNELS),
        "family_channels": list(FAMILY_CHANNELS.values()),
        "help_pattern": HELP_PATTERN,
    }
