"""What each part of a cluster costs, as the row `cluster` measured it, in a small file."""

from pathlib import Path
from typing import Final

import msgspec

MEASURED: Final = Path(__file__).with_name("measured.json")
COMMAND: Final = "python -m benchmarks --full cluster"


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """Costs: CPU seconds a million events of files, unless a name says otherwise.

    Costs of points are what is to be paid for each that is published, however few events it is made of.
    """

    read: float
    """The node's reader process: Avro or JSON to normalised rows."""
    node: float
    """The node's own process while it stores: Python, sending, marking."""
    spread: float
    """The same, if there are several shards: it tells the rows of each apart."""
    roll_up_on_node: float
    """The same while it computes and publishes series."""
    take: float
    """A shard's first replica: it gets a batch,"""
    dedup: float
    """finds what of it is new,"""
    insert: float
    """stores that,"""
    mark: float
    """finds what that changes,"""
    roll_up: float
    """computes,"""
    merge: float
    """and merges after that."""
    fetch: float
    """A second replica: it fetches, and merges for itself."""
    keepers: float
    """All three keepers."""
    dedup_nanos_per_stored: float
    """A shard: CPU nanoseconds for each event that it has of a batch's days, for each batch."""
    events_per_batch: float
    bytes_per_event: float
    """On the disk of a replica."""
    points_per_million: float
    """That were published for a million events; it is no cost."""
    node_micros_per_point: float
    shard_micros_per_point: float
    postgresql_micros_per_point: float
    measured_on: str

    @property
    def storing(self) -> float:
        """What a shard takes while the node waits for it, without what dedup takes for stored events."""
        return self.take + self.dedup + self.insert + self.mark

    @property
    def on_shard(self) -> float:
        """All that a shard's first replica takes, without the same."""
        return self.storing + self.roll_up + self.merge


def read_parts(file: Path = MEASURED) -> Parts:
    """What was measured. Raises FileNotFoundError if nothing was."""
    return msgspec.json.decode(file.read_bytes(), type=Parts)


def write_parts(parts: Parts, file: Path = MEASURED) -> None:
    """Keep what was measured."""
    file.write_bytes(msgspec.json.format(msgspec.json.encode(parts), indent=2) + b"\n")
