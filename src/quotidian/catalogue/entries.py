"""The catalogue in the store: importing a file, and what rollups need to know of it."""

import msgspec
from sqlalchemy import Connection, select

from quotidian.catalogue.file import Campaign, CatalogueFile
from quotidian.catalogue.listing import kept_shape, list_campaign
from quotidian.days import now_micros
from quotidian.money import Money
from quotidian.series.dirty import CAMPAIGNS, mark_all
from quotidian.series.store import replace
from quotidian.series.tables import catalogue, rates
from quotidian.workspaces import Workspace


def import_catalogue(connection: Connection, workspace: Workspace, file: CatalogueFile) -> None:
    """Take in a catalogue: its entries replace those of the same ids, others stay.

    Days whose revenue it changes are marked dirty.
    """
    before = money_of(connection, workspace)
    now = now_micros()
    entries: list[tuple[str, str, msgspec.Struct]] = [
        *(("campaign", campaign_id, entry) for campaign_id, entry in file.campaigns.items()),
        *(("app", app_id, entry) for app_id, entry in file.apps.items()),
    ]
    kept = _entries(connection, workspace)
    replace(
        connection,
        catalogue,
        (
            {
                "workspace_id": workspace.id,
                "kind": kind,
                "id": key,
                "entry": msgspec.json.encode(entry),
                "changed_at": now,
            }
            for kind, key, entry in entries
            if kept.get((kind, key)) != msgspec.json.encode(entry)
        ),
    )
    usd = (
        {"workspace_id": workspace.id, "currency": currency, "usd": f"{rate:f}"}
        for currency, rate in file.rates.items()
    )
    replace(connection, rates, usd)
    for campaign_id in file.campaigns:
        list_campaign(connection, workspace, campaign_id, kept_shape(connection, workspace, campaign_id))
    if money_of(connection, workspace) != before:
        mark_all(connection, workspace.id, CAMPAIGNS)


def _entries(connection: Connection, workspace: Workspace) -> dict[tuple[str, str], bytes]:
    rows = select(catalogue.c.kind, catalogue.c.id, catalogue.c.entry).where(catalogue.c.workspace_id == workspace.id)
    return {(kind, key): entry for kind, key, entry in connection.execute(rows)}


def money_of(connection: Connection, workspace: Workspace) -> Money:
    """Rates and revenue windows of a workspace."""
    usd = select(rates.c.currency, rates.c.usd).where(rates.c.workspace_id == workspace.id)
    windows = {}
    for (kind, campaign_id), entry in _entries(connection, workspace).items():
        if kind == "campaign" and (behaviors := msgspec.json.decode(entry, type=Campaign).conversion_behaviors):
            windows[campaign_id] = behaviors[0].window
    return Money({"USD": "1"} | {row.currency: row.usd for row in connection.execute(usd)}, windows)


def list_catalogue(connection: Connection, workspace: Workspace) -> None:
    """List again the campaigns that only the catalogue names: after a rebuild has emptied the lists."""
    for kind, campaign_id in _entries(connection, workspace):
        if kind == "campaign":
            list_campaign(connection, workspace, campaign_id, kept_shape(connection, workspace, campaign_id))
