"""The segments rollup: how large each was on each day, and what its members did (semantics.md §7)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from quotidian.control.dirty_segments import DirtySegment
from quotidian.control.workspaces import Workspace
from quotidian.domain.day_bits import bits_of_days
from quotidian.domain.days import Day
from quotidian.domain.segments import ACTED, TYPES, Segment
from quotidian.series.segments.fulfilment import ENDLESS_BLOCK, empty, pieces
from quotidian.series.tallies.compute import Tallies, event_tallies
from quotidian.store.events import EventStore
from quotidian.store.sql import statement
from quotidian.store.sums import largest, totals

_MEMBERS_AT_ONCE: Final = 3_000_000


@dataclass
class SegmentFacts:
    """Of one segment on some days: its size by day, and tallies of its members' sessions and custom events."""

    sizes: dict[Day, int] = field(default_factory=lambda: defaultdict(int))
    tallies: Tallies = field(default_factory=lambda: defaultdict(lambda: defaultdict(lambda: defaultdict(int))))


def segment_facts(
    events: EventStore, workspace: Workspace, wanted: Mapping[str, DirtySegment], segments: Mapping[str, Segment]
) -> dict[str, SegmentFacts]:
    """Facts of segments on the days wanted of each, by segment id.

    What fulfilment.py keeps must be trusted.
    """
    return {
        segment_id: _facts(events, workspace, days, segment_id, segments[segment_id])
        for segment_id, days in wanted.items()
    }


def new_members(events: EventStore, workspace: Workspace, days: list[Day], segment: Segment) -> dict[Day, int]:
    """How many users belong to a segment anew on each of some days (ascending), by what is staged in `gained`."""
    empty(events, "members")
    events.run(statement(__package__, "new_members"), _values(workspace, days, segment))
    sizes = _sizes(events, days)
    empty(events, "members")
    return sizes


def _facts(
    events: EventStore, workspace: Workspace, days: DirtySegment, segment_id: str, segment: Segment
) -> SegmentFacts:
    facts = SegmentFacts()
    values = _values(workspace, sorted({*days.size, *days.tallies}), segment)
    # For tallies alone only those matter who acted: mostly few, and members may be millions.
    values |= {
        "everyone": int(bool(days.size)),
        "acted_types": TYPES[ACTED.type],
        "acted_days": tuple(days.tallies or [0]),
    }
    # Where one filter is enough, users are grouped once; by filter first takes more than twice the time.
    members = statement(__package__, "members_of_any" if values["needed"] == 1 else "members_of_all")
    rows = largest(events.rows(statement(__package__, "count_fulfilled"), values, tuple[int]))
    # ClickHouse holds the members in memory, so they are taken in pieces.
    for first, last in pieces(rows, _MEMBERS_AT_ONCE):
        empty(events, "members")
        events.run(members, {**values, "first_byte": first, "last_byte": last})
        for day, size in _sizes(events, days.size).items():
            facts.sizes[day] += size
        if days.tallies:
            _add(facts.tallies, event_tallies(events, workspace, days.tallies, segment_id))
    empty(events, "members")
    return facts


def _sizes(events: EventStore, days: list[Day]) -> dict[Day, int]:
    """How many users are in the table of members on each of some days."""
    if not days:
        return {}
    values = {"days": days, **_bits_of(days)}
    return totals(events.rows(statement(__package__, "segment_sizes"), values, tuple[Day, int]))


def _add(tallies: Tallies, found: Tallies) -> None:
    for tally, by_day in found.items():
        for day, numbers in by_day.items():
            for hour, number in numbers.items():
                tallies[tally][day][hour] += number


def _values(workspace: Workspace, days: list[Day], segment: Segment) -> dict[str, Any]:
    bits = _bits_of(days)
    return {
        "workspace": workspace.name,
        "keys": tuple(sorted(segment.keys)),
        "needed": len(segment.keys) if segment.match == "all" else 1,
        "endless_block": ENDLESS_BLOCK,
        "kept_blocks": (ENDLESS_BLOCK, *bits["blocks"]),
        **bits,
    }


def _bits_of(days: list[Day]) -> dict[str, list[int]]:
    """The blocks of days, and the bits of the days in each."""
    masks = bits_of_days(days)
    return {"blocks": list(masks), "masks": list(masks.values())}
