"""The rows of the lists and details of campaigns, canvases and segments: catalogue and events (semantics.md §7)."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, select

from quotidian.catalogue.canvases import Canvas
from quotidian.catalogue.entries import Entry, read_entries
from quotidian.catalogue.file import Campaign
from quotidian.catalogue.times import micros_or
from quotidian.control.workspaces import Workspace
from quotidian.domain.channels import CHANNELS, CONTROL, STEP, VARIANT
from quotidian.domain.days import iso_of
from quotidian.domain.kinds import CAMPAIGN, CANVAS, SEGMENT
from quotidian.domain.segments import Segment
from quotidian.series.messages.shape import Shape, decode_shape, name_key
from quotidian.store.series import replace
from quotidian.store.tables import listed, series

_NO_TEAMS: Final[list[str]] = []  # of Braze's dashboard, of which nothing here knows


def kept_shapes(connection: Connection, workspace: Workspace, kind: str, subjects: Collection[str]) -> dict[str, Shape]:
    """The shapes that events have given some campaigns or canvases; empty for those that no event names."""
    query = select(series.c.subject, series.c.shape).filter_by(workspace_id=workspace.id, kind=kind)
    kept = dict(connection.execute(query.where(series.c.subject.in_(subjects))).all())
    return {subject: decode_shape(kept.get(subject, b"")) for subject in subjects}


class _Times(NamedTuple):
    """Times of a subject in microseconds: its first and last event, its creation, its last change."""

    first: int
    last: int
    created_at: int
    last_edited: int


def _times(entry: Campaign | Canvas, row: Entry | None, shape: Shape) -> _Times:
    first = shape.first_event if shape.first_event is not None else (row.added_at if row else 0)
    last = shape.last_event if shape.last_event is not None else first
    created_at = micros_or(entry.created_at, first)
    # Nobody can have edited what only events name, so it counts as edited when it was created.
    return _Times(first, last, created_at, row.changed_at if row else created_at)


def list_campaigns(connection: Connection, workspace: Workspace, shapes: Mapping[str, Shape]) -> None:
    """Write the rows of some campaigns, from their catalogue entries and their shapes."""
    entries = read_entries(connection, workspace, CAMPAIGN, shapes)
    rows = [_campaign(campaign_id, entries.get(campaign_id), shape) for campaign_id, shape in shapes.items()]
    _write(connection, workspace, CAMPAIGN, rows)


def _campaign(campaign_id: str, row: Entry | None, shape: Shape) -> dict[str, Any]:
    entry = msgspec.json.decode(row.entry, type=Campaign) if row else Campaign()
    times = _times(entry, row, shape)
    name = entry.name or (shape.subject_name[2] if shape.subject_name else campaign_id)
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
        "enabled": entry.enabled,
        "has_post_launch_draft": False,
        "name": name,
        "description": entry.description,
        "schedule_type": entry.schedule_type,
        "channels": _channels(entry, shape),
        "first_sent": iso_of(micros_or(entry.first_sent, times.first)),
        "last_sent": iso_of(micros_or(entry.last_sent, times.last)),
        "tags": entry.tags,
        "teams": _NO_TEAMS,
        "messages": _messages(entry, shape),
        "conversion_behaviors": entry.conversion_behaviors,
    }
    return _row(item, details, times, archived=entry.archived)


def list_canvases(connection: Connection, workspace: Workspace, shapes: Mapping[str, Shape]) -> None:
    """Write the rows of some canvases, from their catalogue entries and their shapes."""
    entries = read_entries(connection, workspace, CANVAS, shapes)
    rows = [_canvas(canvas_id, entries.get(canvas_id), shape) for canvas_id, shape in shapes.items()]
    _write(connection, workspace, CANVAS, rows)


def _canvas(canvas_id: str, row: Entry | None, shape: Shape) -> dict[str, Any]:
    entry = msgspec.json.decode(row.entry, type=Canvas) if row else Canvas()
    times = _times(entry, row, shape)
    name = entry.name or (shape.subject_name[2] if shape.subject_name else canvas_id)
    item = {"id": canvas_id, "last_edited": iso_of(times.last_edited), "name": name, "tags": entry.tags}
    used = {element.place for element in shape.elements}
    details = {
        "created_at": iso_of(times.created_at),
        "updated_at": iso_of(times.last_edited),
        "name": name,
        "description": entry.description,
        "archived": entry.archived,
        "draft": entry.draft,
        "enabled": entry.enabled,
        "has_post_launch_draft": False,
        "schedule_type": entry.schedule_type,
        "first_entry": iso_of(micros_or(entry.first_entry, times.first)),
        "last_entry": iso_of(micros_or(entry.last_entry, times.last)),
        "channels": [channel.key for channel in CHANNELS if channel.key in used],
        "variants": _variants(entry, shape),
        "tags": entry.tags,
        "teams": _NO_TEAMS,
        "steps": _steps(entry, shape),
        "conversion_behaviors": entry.conversion_behaviors,
    }
    return _row(item, details, times, archived=entry.archived)


def _variants(entry: Canvas, shape: Shape) -> list[dict[str, Any]]:
    seen = [each.id for each in shape.elements if each.place == VARIANT and each.id]
    return [
        {
            "id": variant,
            "name": (variant in entry.variants and entry.variants[variant].name)
            or shape.name_of(name_key(VARIANT, variant)),
            "first_step_ids": [],
        }
        for variant in dict.fromkeys([*seen, *entry.variants])
    ]


def _steps(entry: Canvas, shape: Shape) -> list[dict[str, Any]]:
    """Steps that are not deleted."""
    seen = [each.id for each in shape.elements if each.place == STEP and each.id]
    return [
        _step(step, entry, shape)
        for step in dict.fromkeys([*seen, *entry.steps])
        if not (step in entry.steps and entry.steps[step].deleted)
    ]


def _step(step: str, entry: Canvas, shape: Shape) -> dict[str, Any]:
    """A step. Events do not say which steps follow it, nor what its messages are; clients need the fields."""
    used = {each.place for each in shape.elements if each.id == step}
    channels = [channel.key for channel in CHANNELS if channel.key in used]
    return {
        "id": step,
        "name": (step in entry.steps and entry.steps[step].name) or shape.name_of(name_key(STEP, step)),
        "type": "message" if channels else "",
        "next_step_ids": [],
        "next_paths": [],
        "channels": channels,
        "messages": {},
    }


def list_segments(connection: Connection, workspace: Workspace, segments: Iterable[str]) -> None:
    """Write the rows of those segments that the catalogue has."""
    entries = read_entries(connection, workspace, SEGMENT, segments)
    _write(connection, workspace, SEGMENT, [_segment(segment_id, row) for segment_id, row in entries.items()])


def _segment(segment_id: str, row: Entry) -> dict[str, Any]:
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
        "teams": _NO_TEAMS,
    }
    times = _Times(row.added_at, row.added_at, row.added_at, row.changed_at)
    return _row(item, details, times, archived=False)


def _row(item: Mapping[str, Any], details: Mapping[str, Any], times: _Times, *, archived: bool) -> dict[str, Any]:
    return {
        "id": item["id"],
        "name": item["name"],
        "created_at": times.created_at,
        "last_edited": times.last_edited,
        "archived": archived,
        "item": msgspec.json.encode(item),
        "details": msgspec.json.encode(details),
    }


def _write(connection: Connection, workspace: Workspace, kind: str, rows: Iterable[Mapping[str, Any]]) -> None:
    replace(connection, listed, ({"workspace_id": workspace.id, "kind": kind, **row} for row in rows))


def _channels(entry: Campaign, shape: Shape) -> list[str]:
    used = {element.place for element in shape.elements} | {each.channel for each in entry.variations.values()}
    return [channel.key for channel in CHANNELS if channel.key in used]


def _messages(entry: Campaign, shape: Shape) -> Mapping[str, Any]:
    """Message variations by id; events without a variation id have none to show."""
    messages: dict[str, Any] = {}
    # Control groups come last: a variation that was also sent shows the channel it was sent in.
    for element in sorted(shape.elements, key=lambda each: each.place == CONTROL):
        if element.id:
            message = {"channel": element.place, "name": shape.name_of(element.id)}
            messages.setdefault(element.id, message)
    for variation, added in entry.variations.items():
        message = messages.setdefault(variation, {"channel": None, "name": None})
        message.update({key: value for key, value in (("channel", added.channel), ("name", added.name)) if value})
    return messages
