"""Counts of what a load did: the summary that `quotidian ingest` prints."""

from dataclasses import dataclass, field

from quotidian.control.arrivals import ArrivalTally
from quotidian.control.unknown import OTHERS, Unknown
from quotidian.domain.vocabulary import SCHEMAS, nearest_type
from quotidian.ingest.expected import shown
from quotidian.ingest.sources import BadFile

UNKNOWN_TYPE = "unknown type"

MOST_UNKNOWN = 200
"""Unknown types that a report names; records of the others are counted together."""
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

    def add(self, other: "TypeCounts") -> None:
        """Add the counts of another."""
        self.read += other.read
        self.new += other.new
        self.duplicate += other.duplicate
        self.skipped += other.skipped
        self.dead += other.dead


@dataclass
class LoadReport:
    """What a load did: counts by event type, why records were left out, and the files that were not loaded.

    `reasons` counts dead letters by (type, reason); `doubts` counts new events that some number leaves out, likewise.
    What arrived is counted in the series store by whoever reads the report when a batch is stored.
    """

    types: dict[str, TypeCounts] = field(default_factory=dict)
    reasons: dict[tuple[str, str], int] = field(default_factory=dict)
    doubts: dict[tuple[str, str], int] = field(default_factory=dict)
    files: int = 0
    failed: list[BadFile] = field(default_factory=list)
    _unnoted: dict[str, int] = field(default_factory=dict)
    _arrivals: ArrivalTally = field(default_factory=ArrivalTally, compare=False, repr=False)

    def add_read(self, event_type: str, fate: str, number: int) -> None:
        """Count records that were read; `fate` is '' for usable ones, UNKNOWN_TYPE, or why they are dead letters.

        Usable ones count as duplicates until add_new says otherwise.
        """
        event_type = self._named(event_type)
        counts = self.types.setdefault(event_type, TypeCounts())
        counts.read += number
        if fate == UNKNOWN_TYPE:
            counts.skipped += number
            self._unnoted[event_type] = self._unnoted.get(event_type, 0) + number
        elif fate:
            counts.dead += number
            _count(self.reasons, (event_type, fate), number)
        else:
            counts.duplicate += number

    def _named(self, event_type: str) -> str:
        """The type by which records are counted."""
        if event_type in self.types or event_type in SCHEMAS:
            return event_type
        unknown = sum(each not in SCHEMAS for each in self.types)
        return event_type if unknown < MOST_UNKNOWN else OTHERS

    def take_unknown(self) -> list[Unknown]:
        """The unknown types that were read since the last call, for the series store."""
        found = [Unknown("type", shown(name), nearest_type(name), number) for name, number in self._unnoted.items()]
        self._unnoted.clear()
        return found

    def add_new(self, event_type: str, doubt: str, number: int) -> None:
        """Count events that the store did not have; `doubt` says why some number leaves them out, '' for none."""
        counts = self.types.setdefault(event_type, TypeCounts())
        counts.new += number
        counts.duplicate -= number
        if doubt:
            _count(self.doubts, (event_type, doubt), number)

    def add(self, other: "LoadReport") -> None:
        """Count what another report has counted of records, too."""
        for name, counts in other.types.items():
            self.types.setdefault(self._named(name), TypeCounts()).add(counts)
        for mine, theirs in ((self.reasons, other.reasons), (self.doubts, other.doubts)):
            for (name, why), number in theirs.items():
                _count(mine, (self._named(name), why), number)
        for workspace_id, found in other.arrivals.take().items():
            self.arrivals.add(workspace_id, found)
        for name, number in other._unnoted.items():
            self._unnoted[self._named(name)] = self._unnoted.get(self._named(name), 0) + number

    @property
    def arrivals(self) -> ArrivalTally:
        """What arrived and is not counted in the series store yet."""
        return self._arrivals

    @property
    def total(self) -> TypeCounts:
        """The sum over all types."""
        total = TypeCounts()
        for counts in self.types.values():
            total.add(counts)
        return total


def _count(counts: dict[tuple[str, str], int], key: tuple[str, str], number: int) -> None:
    counts[key] = counts.get(key, 0) + number
