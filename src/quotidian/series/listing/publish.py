"""Lists catalogue entries again that the user has changed; what was removed and no event names leaves the lists."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from sqlalchemy import Connection, delete, select

from quotidian.catalogue.entries import read_entries
from quotidian.catalogue.file import CustomEvent
from quotidian.control.dirty_listings import changed_listings, clean_listings
from quotidian.control.workspaces import Workspace
from quotidian.domain.chunks import chunks
from quotidian.domain.kinds import CAMPAIGN, CANVAS, COUNT, EVENT, SEGMENT, SESSIONS, SIZE
from quotidian.series.listing.compute import kept_shapes, list_segments, list_subjects
from quotidian.series.listing.names import describe_event, forget_event
from quotidian.series.listing.seen import seen_ids
from quotidian.series.publishing import Publication
from quotidian.store.tables import listed, series

_LISTED_TOGETHER = 500


def publish_listings(publication: Publication) -> None:
    """List the entries that are marked as changed, and unmark them."""
    connection, workspace = publication.connection, publication.workspace
    for kind, publish in _PUBLISH.items():
        for chunk in chunks(changed_listings(connection, workspace.id, kind), _LISTED_TOGETHER):
            publish(publication, chunk)
    clean_listings(connection, workspace.id)


def _campaigns(publication: Publication, ids: list[str]) -> None:
    connection, workspace = publication.connection, publication.workspace
    kept = _unlist_gone(connection, workspace, CAMPAIGN, ids)
    list_subjects(connection, workspace, CAMPAIGN, kept_shapes(connection, workspace, CAMPAIGN, kept))


def _canvases(publication: Publication, ids: list[str]) -> None:
    connection, workspace = publication.connection, publication.workspace
    kept = _unlist_gone(connection, workspace, CANVAS, ids)
    list_subjects(connection, workspace, CANVAS, kept_shapes(connection, workspace, CANVAS, kept))


def _unlist_gone(connection: Connection, workspace: Workspace, kind: str, ids: list[str]) -> list[str]:
    """Take those out of the list that neither the catalogue nor any event names; returns the others."""
    named = read_entries(connection, workspace, kind, ids).keys() | seen_ids(connection, workspace, kind, ids)
    gone = [each for each in ids if each not in named]
    of_kind = (listed.c.workspace_id == workspace.id) & (listed.c.kind == kind)
    connection.execute(delete(listed).where(of_kind, listed.c.id.in_(gone)))
    return [each for each in ids if each in named]


def _segments(publication: Publication, ids: list[str]) -> None:
    """List segments; of those that were removed the numbers go too, for only the catalogue has defined them."""
    connection, workspace = publication.connection, publication.workspace
    gone = set(ids) - set(_unlist_gone(connection, workspace, SEGMENT, ids))
    if gone:
        columns = series.c
        sizes = (columns.kind == SIZE) & columns.subject.in_(gone)
        tallies = columns.kind.in_((SESSIONS, COUNT)) & columns.segment_id.in_(gone)
        query = select(columns.id).where(columns.workspace_id == workspace.id, sizes | tallies)
        publication.remove(connection.execute(query).scalars().all())
    list_segments(connection, workspace, ids)


def _events(publication: Publication, ids: list[str]) -> None:
    connection, workspace = publication.connection, publication.workspace
    entries = read_entries(connection, workspace, EVENT, ids)
    seen = seen_ids(connection, workspace, EVENT, ids)
    for name in ids:
        if name in entries:
            event = msgspec.json.decode(entries[name].entry, type=CustomEvent)
            describe_event(connection, workspace, name, event)
        elif name in seen:
            describe_event(connection, workspace, name, CustomEvent())
        else:
            forget_event(connection, workspace, name)


_PUBLISH: Final[Mapping[str, Callable[[Publication, list[str]], None]]] = {
    CAMPAIGN: _campaigns,
    CANVAS: _canvases,
    SEGMENT: _segments,
    EVENT: _events,
}
