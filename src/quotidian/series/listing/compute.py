"""The rows of the lists and details of campaigns, canvases and segments: catalogue and events (semantics.md §7)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

import msgspec
from sqlalchemy import Connection, select

from quotidian.catalogue.canvases import Canvas
from quotidian.catalogue.entries import Entry, read_entries
from quotidian.catalogue.file import Campaign
from quotidian.catalogue.times import micros_or
from quotidian.control.workspaces import Workspace
from quotidian.domain.channels import CHANNELS, CONTROL, STEP, VARIANT
from quotidian.domain.days import iso_of, whole_second
from quotidian.domain.kinds import CAMPAIGN, SEGMENT
from quotidian.domain.segments import Segment
from quotidian.series.listing.search import lines, sought
from quotidian.series.messages.shape import Shape, decode_shape, name_key
from quotidian.store.series import replace
from quotidian.store.tables import listed, series

_NO_TEAMS: Final[list[str]] = []  # of Braze's dashboard, of which nothing here knows


def kept_shapes(connection: Connection, workspace: Workspace, kind: str, subjects: Collection[str]) -> dict[str, Shape]:
    """The shapes that events have given some campaigns or canvases; empty for those that no event names."""
    query = select(series.c.subject, series.c.shape).filter_by(workspace_id=workspace.id, kind=kind)
    kept = dict(connection.execute(query.where(series.c.subject.in_(subjects))).all())
    return {subject: decode_shape(kept.get(subject, b"")) for subject in subjects}


E = TypeVar("E", Campaign, Canvas)


@dataclass(frozen=True)
class _Known(Generic[E]):
    """What catalogue and events say of a campaign or canvas; times in microseconds.

    `row` is the catalogue's, and `entry` what is in it: an empty one where there is none.
    """

    id: str
    row: Entry | None
    entry: E
    shape: Shape

    @property
    def name(self) -> str:
        """The catalogue's, else the newest of events, else the id."""
        return self.entry.name or (self.shape.subject_name[1] if self.shape.subject_name else self.id)

    @property
    def created_at(self) -> int:
        """The catalogue's, else the time of the first event, else when the entry was added."""
        added_at = self.row.added_at if self.row else 0
        return micros_or(self.entry.created_at, added_at if self.shape.first_event is None else self.shape.first_event)

    @property
    def last_edited(self) -> int:
        """When the entry changed; without one the time of the last event.

        A reader that asks for what was edited after its start must not lose a campaign that still runs.
        """
        return self.row.changed_at if self.row else self.shape.last_event or 0


@dataclass(frozen=True)
class _Kind(Generic[E]):
    """In what lists and details of campaigns differ from those of canvases."""

    entry: type[E]
    item: Callable[[E], dict[str, Any]]
    details: Callable[[E, Shape], dict[str, Any]]

    def rows(self, entries: Mapping[str, Entry], shapes: Mapping[str, Shape]) -> Iterator[dict[str, Any]]:
        """The rows of the subjects that have these shapes."""
        for subject, shape in shapes.items():
            row = entries.get(subject)
            entry = msgspec.json.decode(row.entry, type=self.entry) if row else self.entry()
            yield self._row(_Known(subject, row, entry, shape))

    def _row(self, known: _Known[E]) -> dict[str, Any]:
        item = {
            "id": known.id,
            "last_edited": iso_of(known.last_edited),
            "name": known.name,
            "tags": known.entry.tags,
            **self.item(known.entry),
        }
        details = {
            "created_at": iso_of(known.created_at),
            "updated_at": iso_of(known.last_edited),
            "archived": known.entry.archived,
            "draft": known.entry.draft,
            "enabled": known.entry.enabled,
            "has_post_launch_draft": False,
            "name": known.name,
            "description": known.entry.description,
            "schedule_type": known.entry.schedule_type,
            "tags": known.entry.tags,
            "teams": _NO_TEAMS,
            "conversion_behaviors": known.entry.conversion_behaviors,
            **self.details(known.entry, known.shape),
        }
        return _row(item, details, known.created_at, known.last_edited, archived=known.entry.archived)


def list_subjects(connection: Connection, workspace: Workspace, kind: str, shapes: Mapping[str, Shape]) -> None:
    """Write the rows of some campaigns or canvases, from their catalogue entries and their shapes."""
    entries = read_entries(connection, workspace, kind, shapes)
    rows = _CAMPAIGNS.rows(entries, shapes) if kind == CAMPAIGN else _CANVASES.rows(entries, shapes)
    _write(connection, workspace, kind, rows)


def _campaign_item(entry: Campaign) -> dict[str, Any]:
    return {"is_api_campaign": entry.is_api_campaign}


def _campaign_details(entry: Campaign, shape: Shape) -> dict[str, Any]:
    return {
        "channels": _channels(entry, shape),
        "first_sent": _time(entry.first_sent, shape.first_event),
        "last_sent": _time(entry.last_sent, shape.last_event),
        "messages": _messages(entry, shape),
    }


def _canvas_item(_: Canvas) -> dict[str, Any]:
    return {}


def _canvas_details(entry: Canvas, shape: Shape) -> dict[str, Any]:
    used = {element.place for element in shape.elements}
    return {
        "first_entry": _time(entry.first_entry, shape.first_entry),
        "last_entry": _time(entry.last_entry, shape.last_entry),
        "channels": [channel.key for channel in CHANNELS if channel.key in used],
        "variants": _variants(entry, shape),
        "steps": _steps(entry, shape),
    }


def _time(given: datetime | None, seen: int | None) -> str | None:
    """The catalogue's time, else that of an event in microseconds, if there was one."""
    micros = micros_or(given, seen)
    return None if micros is None else iso_of(micros)


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
    return _row(item, details, row.added_at, row.changed_at, archived=False)


def _row(
    item: Mapping[str, Any], details: Mapping[str, Any], created_at: int, last_edited: int, *, archived: bool
) -> dict[str, Any]:
    # Lists are ordered by, and compared with, times as they are shown: without fractions of a second.
    return {
        "id": item["id"],
        "name": item["name"],
        "created_at": whole_second(created_at),
        "last_edited": whole_second(last_edited),
        "archived": archived,
        "sought": sought(item["name"], item["id"]),
        "tags": lines(item["tags"]),
        "channels": lines(details.get("channels", ())),
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


_CAMPAIGNS = _Kind(Campaign, _campaign_item, _campaign_details)
_CANVASES = _Kind(Canvas, _canvas_item, _canvas_details)
