"""The rows of /campaigns/list and /campaigns/details, made from the catalogue and from events (semantics.md §7)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from quotidian.catalogue.file import Campaign, in_utc
from quotidian.channels import CHANNELS, CONTROL
from quotidian.days import iso_of, micros_of
from quotidian.rollups import shape as shape_of
from quotidian.rollups.shape import Shape
from quotidian.series.kinds import CAMPAIGN
from quotidian.series.store import replace
from quotidian.series.tables import campaigns, catalogue, series
from quotidian.workspaces import Workspace


def kept_shape(connection: Connection, workspace: Workspace, campaign_id: str) -> Shape:
    """The shape that events have given a campaign, empty if none has."""
    query = select(series.c.shape).filter_by(workspace_id=workspace.id, kind=CAMPAIGN, subject=campaign_id)
    return shape_of.decode(connection.execute(query).scalar_one_or_none() or b"")


def list_campaign(connection: Connection, workspace: Workspace, campaign_id: str, shape: Shape) -> None:
    """Write a campaign's row, from its catalogue entry and its shape."""
    key = {"workspace_id": workspace.id, "kind": "campaign", "id": campaign_id}
    row = connection.execute(
        select(catalogue.c.entry, catalogue.c.added_at, catalogue.c.changed_at).filter_by(**key)
    ).one_or_none()
    entry = msgspec.json.decode(row.entry, type=Campaign) if row else Campaign()
    first = shape.first_event if shape.first_event is not None else (row.added_at if row else 0)
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
    time = in_utc(given)
    return otherwise if time is None else micros_of(time)


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
