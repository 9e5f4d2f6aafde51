"""Which ids and names events have named so far: what the catalogue says of others may be a typing error."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from quotidian.catalogue import Canvas, CatalogueFile
from quotidian.catalogue.file import Campaign
from quotidian.control.workspaces import Workspace
from quotidian.domain.chunks import chunks
from quotidian.domain.kinds import APP, CAMPAIGN, CANVAS, COUNT, EVENT, PRODUCT, QUANTITY
from quotidian.domain.nearest import nearest
from quotidian.domain.segments import Segment
from quotidian.series.listing.compute import kept_shapes
from quotidian.store.tables import apps, series

_COUNTED: Final = {EVENT: COUNT, PRODUCT: QUANTITY}
"""Names, with the kind of series that counts what is called so."""

_ASKED_AT_ONCE: Final = 500
_LIKENESS: Final = 0.7
_MOST_COMPARED: Final = 20_000
"""Ids that an unknown one is compared with: so many take a fifth of a second."""


class Unseen(NamedTuple):
    """An id that no event has named: where it stands in the catalogue, and the nearest of those that events name.

    `nearest` is '' if none is near.
    """

    where: str
    id: str
    nearest: str


def seen_ids(connection: Connection, workspace: Workspace, kind: str, among: Iterable[str] | None = None) -> set[str]:
    """The ids of campaigns, canvases or apps, or the names of custom events or products, that events name.

    All of them, or those `among` some.
    """
    if kind == APP:
        column, of_kind = apps.c.app_id, apps.c.workspace_id == workspace.id
    else:
        column = series.c.subject
        of_kind = (series.c.workspace_id == workspace.id) & (series.c.kind == _COUNTED.get(kind, kind))
    query = select(column).distinct().where(of_kind)
    if among is None:
        return set(connection.execute(query).scalars())
    found: set[str] = set()
    for asked in chunks(among, _ASKED_AT_ONCE):
        found.update(connection.execute(query.where(column.in_(asked))).scalars())
    return found


def unseen(connection: Connection, workspace: Workspace, file: CatalogueFile) -> Iterator[Unseen]:
    """What a catalogue file names and no event has named."""
    kinds = ((CAMPAIGN, file.campaigns), (CANVAS, file.canvases), (APP, file.apps), (EVENT, file.events))
    for kind, entries in kinds:
        yield from _unseen(connection, workspace, kind, dict.fromkeys(entries, kind))
    yield from _unseen_parts(connection, workspace, CAMPAIGN, file.campaigns.items())
    yield from _unseen_parts(connection, workspace, CANVAS, file.canvases.items())
    yield from _unseen_in_segments(connection, workspace, file.segments)


def _unseen(connection: Connection, workspace: Workspace, kind: str, wheres: dict[str, str]) -> Iterator[Unseen]:
    """Of some ids by where they stand, those that no event has named."""
    missing = wheres.keys() - seen_ids(connection, workspace, kind, wheres)
    if not missing:
        return
    known = seen_ids(connection, workspace, kind)
    for each, where in wheres.items():
        if each in missing:
            yield Unseen(where, each, _nearest(each, known))


def _unseen_parts(
    connection: Connection, workspace: Workspace, kind: str, entries: Iterable[tuple[str, Campaign | Canvas]]
) -> Iterator[Unseen]:
    """Variations of campaigns, variants and steps of canvases, of those that events name."""
    for entry_id, entry in entries:
        parts = {"variation": entry.variations} if isinstance(entry, Campaign) else _parts(entry)
        if not any(parts.values()) or not seen_ids(connection, workspace, kind, [entry_id]):
            continue
        known = {each.id for each in kept_shapes(connection, workspace, kind, [entry_id])[entry_id].elements if each.id}
        for what, ids in parts.items():
            for part in ids:
                if part not in known:
                    yield Unseen(f"{kind} {entry_id!r}, {what}", part, _nearest(part, known))


def _parts(canvas: Canvas) -> dict[str, Collection[str]]:
    return {"variant": canvas.variants, "step": canvas.steps}


def _unseen_in_segments(connection: Connection, workspace: Workspace, segments: dict[str, Segment]) -> Iterator[Unseen]:
    named: dict[str, dict[str, str]] = {CAMPAIGN: {}, EVENT: {}, PRODUCT: {}}
    for segment_id, segment in segments.items():
        for each in segment.filters:
            for kind, subject in ((CAMPAIGN, each.campaign_id), (EVENT, each.event), (PRODUCT, each.product)):
                if subject:
                    named[kind].setdefault(subject, f"segment {segment_id!r}, {kind}")
    for kind, wheres in named.items():
        yield from _unseen(connection, workspace, kind, wheres)


def _nearest(wanted: str, known: Collection[str]) -> str:
    return "" if len(known) > _MOST_COMPARED else nearest(wanted, known, _LIKENESS)
