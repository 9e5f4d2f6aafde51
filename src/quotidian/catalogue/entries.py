"""The catalogue in the store: importing a file, and what rollups need to know of it."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, select

from quotidian.catalogue.file import Campaign, CatalogueFile
from quotidian.catalogue.listing import kept_shape, list_campaign
from quotidian.days import now_micros
from quotidian.money import Money
from quotidian.series.dirty import CAMPAIGNS, TALLIES, mark_all
from quotidian.series.store import replace
from quotidian.series.tables import catalogue, rates
from quotidian.workspaces import Workspace


def import_catalogue(connection: Connection, workspace: Workspace, file: CatalogueFile) -> None:
    """Take in a catalogue: its entries replace those of the same ids, others stay.

    Days whose revenue it changes are marked dirty.
    """
    before = money_of(connection, workspace)
    _replace_entries(connection, workspace, "campaign", file.campaigns)
    _replace_entries(connection, workspace, "app", file.apps)
    usd = (
        {"workspace_id": workspace.id, "currency": currency, "usd": f"{rate:f}"}
        for currency, rate in file.rates.items()
    )
    replace(connection, rates, usd)
    for campaign_id in file.campaigns:
        list_campaign(connection, workspace, campaign_id, kept_shape(connection, workspace, campaign_id))
    if money_of(connection, workspace) != before:
        for family in (CAMPAIGNS, TALLIES):
            mark_all(connection, workspace.id, family)


def _replace_entries(
    connection: Connection, workspace: Workspace, kind: str, entries: Mapping[str, msgspec.Struct]
) -> None:
    """Write the entries that differ from those that are kept."""
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
    windows = {}
    for campaign_id, kept in _entries(connection, workspace, "campaign").items():
        if behaviors := msgspec.json.decode(kept.entry, type=Campaign).conversion_behaviors:
            windows[campaign_id] = behaviors[0].window
    return Money({"USD": "1"} | {row.currency: row.usd for row in connection.execute(usd)}, windows)


def list_catalogue(connection: Connection, workspace: Workspace) -> None:
    """List again the campaigns that only the catalogue names: after a rebuild has emptied the lists."""
    for campaign_id in _entries(connection, workspace, "campaign"):
        list_campaign(connection, workspace, campaign_id, kept_shape(connection, workspace, campaign_id))
