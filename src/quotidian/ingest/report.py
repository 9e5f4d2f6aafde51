"""Counts of what a load did: the summary that `quotidian ingest` prints."""

from dataclasses import dataclass, field

from quotidian.ingest.sources import BadFile

UNKNOWN_TYPE = "unknown type"

NO_RATE = "currency without a rate: "
"""Begins the doubt of a purchase whose currency has no rate; the currency's code follows (normalise.sql)."""


@dataclass
class TypeCounts:
    """Records of one event type: `read` is the sum of the others."""

    read: int = 0
    new: int = 0
    duplicate: int = 0
    skipped: int = 0
    dead: int = 0


@dataclass
class LoadReport:
    """What a load did: counts by event type, why records were left out, and the files that were not loaded.

    `reasons` counts dead letters by (type, reason); `doubts` counts new events that some number leaves out, likewise.
    """

    types: dict[str, TypeCounts] = field(default_factory=dict)
    reasons: dict[tuple[str, str], int] = field(default_factory=dict)
    doubts: dict[tuple[str, str], int] = field(default_factory=dict)
    files: int = 0
    failed: list[BadFile] = field(default_factory=list)

    def add_read(self, event_type: str, fate: str, number: int) -> None:
        """Count records that were read; `fate` is '' for usable ones, UNKNOWN_TYPE, or why they are dead letters.

        Usable ones count as duplicates until add_new says otherwise.
        """
        counts = self.types.setdefault(event_type, TypeCounts())
        counts.read += number
        if fate == UNKNOWN_TYPE:
            counts.skipped += number
        elif fate:
            counts.dead += number
            _count(self.reasons, (event_type, fate), number)
        else:
            counts.duplicate += number

    def add_new(self, event_type: str, doubt: str, number: int) -> None:
        """Count events that the store did not have; `doubt` says why some number leaves them out, '' for none."""
        counts = self.types.setdefault(event_type, TypeCounts())
        counts.new += number
        counts.duplicate -= number
        if doubt:
            _count(self.doubts, (event_type, doubt), number)

    @property
    def total(self) -> TypeCounts:
        """The sum over all types."""
        total = TypeCounts()
        for counts in self.types.values():
            total.read += counts.read
            total.new += counts.new
            total.duplicate += counts.duplicate
            total.skipped += counts.skipped
            total.dead += counts.dead
        return total


def _count(counts: dict[tuple[str, str], int], key: tuple[str, str], number: int) -> None:
    counts[key] = counts.get(key, 0) + number
