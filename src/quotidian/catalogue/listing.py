"""The rows of the lists and details of campaigns, canvases and segments: catalogue and events (semantics.md §7)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, select

from quotidian.catalogue.canvases import Canvas
from quotidian.catalogue.file import Campaign
from quotidian.catalogue.times import micros_or
from quotidian.channels import CHANNELS, CONTROL, STEP, VARIANT
from quotidian.days import iso_of
from quotidian.rollups import shape as shape_of
from quotidian.rollups.shape import Shape, name_key
from quotidian.series.kinds import CAMPAIGN, CANVAS, SEGMENT
from quotidian.series.segments import Segment
from quotidian.series.store import replace
from quotidian.series.tables import catalogue, listed, series
from quotidian.workspaces import Workspace


class _Entry(NamedTuple):
    """A catalogue entry as it is kept, and when it was added and changed, in microseconds."""

    entry: bytes
    added_at: int
    changed_at: int


def _entry(connection: Connection, workspace: Workspace, kind: str, entry_id: str) -> _Entry | None:
    columns = (catalogue.c.entry, catalogue.c.added_at, catalogue.c.changed_at)
    row = connection.execute(
        select(*columns).filter_by(workspace_id=workspace.id, kind=kind, id=entry_id)
    ).one_or_none()
    return _Entry(*row) if row else None


def kept_shape(connection: Connection, workspace: Workspace, kind: str, subject: str) -> Shape:
    """The shape that events have given a campaign or canvas, empty if none has."""
    query = select(series.c.shape).filter_by(workspace_id=workspace.id, kind=kind, subject=subject)
    return shape_of.decode(connection.execute(query).scalar_one_or_none() or b"")


def canvas_entry(connection: Connection, workspace: Workspace, canvas_id: str) -> Canvas:
    """What the catalogue says of a canvas, if it says anything."""
    row = _entry(connection, workspace, CANVAS, canvas_id)
    return msgspec.json.decode(row.entry, type=Canvas) if row else Canvas()


class _Times(NamedTuple):
    """Of a subject's first and last event, of its creation and its last change, in microseconds."""

    first: int
    last: int
    created_at: int
    last_edited: int


def _times(entry: Campaign | Canvas, row: _Entry | None, shape: Shape) -> _Times:
    first = shape.first_event if shape.first_event is not None else (row.added_at if row else 0)
    last = shape.last_event if shape.last_event is not None else first
    created_at = micros_or(entry.created_at, first)
    # Of what only events name, no one has edited anything since it appeared.
    return _Times(first, last, created_at, row.changed_at if row else created_at)


def list_campaign(connection: Connection, workspace: Workspace, campaign_id: str, shape: Shape) -> None:
    """Write a campaign's row, from its catalogue entry and its shape."""
    row = _entry(connection, workspace, CAMPAIGN, campaign_id)
    entry = msgspec.json.decode(row.entry, type=Campaign) if row else Campaign()
    times = _times(entry, row, shape)
    name = entry.name or (shape.campaign_name[2] if shape.campaign_name else campaign_id)
    item = {
        "id": campaign_id,
        "last_edited": iso_of(times.last_edited),
        "name": name,
        "is_api_campaign": entry.is_api_campaign,
        "tags": entry.tags,
    }
    details = {
        "created_at": iso_of(times.created_at),
        "updated_at": iso_of(times.last_edited),
        "archived": entry.archived,
        "draft": entry.draft,
        "name": name,
        "description": entry.description,
        "schedule_type": entry.schedule_type,
        "channels": _channels(entry, shape),
        "first_sent": iso_of(micros_or(entry.first_sent, times.first)),
        "last_sent": iso_of(micros_or(entry.last_sent, times.last)),
        "tags": entry.tags,
        "messages": _messages(entry, shape),
        "conversion_behaviors": entry.conversion_behaviors,
    }
    _list(connection, workspace, CAMPAIGN, item, details, times, archived=entry.archived)


