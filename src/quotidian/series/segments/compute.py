"""The segments rollup: how large each was on each day, and what its members did (semantics.md §7)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from quotidian.control.workspaces import Workspace
from quotidian.domain.channels import CUSTOM_EVENT, PURCHASE, RECEIPT_TYPES, SESSION_START
from quotidian.domain.chunks import weighed_chunks
from quotidian.domain.days import Day
from quotidian.domain.segments import Segment
from quotidian.series.tallies.compute import Tallies, event_tallies
from quotidian.store.events import EventStore
from quotidian.store.sql import statement

_EVER_DAYS = 100_000  # more than there are from the first to the last day that an event can have
_MEMBERS_AT_ONCE = 1_000_000

_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "active": (SESSION_START,),
    "event": (CUSTOM_EVENT,),
    "purchase": (PURCHASE,),
    "received": tuple(RECEIPT_TYPES),
}
"""Event types by the type of a filter."""


@dataclass
class SegmentFacts:
    """Of one segment on some days: its size by day, and tallies of its members' sessions and custom events."""

    sizes: dict[Day, int] = field(default_factory=dict)
    tallies: Tallies = field(default_factory=lambda: defaultdict(lambda: defaultdict(lambda: defaultdict(int))))


def segment_facts(
    events: EventStore, workspace: Workspace, days: list[Day], segments: dict[str, Segment]
) -> dict[str, SegmentFacts]:
    """Facts of all segments on some days (ascending), by segment id.

    Each segment's members are written to quotidian.members first, a row a day and user, and counted from there.
    """
    found = {}
    for segment_id, segment in segments.items():
        events.run("TRUNCATE TABLE quotidian.members")
        events.run(statement(__package__, "segment_members"), _values(workspace, days, segment))
        counted = events.rows(statement(__package__, "segment_sizes"), {}, tuple[Day, int])
        facts = found[segment_id] = SegmentFacts(dict(counted))
        # ClickHouse holds the members of these days in memory as a set, so the days are chunked by their members.
        for chunk in weighed_chunks(sorted(facts.sizes), facts.sizes.__getitem__, _MEMBERS_AT_ONCE):
            for tally, by_day in event_tallies(events, workspace, chunk, segment_id).items():
                facts.tallies[tally].update(by_day)
    events.run("TRUNCATE TABLE quotidian.members")
    return found


def _values(workspace: Workspace, days: list[Day], segment: Segment) -> dict[str, object]:
    within = [each.within_days or _EVER_DAYS for each in segment.filters]
    return {
        "workspace": workspace.name,
        "days": list(days),
        "first_day": days[0] - max(within) + 1,
        "last_day": days[-1],
        "kinds": [each.type for each in segment.filters],
        "subjects": [each.subject for each in segment.filters],
        "within": within,
        "enough": [each.at_least for each in segment.filters],
        "needed": len(segment.filters) if segment.match == "all" else 1,
        "types": tuple(name for kind in {each.type for each in segment.filters} for name in _TYPES[kind]),
        "receipt_types": tuple(RECEIPT_TYPES),
        "session_start": SESSION_START,
        "custom_event": CUSTOM_EVENT,
        "purchase": PURCHASE,
    }
