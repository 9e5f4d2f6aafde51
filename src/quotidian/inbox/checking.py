"""Posted events: which can be used, and which of their fields are stored.

The rules are those of files (ingest/sql/normalise.sql). Here they are applied while the client waits, so that the
answer can say which events are refused. The fields that some number needs are stored, as one short line of JSON that
every reader can read.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import msgspec

from quotidian.domain.channels import CUSTOM_EVENT, PURCHASE
from quotidian.domain.vocabulary import SCHEMAS, USERLESS_TYPES
from quotidian.inbox.checked import Checked, text_of, type_of
from quotidian.inbox.decoding import decode_event
from quotidian.inbox.times import begin_of_future, time_of, unusable_time
from quotidian.inbox.unknown import UnknownNames
from quotidian.inbox.unusable import Unusable
from quotidian.ingest.columns import APP_GROUP, Place, names_in
from quotidian.ingest.expected import nearest_field, unknown_fields

PROPERTIES: Final = tuple(name for name in names_in(Place.PROPERTIES) if name != APP_GROUP)
"""Properties that are kept of an event: those that files are read for, but for the app_group_id, which is checked."""

_READ: Final = frozenset(PROPERTIES)
_USER_IDS: Final = names_in(Place.USER)
_USERLESS: Final = frozenset(USERLESS_TYPES)
_LEAST_INTEGER: Final = -(1 << 63)
_INTEGER_END: Final = 1 << 64

MOST_ID_BYTES: Final = 1_200
"""Longest id or name that series are kept by: two of them fit in an index of PostgreSQL."""

_IDS: Final = ("campaign_id", "canvas_id", "send_id", "app_id")
_NAMES: Final = {CUSTOM_EVENT: ("name",), PURCHASE: ("product_id",)}

_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Rules:
    """What is refused beyond what cannot be used: events of workspaces whose app_group_id is in `foreign_groups`, and,
    if `is_strict`, those of unknown types or with unknown fields."""

    foreign_groups: Collection[str] = ()
    is_strict: bool = False


def check_events(events: Iterable[msgspec.Raw], origin: str, rules: Rules) -> Checked:
    """Sort events in the shape of Currents' HTTP connector into those that can be used and those that cannot."""
    checked = Checked(origin)
    future = begin_of_future()
    for index, raw in enumerate(events):
        event = None
        try:
            event = decode_event(raw)
            kept = _kept(event, rules, checked.unknown)
            checked.lines.append(_encode(kept))
            # What is only counted has no time.
            checked.in_the_future += kept.get("time", 0) > future
        except Unusable as error:
            checked.refuse("events", index, raw, event, error)
    return checked


def _kept(event: object, rules: Rules, unknown: UnknownNames) -> dict[str, Any]:
    """What is stored of an event; names that are not known are noted. Raises Unusable if it cannot be used."""
    if not isinstance(event, dict):
        raise Unusable("not a JSON object")
    event_type = type_of(event)
    if not event_type:
        raise Unusable("no event type")
    if event_type not in SCHEMAS:
        fault = unknown.add_type(event_type)
        if rules.is_strict:
            raise Unusable(fault, "unknown event type")
        # Counted and skipped by the engine.
        return {"event_type": event_type}
    if paths := unknown_fields(event, event_type):
        fault = unknown.add_fields(paths, partial(nearest_field, event_type=event_type))
        if rules.is_strict:
            raise Unusable(fault, "unknown fields")
    event_id, time = text_of(event.get("id")), time_of(event.get("time"))
    user, properties = _object(event.get("user")), _object(event.get("properties"))
    if not event_id:
        raise Unusable("no id")
    if time is None:
        raise unusable_time(event.get("time")) or Unusable("no usable time")
    users = {name: text for name in _USER_IDS if (text := text_of(user.get(name)))}
    if not users and event_type not in _USERLESS:
        raise Unusable("no user")
    if any(len(text_of(properties.get(name)).encode()) > MOST_ID_BYTES for name in _names_of(event_type)):
        raise Unusable(f"id or name of more than {MOST_ID_BYTES} bytes")
    if text_of(properties.get(APP_GROUP)) in rules.foreign_groups:
        raise Unusable("app_group_id of another workspace")
    told = {name: _plain(value) for name, value in properties.items() if value is not None and name in _READ}
    return {"event_type": event_type, "id": event_id, "time": time, "user": users, "properties": told}


def _names_of(event_type: str) -> Collection[str]:
    """The properties by which series of a type's events are kept."""
    return (*_IDS, *_NAMES.get(event_type, ()))


def _plain(value: object) -> str | int | float:
    """A value as ClickHouse reads it. Others become false, which is no usable value, but is not missing either."""
    # ClickHouse reads an integer of more than 64 bits as text, which might then pass for an id.
    if isinstance(value, int):
        return value if _LEAST_INTEGER <= value < _INTEGER_END else False
    return value if isinstance(value, (str, float)) else False


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
