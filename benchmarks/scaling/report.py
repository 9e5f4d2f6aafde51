"""What clusters take, in Markdown."""

from collections.abc import Iterator
from typing import Final

import msgspec

from benchmarks.scaling.fleet import READING, SHARDS, STORING, Fleet, shards_for
from benchmarks.scaling.parts import COMMAND, MEASURED, Parts
from benchmarks.tools.table import table

SIZES: Final = (1, 2, 4, 8, 16, 32, 64)

_BILLION: Final = 1_000_000_000
_MILLION: Final = 1_000_000
_DAY_SECONDS: Final = 86_400
_TIB: Final = 2**40
_PARTS: Final = (READING, STORING, SHARDS)
_POINT: Final = "µs of a core a published point"
_UNITS: Final = {
    "dedup_nanos_per_stored": "ns of a core for each stored event of the batch's days, a batch",
    "events_per_batch": "events",
    "bytes_per_event": "bytes",
    "points_per_million": "points published for a million events",
    "node_micros_per_point": _POINT,
    "shard_micros_per_point": _POINT,
    "postgresql_micros_per_point": _POINT,
}


class Wanted(msgspec.Struct, frozen=True):
    """What to calculate a cluster for."""

    cores: int
    busy: float
    events: float
    replicas: int
    days: int
    campaigns: int
    batch: float | None = None
    """Events in a batch of a load, if it is not as many as were measured."""


def report(parts: Parts, wanted: Wanted) -> str:
    """What was measured; clusters of 1 to 64 shards; one for so many events a day; and publishing."""
    if wanted.batch:
        parts = msgspec.structs.replace(parts, events_per_batch=wanted.batch)
    sections = (_measured(parts), _sizes(parts, wanted), _wanted(parts, wanted), _publishing(parts, wanted))
    return "\n\n".join("\n".join(section) for section in sections)


def _measured(parts: Parts) -> Iterator[str]:
    yield f"Measured by `{COMMAND}`, kept in `benchmarks/scaling/{MEASURED.name}`: {parts.measured_on}\n"
    costs = {name: cost for name, cost in msgspec.structs.asdict(parts).items() if name != "measured_on"}
    rows = [(f"`{name}`", f"{cost:,.2f}", _UNITS.get(name, "CPU s a million events")) for name, cost in costs.items()]
    yield table(("part", "cost", "unit"), rows)


def _sizes(parts: Parts, wanted: Wanted) -> Iterator[str]:
    yield (
        f"Events a day that fit, with {wanted.cores} cores a server of which {wanted.busy:.0%} may be busy on average; "
        f"loaded in batches of {parts.events_per_batch:,.0f}. Disk is that of each replica, for {wanted.days} days. "
        "To compare a batch takes so long at the end of its day, however small it is:\n"
    )
    heads = ("shards", "events a day", "the limit", *_PARTS, "disk", "comparing a batch")
    yield table(heads, map(_Size(parts, wanted).row, SIZES))


class _Size(msgspec.Struct, frozen=True):
    parts: Parts
    wanted: Wanted

    def row(self, shards: int) -> tuple[str, ...]:
        fleet = Fleet(self.parts, shards, self.wanted.cores, self.wanted.busy)
        limit, fits = fleet.limit(), fleet.fits()
        disk = self.parts.bytes_per_event * limit.events / shards * self.wanted.days / _TIB
        of_parts = (_billions(fits[part]) for part in _PARTS)
        compared = fleet.seconds_to_compare(limit.events)
        return str(shards), _billions(limit.events), limit.part, *of_parts, f"{disk:.1f} TiB", f"{compared:.2f} s"


def _wanted(parts: Parts, wanted: Wanted) -> Iterator[str]:
    shards = shards_for(parts, wanted.events, wanted.cores, wanted.busy)
    fleet = Fleet(parts, shards, wanted.cores, wanted.busy)
    busy = fleet.busy_with(wanted.events)
    disk = parts.bytes_per_event * wanted.events * wanted.days / _TIB
    yield f"{_billions(wanted.events)} events a day ({wanted.events / _DAY_SECONDS:,.0f} a second), in such batches:\n"
    yield f"- {shards} shards of {wanted.replicas} replicas by their processors: {shards * wanted.replicas} servers"
    yield f"- {parts.bytes_per_event:.0f} bytes an event, {wanted.days} days: {disk / shards:,.1f} TiB on each server"
    yield f"- {fleet.seconds_to_compare(wanted.events):.1f} s to compare a batch at the day's end"
    for part in (READING, STORING):
        yield f"- {part}: {busy[part] / wanted.busy:.1f} times what one leader may do"


def _publishing(parts: Parts, wanted: Wanted) -> Iterator[str]:
    costs = {
        "PostgreSQL": parts.postgresql_micros_per_point,
        "the leader": parts.node_micros_per_point,
        "each shard": parts.shard_micros_per_point,
    }
    yield f"Publishing the points of {wanted.campaigns:,} campaigns for one day takes, whatever events there are:\n"
    for who, micros in costs.items():
        seconds = micros * wanted.campaigns / _MILLION
        yield f"- {who}: {seconds:.2f} CPU s, or {seconds / wanted.busy:.1f} s of {wanted.busy:.0%} of a core"


def _billions(events: float) -> str:
    return f"{events / _BILLION:,.2f} billion"
