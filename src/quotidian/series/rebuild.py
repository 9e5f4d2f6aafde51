"""A rebuild: all series are made again from the events, in pieces; the old ones are served meanwhile.

It begins by marking everything as dirty; the rollups then compute it, range by range, with what live events mark. What
the points of a campaign or canvas have in common, its shape, grows anew beside the old one meanwhile. The rebuild ends
when what it marked is computed: shapes are exchanged, all points rendered, and what no event names is removed. Killed
at any moment, it goes on from the marks and the shapes that it has left.
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, delete, exists, select, update

from quotidian.catalogue.entries import mark_all_listings, read_entries, segments_of
from quotidian.control.dirty_days import SEGMENTS, days_with_events, forget_days, is_dirty, mark_days
from quotidian.control.dirty_listings import mark_listings
from quotidian.control.dirty_segments import mark_lost
from quotidian.control.workspaces import Workspace, all_workspaces
from quotidian.domain.chunks import chunks
from quotidian.domain.days import Day
from quotidian.domain.kinds import CAMPAIGN, CANVAS, COUNT, EVENT, KPIS, PRODUCT, QUANTITY, REVENUE, SEND, TALLIES
from quotidian.domain.progress import Progress
from quotidian.domain.subjects import SUBJECT_KINDS
from quotidian.series.activity.active_days import remake
from quotidian.series.campaigns.publish import CampaignPublisher
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.canvases.publish import render_canvases
from quotidian.series.learning import known_days, learn
from quotidian.series.listing.publish import publish_listings
from quotidian.series.messages.shape import Shape, encode_shape
from quotidian.series.publishing import Publication
from quotidian.series.segments import fulfilment
from quotidian.series.segments.publish import forget_sizes
from quotidian.store.batches import note_stored
from quotidian.store.series import writing
from quotidian.store.stores import Stores
from quotidian.store.tables import apps, doubtful_days, facts, kept_days, listed, meta, names, points, series

_NO_SHAPES: Final = (b"", encode_shape(Shape()))
"""Of a subject of which nothing was computed, and of one of which nothing was found."""

_RENDERED_TOGETHER: Final = 20
"""Campaigns or canvases whose points are rendered in one transaction."""


def begin_rebuild(stores: Stores) -> Iterator[Progress]:
    """Mark everything as dirty, unless a rebuild has begun that is not finished: that one goes on.

    Yields how far the active days of users are made again, which comes first.
    """
    with stores.series.connect() as connection:
        if is_rebuilding(connection):
            return
    yield from remake(stores.events)
    # What is forgotten is found out again, for all days: they are in doubt before.
    with writing(stores.series) as connection:
        fulfilment.doubt_everything(connection)
    fulfilment.forget(stores.events)
    with writing(stores.series) as connection:
        connection.execute(delete(doubtful_days))
        connection.execute(delete(kept_days))
        connection.execute(delete(apps))
        before = known_days(connection)
        forget_days(connection)
        learn(stores.events, connection)
        note_stored(connection, stores.events.batch)
        for (workspace, family), days in before.items():
            _mark_lost(connection, workspace, family, days)
        fulfilment.doubt_everything(connection)
        kinds = [kind.kind for kind in SUBJECT_KINDS]
        connection.execute(update(series).where(series.c.kind.in_(kinds)).values(rebuilt_shape=b""))
        connection.execute(update(meta).values(rebuild_marking=meta.c.markings))


def _mark_lost(connection: Connection, workspace: Workspace, family: str, before: list[Day]) -> None:
    """Mark days that had events and have none: what was published of them goes."""
    lost = set(before).difference(days_with_events(connection, workspace.id, family))
    if family == SEGMENTS:
        segments = segments_of(connection, workspace)
        known = days_with_events(connection, workspace.id, SEGMENTS)
        publication = Publication(connection, workspace)
        for segment_id in segments:
            forget_sizes(publication, segment_id, known)
        mark_lost(connection, workspace.id, segments, lost)
    else:
        mark_days(connection, workspace.id, family, lost)


def is_rebuilding(connection: Connection) -> bool:
    """Whether a rebuild has begun that is not finished."""
    return _marking(connection) is not None


def _marking(connection: Connection) -> int | None:
    """The last marking of a rebuild that has begun and is not finished."""
    found: int | None = connection.execute(select(meta.c.rebuild_marking)).scalar_one()
    return found


def finish_rebuild(stores: Stores) -> Iterator[Progress]:
    """Finish a rebuild that has begun, if all that it marked is computed.

    Yields how many campaigns and canvases are rendered.
    """
    with stores.series.connect() as connection:
        marking = _marking(connection)
        if marking is None or is_dirty(connection, marking):
            return
        workspaces = list(all_workspaces(connection))
        rebuilt = {
            (workspace, kind): _rebuilt(connection, workspace, kind)
            for workspace in workspaces
            for kind in (CAMPAIGN, CANVAS)
        }
    total, done = sum(map(len, rebuilt.values())), 0
    for (workspace, kind), of_kind in rebuilt.items():
        for subjects in chunks(of_kind, _RENDERED_TOGETHER):
            yield Progress(done, total)
            with writing(stores.series) as connection:
                _render(stores, Publication(connection, workspace), kind, subjects)
            done += len(subjects)
    with writing(stores.series) as connection:
        for workspace in workspaces:
            publication = Publication(connection, workspace)
            _remove_unnamed(publication)
            _forget_unnamed(connection, workspace)
            mark_all_listings(connection, workspace)
            publish_listings(publication)
        connection.execute(update(meta).values(rebuild_marking=None))


def _rebuilt(connection: Connection, workspace: Workspace, kind: str) -> list[str]:
    columns = series.c
    query = select(columns.subject).filter_by(workspace_id=workspace.id, kind=kind)
    return list(connection.execute(query.where(columns.rebuilt_shape.is_not(None))).scalars())


def _render(stores: Stores, publication: Publication, kind: str, subjects: list[str]) -> None:
    """Give subjects their new shapes and render all their points; remove those of which there is no event."""
    connection, columns = publication.connection, series.c
    of_workspace = columns.workspace_id == publication.workspace.id
    has_facts = exists().where(facts.c.series_id == columns.id)
    of_kind = of_workspace & (columns.kind == kind) & columns.subject.in_(subjects)
    gone = select(columns.subject).where(of_kind, columns.rebuilt_shape.in_(_NO_SHAPES), ~has_facts)
    lost = set(connection.execute(gone).scalars())
    kinds = (CAMPAIGN, SEND) if kind == CAMPAIGN else (kind,)
    removed = select(columns.id).where(of_workspace, columns.kind.in_(kinds), columns.subject.in_(lost))
    publication.remove(connection.execute(removed).scalars().all())
    left = [subject for subject in subjects if subject not in lost]
    if kind == CAMPAIGN:
        CampaignPublisher(publication, SendRules.of(stores.settings)).render(left)
    else:
        render_canvases(publication, left)


def _remove_unnamed(publication: Publication) -> None:
    """Remove the series of apps, custom events and products that no event names any more."""
    connection, columns = publication.connection, series.c
    of_workspace = columns.workspace_id == publication.workspace.id
    has_points = exists().where(points.c.series_id == columns.id, points.c.point.is_not(None))
    removed = []
    for counted, kinds in ((COUNT, (COUNT,)), (QUANTITY, (QUANTITY, REVENUE))):
        of_all = (columns.kind == counted) & (columns.segment_id == "") & (columns.app_id == "")
        unnamed = select(columns.subject).where(of_workspace, of_all, columns.subject != "", ~has_points)
        lost = connection.execute(unnamed).scalars().all()
        removed.append(columns.kind.in_(kinds) & columns.subject.in_(lost))
    named = select(apps.c.app_id).where(apps.c.workspace_id == publication.workspace.id)
    for app, of_apps in ((columns.subject, KPIS), (columns.app_id, TALLIES)):
        removed.append(columns.kind.in_(of_apps) & (app != "") & app.not_in(named))
    for each in removed:
        publication.remove(connection.execute(select(columns.id).where(of_workspace, each)).scalars().all())


def _forget_unnamed(connection: Connection, workspace: Workspace) -> None:
    """Remove names of events and products, and rows of lists, that neither events nor the catalogue name."""
    for kind, tally in ((EVENT, COUNT), (PRODUCT, QUANTITY)):
        of_series = exists().where(
            series.c.workspace_id == workspace.id, series.c.kind == tally, series.c.subject == names.c.name
        )
        of_kind = (names.c.workspace_id == workspace.id) & (names.c.kind == kind)
        known = read_entries(connection, workspace, EVENT).keys() if kind == EVENT else ()
        connection.execute(delete(names).where(of_kind, ~of_series, names.c.name.not_in(known)))
    of_list = select(listed.c.id).where(listed.c.workspace_id == workspace.id)
    for kind in (CAMPAIGN, CANVAS):
        mark_listings(
            connection, workspace.id, kind, connection.execute(of_list.where(listed.c.kind == kind)).scalars()
        )
