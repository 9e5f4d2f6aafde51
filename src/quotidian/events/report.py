"""What a load did, in numbers: the summary that `quotidian ingest` prints."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from quotidian.events.files import BadFile

UNKNOWN_TYPE = "unknown type"


@dataclass
class TypeCounts:
    """Records of one event type: `read` is the sum of the others."""

    read: int = 0
    new: int = 0
    known: int = 0
    skipped: int = 0
    dead: int = 0


@dataclass
class LoadReport:
    """What a load did: counts by event type, why records were left out, and the files that were not loaded.

    `reasons` counts dead letters by (type, reason); `doubts` counts new events that some number leaves out, likewise.
    """

    types: dict[str, TypeCounts] = field(default_factory=lambda: defaultdict(TypeCounts))
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    doubts: Counter[tuple[str, str]] = field(default_factory=Counter)
    files: int = 0
    failed: list[BadFile] = field(default_factory=list)

    def add_read(self, event_type: str, fate: str, number: int) -> None:
        """Count records that were read; `fate` is '' for usable ones, UNKNOWN_TYPE, or why they are dead letters.

        Usable ones count as known until add_new says otherwise.
        """
        counts = self.types[event_type]
        counts.read += number
        if fate == UNKNOWN_TYPE:
            counts.skipped += number
        elif fate:
            counts.dead += number
            self.reasons[event_type, fate] += number
        else:
            counts.known += number

    def add_new(self, event_type: str, doubt: str, number: int) -> None:
        """Count events that the store did not have; `doubt` says why some number leaves them out, '' for none."""
        counts = self.types[event_type]
        counts.new += number
        counts.known -= number
        if doubt:
            self.doubts[event_type, doubt] += number

    @property
    def total(self) -> TypeCounts:
        """The sum over all types."""
        total = TypeCounts()
        for counts in self.types.values():
            total.read += counts.read
            total.new += counts.new
            total.known += counts.known
            total.skipped += counts.skipped
            total.dead += counts.dead
        return total
