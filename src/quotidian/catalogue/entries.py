"""The catalogue in the store: importing a file, and what rollups need to know of it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, select

from quotidian.catalogue.canvases import Canvas
from quotidian.catalogue.file import Campaign, CatalogueFile, CustomEvent
from quotidian.control.dirty_days import CAMPAIGNS, CANVASES, TALLIES, mark_all, mark_segments
from quotidian.control.workspaces import Workspace
from quotidian.domain.chunks import parts
from quotidian.domain.days import now_micros
from quotidian.domain.kinds import CAMPAIGN, CANVAS, SEGMENT
from quotidian.domain.money import Money
from quotidian.series.listing.compute import kept_shapes, list_campaigns, list_canvases, list_segments
from quotidian.series.listing.names import EVENT, describe_event, event_item
from quotidian.store.series import replace
from quotidian.store.tables import catalogue, rates

_LISTED_TOGETHER = 500


def import_catalogue(connection: Connection, workspace: Workspace, file: CatalogueFile) -> None:
    """Take in a catalogue: its entries replace those of the same ids, others stay.

    Days whose revenue it changes are marked dirty.
    """
    before = money_of(connection, workspace)
    _replace_entries(connection, workspace, CAMPAIGN, file.campaigns)
    _replace_entries(connection, workspace, "app", file.apps)
    _replace_entries(connection, workspace, EVENT, file.events)
    canvases_change = _replace_entries(connection, workspace, CANVAS, file.canvases)
    segments_change = _replace_entries(connection, workspace, SEGMENT, file.segments)
    usd = (
        {"workspace_id": workspace.id, "currency": currency, "usd": f"{rate:f}"}
        for currency, rate in file.rates.items()
    )
    replace(connection, rates, usd)
    _list_entries(connection, workspace, file.campaigns, file.canvases, file.segments)
    for name, event in file.events.items():
        describe_event(connection, workspace, name, _event_item(name, event))
    if segments_change:
        mark_segments(connection, workspace.id)
    if canvases_change:
        # Names of variants and steps, and which steps are deleted, are in every point.
        mark_all(connection, workspace.id, CANVASES)
    if money_of(connection, workspace) != before:
        for family in (CAMPAIGNS, CANVASES, TALLIES):
            mark_all(connection, workspace.id, family)


def _list_entries(
    connection: Connection,
    workspace: Workspace,
    campaigns: Iterable[str],
    canvases: Iterable[str],
    segments: Iterable[str],
) -> None:
    for part in parts(campaigns, _LISTED_TOGETHER):
        list_campaigns(connection, workspace, kept_shapes(connection, workspace, CAMPAIGN, part))
    for part in parts(canvases, _LISTED_TOGETHER):
        list_canvases(connection, workspace, kept_shapes(connection, workspace, CANVAS, part))
    for part in parts(segments, _LISTED_TOGETHER):
        list_segments(connection, workspace, part)


def _event_item(name: str, event: CustomEvent) -> bytes:
    return event_item(name, event.description, event.status, event.tags)


def _replace_entries(
    connection: Connection, workspace: Workspace, kind: str, entries: Mapping[str, msgspec.Struct]
) -> bool:
    """Write the entries that differ from those that are kept; returns whether any does."""
    now = now_micros()
    kept = _entries(connection, workspace, kind)
    key = {"workspace_id": workspace.id, "kind": kind}
    encoded = {entry_id: msgspec.json.encode(entry) for entry_id, entry in entries.items()}
    new = [
        {**key, "id": entry_id, "entry": entry, "added_at": now, "changed_at": now}
        for entry_id, entry in encoded.items()
        if entry_id not in kept
    ]
    changed = [
        {**key, "id": entry_id, "entry": entry, "added_at": kept[entry_id].added_at, "changed_at": now}
        for entry_id, entry in encoded.items()
        if entry_id in kept and kept[entry_id].entry != entry
    ]
    replace(connection, catalogue, [*new, *changed])
    return bool(new or changed)


class _Entry(NamedTuple):
    """An entry that is kept: its JSON, and when it was added in microseconds."""

    entry: bytes
    added_at: int


def _entries(connection: Connection, workspace: Workspace, kind: str) -> dict[str, _Entry]:
    columns = catalogue.c
    query = select(columns.id, columns.entry, columns.added_at).filter_by(workspace_id=workspace.id, kind=kind)
    return {row.id: _Entry(row.entry, row.added_at) for row in connection.execute(query)}


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
    """Seconds after a receipt or entry that a purchase is revenue, where the catalogue says so."""
    windows = {}
    for entry_id, kept in _entries(connection, workspace, kind).items():
        if behaviors := msgspec.json.decode(kept.entry, type=entry).conversion_behaviors:
            windows[entry_id] = behaviors[0].window
    return windows


def list_catalogue(connection: Connection, workspace: Workspace) -> None:
    """List again what only the catalogue names: after a rebuild has emptied the lists."""
    _list_entries(
        connection, workspace, *(_entries(connection, workspace, kind) for kind in (CAMPAIGN, CANVAS, SEGMENT))
    )
    for name, kept in _entries(connection, workspace, EVENT).items():
        event = msgspec.json.decode(kept.entry, type=CustomEvent)
        describe_event(connection, workspace, name, _event_item(name, event))
