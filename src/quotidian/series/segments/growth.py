"""What a batch changes of segments, as soon as it is known: sizes grow by new members, and the rest is marked.

Nobody ceases to be a member on a day, so that a size is what it was and those who belong anew: a rollup would count
all members again. It does so where that is not known: of sizes that are out of date anyway, and of filters in doubt,
of which somebody may be counted already whom nobody has put.
"""

from collections.abc import Collection
from typing import Final

from quotidian.catalogue import segments_of
from quotidian.control.dirty_days import SEGMENTS, days_kept, days_with_events
from quotidian.control.dirty_segments import SIZE, TALLIES, DirtySegment, dirty_segments_of, mark
from quotidian.control.doubtful_filters import Doubt, doubtful
from quotidian.domain.days import Day
from quotidian.series.publishing import Publication
from quotidian.series.segments.compute import new_members
from quotidian.series.segments.fulfilment import Gained, acted_days, gains
from quotidian.series.segments.publish import publish_sizes
from quotidian.series.segments.read import sizes_of
from quotidian.store.events import EventStore

_UP_TO_DATE: Final = DirtySegment([], [])


def publish_gained(events: EventStore, publication: Publication, gained: Gained, own: Collection[Doubt]) -> set[Day]:
    """Publish the sizes that grow, and mark what else a gain changes; returns the days that were marked.

    The gain is staged, and not put. `own` are the doubts that end when it is, in which case it is not found again.
    """
    connection, workspace = publication.connection, publication.workspace
    known = days_with_events(connection, workspace.id, SEGMENTS)
    unsure = {
        key
        for key, days in doubtful(connection, workspace.id).items()
        if not all(Doubt(key, day) in own for day in days)
    }
    segments = segments_of(connection, workspace)
    found = {segment_id: gains(gained, segment, known) for segment_id, segment in segments.items()}
    dirty = dirty_segments_of(connection, workspace.id, set().union(*found.values()))
    kept = days_kept(connection, workspace.id, SEGMENTS)
    marks: dict[tuple[str, str], Collection[Day]] = {}
    for segment_id, segment in segments.items():
        growth = found[segment_id]
        left_alone = kept.union(dirty.get(segment_id, _UP_TO_DATE).size)
        days = set() if segment.keys & unsure else growth.keys() - left_alone
        sizes = sizes_of(connection, workspace, segment_id, days) if days else {}
        if sizes:
            if len(segment.keys) > 1:
                growth = new_members(events, workspace, sorted(sizes), segment)
            grown = {day: size + growth.get(day, 0) for day, size in sorted(sizes.items())}
            publish_sizes(publication, segment_id, segment, grown)
        marks[segment_id, SIZE] = found[segment_id].keys() - sizes.keys()
        marks[segment_id, TALLIES] = acted_days(gained, segment)
    return mark(connection, workspace.id, marks)