def list_canvas(connection: Connection, workspace: Workspace, canvas_id: str, shape: Shape) -> None:
    """Write a canvas's row, from its catalogue entry and its shape."""
    row = _entry(connection, workspace, CANVAS, canvas_id)
    entry = msgspec.json.decode(row.entry, type=Canvas) if row else Canvas()
    times = _times(entry, row, shape)
    name = entry.name or (shape.campaign_name[2] if shape.campaign_name else canvas_id)
    item = {"id": canvas_id, "last_edited": iso_of(times.last_edited), "name": name, "tags": entry.tags}
    used = {element.channel for element in shape.elements}
    details = {
        "created_at": iso_of(times.created_at),
        "updated_at": iso_of(times.last_edited),
        "name": name,
        "description": entry.description,
        "archived": entry.archived,
        "draft": entry.draft,
        "enabled": entry.enabled,
        "schedule_type": entry.schedule_type,
        "first_entry": iso_of(micros_or(entry.first_entry, times.first)),
        "last_entry": iso_of(micros_or(entry.last_entry, times.last)),
        "channels": [channel.key for channel in CHANNELS if channel.key in used],
        "variants": _variants(entry, shape),
        "tags": entry.tags,
        "steps": _steps(entry, shape),
        "conversion_behaviors": entry.conversion_behaviors,
    }
    _list(connection, workspace, CANVAS, item, details, times, archived=entry.archived)


def _variants(entry: Canvas, shape: Shape) -> list[dict[str, Any]]:
    seen = [each.variation for each in shape.elements if each.channel == VARIANT and each.variation]
    return [
        {
            "id": variant,
            "name": (variant in entry.variants and entry.variants[variant].name)
            or shape.name_of(name_key(VARIANT, variant)),
        }
        for variant in dict.fromkeys([*seen, *entry.variants])
    ]


def _steps(entry: Canvas, shape: Shape) -> list[dict[str, Any]]:
    """Steps that are not deleted."""
    seen = [each.variation for each in shape.elements if each.channel == STEP and each.variation]
    return [
        {
            "id": step,
            "name": (step in entry.steps and entry.steps[step].name) or shape.name_of(name_key(STEP, step)),
            "channels": [
                channel.key
                for channel in CHANNELS
                if any(each.channel == channel.key and each.variation == step for each in shape.elements)
            ],
        }
        for step in dict.fromkeys([*seen, *entry.steps])
        if not (step in entry.steps and entry.steps[step].deleted)
    ]


def list_segment(connection: Connection, workspace: Workspace, segment_id: str) -> None:
    """Write the row of a segment that the catalogue has."""
    row = _entry(connection, workspace, SEGMENT, segment_id)
    if row is None:
        return
    entry = msgspec.json.decode(row.entry, type=Segment)
    item = {
        "id": segment_id,
        "name": entry.name,
        "analytics_tracking_enabled": entry.analytics_tracking_enabled,
        "tags": entry.tags,
    }
    details = {
        "created_at": iso_of(row.added_at),
        "updated_at": iso_of(row.changed_at),
        "name": entry.name,
        "description": entry.description,
        "text_description": entry.text,
        "tags": entry.tags,
    }
    times = _Times(row.added_at, row.added_at, row.added_at, row.changed_at)
    _list(connection, workspace, SEGMENT, item, details, times, archived=False)


def _list(  # noqa: PLR0913, PLR0917 - what a row has
    connection: Connection,
    workspace: Workspace,
    kind: str,
    item: Mapping[str, Any],
    details: Mapping[str, Any],
    times: _Times,
    *,
    archived: bool,
) -> None:
    values = {
        "workspace_id": workspace.id,
        "kind": kind,
        "id": item["id"],
        "name": item["name"],
        "created_at": times.created_at,
        "last_edited": times.last_edited,
        "archived": archived,
        "item": msgspec.json.encode(item),
        "details": msgspec.json.encode(details),
    }
    replace(connection, listed, [values])


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
