"""Lists catalogue entries again that an import has changed."""

import msgspec
from sqlalchemy import Connection

from quotidian.catalogue.entries import read_entries
from quotidian.catalogue.file import CustomEvent
from quotidian.control.dirty_listings import changed_listings, clean_listings
from quotidian.control.workspaces import Workspace
from quotidian.domain.chunks import chunks
from quotidian.domain.kinds import CAMPAIGN, CANVAS, EVENT, SEGMENT
from quotidian.series.listing.compute import kept_shapes, list_segments, list_subjects
from quotidian.series.listing.names import describe_event, event_item

_LISTED_TOGETHER = 500


def publish_listings(connection: Connection, workspace: Workspace) -> None:
    """List the entries that are marked as changed, and unmark them, in the caller's transaction."""
    for kind in (CAMPAIGN, CANVAS):
        for chunk in chunks(changed_listings(connection, workspace.id, kind), _LISTED_TOGETHER):
            list_subjects(connection, workspace, kind, kept_shapes(connection, workspace, kind, chunk))
    for chunk in chunks(changed_listings(connection, workspace.id, SEGMENT), _LISTED_TOGETHER):
        list_segments(connection, workspace, chunk)
    for chunk in chunks(changed_listings(connection, workspace.id, EVENT), _LISTED_TOGETHER):
        _describe_events(connection, workspace, chunk)
    clean_listings(connection, workspace.id)


def _describe_events(connection: Connection, workspace: Workspace, names: list[str]) -> None:
    for name, kept in read_entries(connection, workspace, EVENT, names).items():
        event = msgspec.json.decode(kept.entry, type=CustomEvent)
        describe_event(connection, workspace, name, event_item(name, event.description, event.status, event.tags))
