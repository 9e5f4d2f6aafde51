"""The campaign catalogue: what events say of campaigns, and what a user adds to it (`quotidian catalog import`)."""

import json
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec
from sqlalchemy import Connection, select

from quotidian.channels import CHANNELS, CONTROL
from quotidian.days import iso_of, micros_of, now_micros
from quotidian.errors import UserError
from quotidian.rollups import shape as shape_of
from quotidian.rollups.campaigns import Money
from quotidian.rollups.shape import Shape
from quotidian.series.dirty import CAMPAIGNS, mark_all
from quotidian.series.kinds import CAMPAIGN
from quotidian.series.store import replace
from quotidian.series.tables import campaigns, catalogue, rates, series
from quotidian.workspaces import Workspace

_LONGEST_WINDOW_SECONDS = 366 * 86_400
_LARGEST_RATE = 1_000_000
_RATE_DECIMALS = 12


class Behavior(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A conversion behaviour; `window` in seconds. The first one's window decides on revenue."""

    type: str
    window: Annotated[int, msgspec.Meta(ge=1, le=_LONGEST_WINDOW_SECONDS)]
    custom_event_name: str | None = None
    product: str | None = None


class Variation(msgspec.Struct, forbid_unknown_fields=True):
    """What the catalogue adds to a message variation."""

    name: str | None = None
    channel: str | None = None


class Campaign(msgspec.Struct, forbid_unknown_fields=True):
    """What the catalogue adds to a campaign. Times without offset are UTC."""

    name: str | None = None
    description: str = ""
    tags: list[str] = []
    is_api_campaign: bool = False
    archived: bool = False
    draft: bool = False
    schedule_type: str | None = None
    created_at: datetime | None = None
    first_sent: datetime | None = None
    last_sent: datetime | None = None
    conversion_behaviors: list[Behavior] = []
    variations: dict[str, Variation] = {}


class App(msgspec.Struct, forbid_unknown_fields=True):
    """What the catalogue adds to an app."""

    name: str


class CatalogueFile(msgspec.Struct, forbid_unknown_fields=True):
    """A catalogue file: US dollars for one unit of a currency, and entries by id."""

    rates: dict[str, Decimal] = {}
    campaigns: dict[str, Campaign] = {}
    apps: dict[str, App] = {}


def read_catalogue(path: Path) -> CatalogueFile:
    """A TOML file, or with the ending `.json` a JSON file.

    Raises UserError naming the entry that is wrong, and what would be right.
    """
    try:
        text = path.read_text(encoding="utf-8")
        loads = json.loads if path.suffix.lower() == ".json" else tomllib.loads
        # Decimal, for a rate is money: 1.08 is 1.08.
        file = msgspec.convert(loads(text, parse_float=Decimal), CatalogueFile)
    except OSError as error:
        raise UserError(f"Cannot read {path}: {error.strerror}") from error
    except (ValueError, msgspec.ValidationError) as error:
        raise UserError(f"{path} is no catalogue: {error}") from error
    for currency, rate in file.rates.items():
        _check_rate(path, currency, rate)
    return file


def _check_rate(path: Path, currency: str, rate: Decimal) -> None:
    exponent = rate.as_tuple().exponent
    if (
        not rate.is_finite()
        or not 0 < rate < _LARGEST_RATE
        or not isinstance(exponent, int)
        or exponent < -_RATE_DECIMALS
    ):
        raise UserError(
            f"{path}: the rate of {currency} must be above 0 and below {_LARGEST_RATE:,} US dollars for one unit, "
            f"with at most {_RATE_DECIMALS} decimals, not {rate}"
        )
    if currency == "USD" and rate != 1:
        raise UserError(f"{path}: the rate of USD is 1, not {rate}")


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
        publish_campaign(connection, workspace, campaign_id, _shape(connection, workspace, campaign_id))
    if money_of(connection, workspace) != before:
        mark_all(connection, workspace.id, CAMPAIGNS)


def _entries(connection: Connection, workspace: Workspace) -> dict[tuple[str, str], bytes]:
    rows = select(catalogue.c.kind, catalogue.c.id, catalogue.c.entry).where(catalogue.c.workspace_id == workspace.id)
    return {(kind, key): entry for kind, key, entry in connection.execute(rows)}


def _shape(connection: Connection, workspace: Workspace, campaign_id: str) -> Shape:
    query = select(series.c.shape).filter_by(workspace_id=workspace.id, kind=CAMPAIGN, subject=campaign_id)
    return shape_of.decode(connection.execute(query).scalar_one_or_none() or b"")


def money_of(connection: Connection, workspace: Workspace) -> Money:
    """Rates and revenue windows of a workspace."""
    usd = select(rates.c.currency, rates.c.usd).where(rates.c.workspace_id == workspace.id)
    windows = {}
    for (kind, campaign_id), entry in _entries(connection, workspace).items():
        if kind == "campaign" and (behaviors := msgspec.json.decode(entry, type=Campaign).conversion_behaviors):
            windows[campaign_id] = behaviors[0].window
    return Money({"USD": "1", **{currency: rate for currency, rate in connection.execute(usd)}}, windows)


def republish_catalogue(connection: Connection, workspace: Workspace) -> None:
    """List again the campaigns that only the catalogue names: after a rebuild has emptied the lists."""
    for kind, campaign_id in _entries(connection, workspace):
        if kind == "campaign":
            publish_campaign(connection, workspace, campaign_id, _shape(connection, workspace, campaign_id))


def publish_campaign(connection: Connection, workspace: Workspace, campaign_id: str, shape: Shape) -> None:
    """Write a campaign's row for /campaigns/list and /campaigns/details (semantics.md §7), from catalogue and events."""
    key = {"workspace_id": workspace.id, "kind": "campaign", "id": campaign_id}
    row = connection.execute(select(catalogue.c.entry, catalogue.c.changed_at).filter_by(**key)).one_or_none()
    entry = msgspec.json.decode(row.entry, type=Campaign) if row else Campaign()
    first = shape.first_event if shape.first_event is not None else (row.changed_at if row else 0)
    last = shape.last_event if shape.last_event is not None else first
    created_at = _micros(entry.created_at, first)
    # Of a campaign that only events name, no one has edited anything since it appeared.
    last_edited = row.changed_at if row else created_at
    name = entry.name or (shape.campaign_name[2] if shape.campaign_name else campaign_id)
    item = {
        "id": campaign_id,
        "last_edited": iso_of(last_edited),
        "name": name,
        "is_api_campaign": entry.is_api_campaign,
        "tags": entry.tags,
    }
    details = {
        "created_at": iso_of(created_at),
        "updated_at": iso_of(last_edited),
        "archived": entry.archived,
        "draft": entry.draft,
        "name": name,
        "description": entry.description,
        "schedule_type": entry.schedule_type,
        "channels": _channels(entry, shape),
        "first_sent": iso_of(_micros(entry.first_sent, first)),
        "last_sent": iso_of(_micros(entry.last_sent, last)),
        "tags": entry.tags,
        "messages": _messages(entry, shape),
        "conversion_behaviors": entry.conversion_behaviors,
    }
    values = {
        "workspace_id": workspace.id,
        "campaign_id": campaign_id,
        "created_at": created_at,
        "last_edited": last_edited,
        "archived": entry.archived,
        "item": msgspec.json.encode(item),
        "details": msgspec.json.encode(details),
    }
    replace(connection, campaigns, [values])


def _micros(given: datetime | None, otherwise: int) -> int:
    if given is None:
        return otherwise
    return micros_of(given if given.tzinfo else given.replace(tzinfo=UTC))


def _channels(entry: Campaign, shape: Shape) -> list[str]:
    used = {element.channel for element in shape.elements} | {each.channel for each in entry.variations.values()}
    return [channel.key for channel in CHANNELS if channel.key in used]


def _messages(entry: Campaign, shape: Shape) -> Mapping[str, Any]:
    """Variations by id: of events without one there is nothing to name."""
    messages: dict[str, Any] = {}
    # A control element last: a variation that was also sent has the channel it was sent in.
    for element in sorted(shape.elements, key=lambda each: each.channel == CONTROL):
        if element.variation:
            message = {"channel": element.channel, "name": shape.name_of(element.variation)}
            messages.setdefault(element.variation, message)
    for variation, added in entry.variations.items():
        message = messages.setdefault(variation, {"channel": None, "name": None})
        message.update({key: value for key, value in (("channel", added.channel), ("name", added.name)) if value})
    return messages
