"""The catalogue in the store: imports a file, and reads entries."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, select

from quotidian.catalogue.canvases import Canvas
from quotidian.catalogue.file import App, Campaign, CatalogueFile
from quotidian.control.dirty_days import CAMPAIGNS, CANVASES, SEGMENTS, TALLIES, days_with_events, mark_all
from quotidian.control.dirty_listings import mark_listings
from quotidian.control.dirty_parts import mark_everything, mark_to_render
from quotidian.control.dirty_segments import mark_all_of
from quotidian.control.doubtful_filters import Doubt, doubt
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import now_micros
from quotidian.domain.kinds import APP, CAMPAIGN, CANVAS, EVENT, SEGMENT
from quotidian.domain.money import Money
from quotidian.domain.segments import Segment, filters_of
from quotidian.domain.subjects import REVENUE
from quotidian.store.series import replace
from quotidian.store.tables import catalogue, rates

LISTED_KINDS = (CAMPAIGN, CANVAS, SEGMENT, EVENT)
"""Kinds of entries that lists name."""


def import_catalogue(connection: Connection, workspace: Workspace, file: CatalogueFile) -> None:
    """Import a catalogue file: its entries replace those of the same ids, others stay.

    Days and lists that it changes are marked dirty.
    """
    before = money_of(connection, workspace)
    filters = filters_of(segments_of(connection, workspace).values())
    changed = {
        CAMPAIGN: _replace_entries(connection, workspace, CAMPAIGN, file.campaigns),
        CANVAS: _replace_entries(connection, workspace, CANVAS, file.canvases),
        SEGMENT: _replace_entries(connection, workspace, SEGMENT, file.segments),
        EVENT: _replace_entries(connection, workspace, EVENT, file.events),
    }
    _replace_entries(connection, workspace, APP, file.apps)
    usd = (
        {"workspace_id": workspace.id, "currency": currency, "usd": f"{rate:f}"}
        for currency, rate in file.rates.items()
    )
    replace(connection, rates, usd)
    for kind, ids in changed.items():
        mark_listings(connection, workspace.id, kind, ids)
    if changed[SEGMENT]:
        segments = segments_of(connection, workspace)
        mark_all_of(connection, workspace.id, {each: segments[each] for each in changed[SEGMENT]})
        # Of a filter that is new it is not known who fulfils it: series/segments/fulfilment.py finds out.
        days = days_with_events(connection, workspace.id, SEGMENTS)
        added = filters_of(segments.values()).keys() - filters.keys()
        doubt(connection, workspace.id, (Doubt(key, day) for key in added for day in days))
    if changed[CANVAS]:
        # Names of variants and steps, and which steps are deleted, are in every point.
        mark_to_render(connection, workspace.id, CANVASES, changed[CANVAS])
    mark_money(connection, workspace, before)


def mark_money(connection: Connection, workspace: Workspace, before: Money) -> None:
    """Mark revenue as dirty where a rate or a revenue window has changed."""
    now = money_of(connection, workspace)
    if now.usd_rates != before.usd_rates:
        mark_all(connection, workspace.id, TALLIES)
        for family in (CAMPAIGNS, CANVASES):
            mark_everything(connection, workspace.id, family, (REVENUE,))
        return
    for family, windows, were in (
        (CAMPAIGNS, now.windows, before.windows),
        (CANVASES, now.canvas_windows, before.canvas_windows),
    ):
        changed = {subject for subject in windows.keys() | were.keys() if windows.get(subject) != were.get(subject)}
        if changed:
            mark_everything(connection, workspace.id, family, (REVENUE,), changed)


def _replace_entries(
    connection: Connection, workspace: Workspace, kind: str, entries: Mapping[str, msgspec.Struct]
) -> list[str]:
    """Write the entries that differ from those that are kept; returns their ids."""
    now = now_micros()
    kept = read_entries(connection, workspace, kind)
    encoded = {entry_id: msgspec.json.encode(entry) for entry_id, entry in entries.items()}
    changed = [entry_id for entry_id, entry in encoded.items() if entry_id not in kept or kept[entry_id].entry != entry]
    rows = (
        {
            "workspace_id": workspace.id,
            "kind": kind,
            "id": entry_id,
            "entry": encoded[entry_id],
            "added_at": kept[entry_id].added_at if entry_id in kept else now,
            "changed_at": now,
        }
        for entry_id in changed
    )
    replace(connection, catalogue, rows)
    return changed


class Entry(NamedTuple):
    """An entry as it is kept: its JSON, and when it was added and changed, in microseconds."""

    entry: bytes
    added_at: int
    changed_at: int


def read_entries(
    connection: Connection, workspace: Workspace, kind: str, ids: Iterable[str] | None = None
) -> dict[str, Entry]:
    """The entries of a kind by id: those of some ids that there are, or all."""
    columns = catalogue.c
    query = select(columns.id, columns.entry, columns.added_at, columns.changed_at)
    query = query.filter_by(workspace_id=workspace.id, kind=kind)
    if ids is not None:
        query = query.where(columns.id.in_(ids))
    return {entry_id: Entry(*entry) for entry_id, *entry in connection.execute(query)}


def canvas_entries(connection: Connection, workspace: Workspace, canvases: Collection[str]) -> dict[str, Canvas]:
    """The entries of these canvases; an empty one for a canvas that has none."""
    kept = read_entries(connection, workspace, CANVAS, canvases)
    return {
        canvas_id: msgspec.json.decode(kept[canvas_id].entry, type=Canvas) if canvas_id in kept else Canvas()
        for canvas_id in canvases
    }


def campaign_entry(connection: Connection, workspace: Workspace, campaign_id: str) -> Campaign:
    """The entry of a campaign; an empty one if it has none."""
    kept = read_entries(connection, workspace, CAMPAIGN, [campaign_id])
    return msgspec.json.decode(kept[campaign_id].entry, type=Campaign) if campaign_id in kept else Campaign()


def app_names(connection: Connection, workspace: Workspace, apps: Collection[str] | None = None) -> dict[str, str]:
    """The names that the catalogue gives to apps, by id: to some of them, or to all."""
    return {
        app: msgspec.json.decode(kept.entry, type=App).name
        for app, kept in read_entries(connection, workspace, APP, apps).items()
    }


def segments_of(connection: Connection, workspace: Workspace) -> dict[str, Segment]:
    """The segments of a workspace by id."""
    return {
        segment_id: msgspec.json.decode(kept.entry, type=Segment)
        for segment_id, kept in read_entries(connection, workspace, SEGMENT).items()
    }


def money_of(connection: Connection, workspace: Workspace) -> Money:
    """Rates and revenue windows of a workspace."""
    usd = select(rates.c.currency, rates.c.usd).where(rates.c.workspace_id == workspace.id)
    return Money(
        {"USD": "1"} | {row.currency: row.usd for row in connection.execute(usd)},
        _windows(connection, workspace, CAMPAIGN, Campaign),
        _windows(connection, workspace, CANVAS, Canvas),
    )


def _windows(
    connection: Connection, workspace: Workspace, kind: str, entry: type[Campaign] | type[Canvas]
) -> dict[str, int]:
    """Revenue windows in seconds by id, of entries that have a conversion behaviour."""
    windows = {}
    for entry_id, kept in read_entries(connection, workspace, kind).items():
        if behaviors := msgspec.json.decode(kept.entry, type=entry).conversion_behaviors:
            windows[entry_id] = behaviors[0].window
    return windows


def mark_all_listings(connection: Connection, workspace: Workspace) -> None:
    """Mark every entry to be listed again: after a rebuild has emptied the lists."""
    for kind in LISTED_KINDS:
        mark_listings(connection, workspace.id, kind, read_entries(connection, workspace, kind))
