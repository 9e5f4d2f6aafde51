"""Recomputes what is out of date of segments on some days, segment by segment.

A segment waits while any of its filters is in doubt: its days stay dirty until fulfilment.py has settled that.
"""

from collections.abc import Callable

from sqlalchemy import Connection

from quotidian.catalogue import segments_of
from quotidian.control.dirty_days import last_marking
from quotidian.control.dirty_segments import clean_segment, dirty_segments_of, forget_segment
from quotidian.control.doubtful_filters import doubtful
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day
from quotidian.domain.segments import ACTED
from quotidian.series.publishing import Publication
from quotidian.series.segments.compute import segment_facts
from quotidian.series.segments.publish import publish_segment
from quotidian.store.events import EventStore


def compute_segments(
    events: EventStore, connection: Connection, workspace: Workspace, days: list[Day]
) -> Callable[[Publication], None]:
    """Compute what is dirty on some days (ascending); returns what writes it, and unmarks it, in a transaction."""
    # What is marked from here on stays dirty, by events or by a catalogue that changes what is read below.
    marking = last_marking(connection)
    dirty = dirty_segments_of(connection, workspace.id, days)
    segments = segments_of(connection, workspace)
    unknown = doubtful(connection, workspace.id).keys()
    trusted = {
        segment_id: segment
        for segment_id, segment in segments.items()
        if unknown.isdisjoint({ACTED.key, *segment.keys})
    }
    wanted = {segment_id: of_segment for segment_id, of_segment in dirty.items() if segment_id in trusted}
    found = segment_facts(events, workspace, wanted, trusted)

    def publish(publication: Publication) -> None:
        writer = publication.connection
        now = segments_of(writer, workspace)
        for segment_id, facts in found.items():
            # If they differ, a catalogue was imported meanwhile. It marked the segment's days, and they stay dirty.
            if now.get(segment_id) == segments[segment_id]:
                publish_segment(publication, segment_id, segments[segment_id], wanted[segment_id], facts)
                clean_segment(writer, workspace.id, segment_id, wanted[segment_id], marking)
        for segment_id in dirty.keys() - now.keys():
            forget_segment(writer, workspace.id, segment_id)

    return publish
