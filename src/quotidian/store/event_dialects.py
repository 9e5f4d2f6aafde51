"""In what the SQL of event stores differs: all else is one text for all of them.

The names are those of statements in `store/sql/`. The oldest server that a cluster may have is 18.16, as Debian
packages it; it cannot bind values itself, so that both implementations have the driver escape them.
"""

from typing import Final, NamedTuple


class EventDialect(NamedTuple):
    """Statements of one kind of event store."""

    opening: tuple[str, ...]
    """Each time that it is opened; they bind `memory` and `spill`, in bytes."""
    making: tuple[str, ...]
    """Once, to make its tables."""
    tidying: tuple[str, ...]
    """Now and then, to give back room."""


EMBEDDED: Final = EventDialect(
    opening=("settings",),
    making=(
        "create_events",
        "create_active_days",
        "create_first_days",
        "create_fulfilled",
        "create_counted_days",
        "tune_events",
        "tune_active_days",
        "tune_first_days",
        "tune_fulfilled",
        "tune_counted_days",
    ),
    tidying=(
        "clear_merged",
        "clear_merged_days",
        "clear_merged_first_days",
        "clear_merged_fulfilled",
        "clear_merged_counts",
    ),
)
"""Of ClickHouse in the process: as new as this version of Quotidian requires."""

CLUSTER: Final = EventDialect(
    opening=(),
    making=(
        "create_events",
        "create_active_days",
        "create_first_days",
        "create_fulfilled",
        "create_counted_days",
        "create_identity",
    ),
    tidying=(),
)
"""Of servers from 18.16 on: memory, codecs and syncing are for who runs them to set, and they tidy by themselves."""
