"""Posted events: which can be used, and which of their fields are stored.

The rules are those of files (ingest/sql/normalise.sql). Here they are applied while the client waits, so that the
answer can say which events are refused. The fields that some number needs are stored, as one short line of JSON that
every reader can read.
"""

import math
import re
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from quotidian.domain.vocabulary import SCHEMAS, USERLESS_TYPES
from quotidian.inbox.checked import Checked, Unusable, text_of, type_of
from quotidian.inbox.decoding import decode_event
from quotidian.ingest.columns import APP_GROUP, Place, names_in
from quotidian.ingest.staging import TIME_PATTERN

PROPERTIES: Final = tuple(name for name in names_in(Place.PROPERTIES) if name != APP_GROUP)
"""Properties that are kept of an event: those that files are read for, but for the app_group_id, which is checked."""

_USER_IDS: Final = names_in(Place.USER)
_USERLESS: Final = frozenset(USERLESS_TYPES)
_TIME: Final = re.compile(TIME_PATTERN, re.ASCII)
_TIME_END: Final = 1 << 32
_LEAST_INTEGER: Final = -(1 << 63)
_INTEGER_END: Final = 1 << 64

_encode: Final = msgspec.json.Encoder().encode


def check_events(events: Iterable[msgspec.Raw], origin: str, foreign_groups: Collection[str]) -> Checked:
    """Sort events in the shape of Currents' HTTP connector into those that can be used and those that cannot.

    `foreign_groups` are the app_group_ids of other workspaces, whose events this client may not bring.
    """
    checked = Checked(origin)
    for index, raw in enumerate(events):
        event = None
        try:
            event = decode_event(raw)
            checked.lines.append(_encode(_kept(event, foreign_groups)))
        except Unusable as error:
            checked.refuse("events", index, raw, event, str(error))
    return checked


def _kept(event: object, foreign_groups: Collection[str]) -> dict[str, Any]:
    """What is stored of an event. Raises Unusable if it cannot be used."""
    if not isinstance(event, dict):
        raise Unusable("not a JSON object")
    event_type = type_of(event)
    if not event_type:
        raise Unusable("no event type")
    if event_type not in SCHEMAS:
        # Counted and skipped by the engine.
        return {"event_type": event_type}
    event_id, time = text_of(event.get("id")), time_of(event.get("time"))
    user, properties = _object(event.get("user")), _object(event.get("properties"))
    if not event_id:
        raise Unusable("no id")
    if time is None:
        raise Unusable("no usable time")
    users = {name: text for name in _USER_IDS if (text := text_of(user.get(name)))}
    if not users and event_type not in _USERLESS:
        raise Unusable("no user")
    if text_of(properties.get(APP_GROUP)) in foreign_groups:
        raise Unusable("app_group_id of another workspace")
    told = {name: _plain(value) for name in PROPERTIES if (value := properties.get(name)) is not None}
    return {"event_type": event_type, "id": event_id, "time": time, "user": users, "properties": told}


def _plain(value: object) -> str | int | float:
    """A value as ClickHouse reads it. Others become false, which is no usable value, but is not missing either."""
    # ClickHouse reads an integer of more than 64 bits as text, which might then pass for an id.
    if isinstance(value, int):
        return value if _LEAST_INTEGER <= value < _INTEGER_END else False
    return value if isinstance(value, (str, float)) else False


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def time_of(value: object) -> float | None:
    """An event's time in UNIX seconds, None if it is not usable (semantics.md §8)."""
    if isinstance(value, str):
        return _time_in(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if 0 <= value < _TIME_END and math.isfinite(value) else None


def _time_in(text: str) -> float | None:
    if not _TIME.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < _TIME_END else None
