"""Posted events: which can be used, and what of them is kept.

The rules are those of files (events/sql/normalise.sql); here they are applied while the client waits, so that the
answer can say which events are refused. What is kept of an event are the fields that some number needs, as one short
line of JSON that no reader can stumble over.
"""

import json
import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from quotidian.errors import BadRequest
from quotidian.events.staging import TIME_PATTERN
from quotidian.events.vocabulary import SCHEMAS, USERLESS_TYPES
from quotidian.inbox.store import Letter

PROPERTIES: Final = (
    "app_id",
    "campaign_id",
    "campaign_name",
    "message_variation_id",
    "message_variation_name",
    "send_id",
    "platform",
    "button_string",
    "button_id",
    "action",
    "message_body",
    "conversion_behavior_index",
    "price",
    "currency",
    "name",
    "product_id",
    "canvas_id",
    "canvas_name",
    "canvas_variation_id",
    "canvas_variation_name",
    "canvas_step_id",
    "canvas_step_name",
)
"""Properties that numbers are made from: those that events/sql/read_json.sql reads, but for the app_group_id."""

_USERLESS: Final = frozenset(USERLESS_TYPES)
_TIME: Final = re.compile(TIME_PATTERN, re.ASCII)
_TIME_END: Final = 1 << 32
_SHOWN_TYPE: Final = 200
_MOST_DIGITS: Final = 400
_SHOWN_RECORD: Final = 10_000


@dataclass
class Checked:
    """What a body of events comes to: lines to keep, events that cannot be used, and what the client is told."""

    lines: list[bytes] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)

    @property
    def events(self) -> bytes:
        """The lines in one piece."""
        return b"\n".join(self.lines)

    def refuse(self, origin: str, array: str, index: int, record: object, reason: str) -> None:
        """Refuse the event at an index of the client's array."""
        event = record if isinstance(record, dict) else {}
        text = msgspec.json.encode(record).decode()[:_SHOWN_RECORD]
        self.letters.append(
            Letter(origin, type_of(event) or "(none)", _text(event.get("id"))[:_SHOWN_TYPE], reason, text)
        )
        self.errors.append({"type": reason, "input_array": array, "index": index})


def check_events(events: Sequence[object], origin: str, foreign_groups: Collection[str]) -> Checked:
    """Sort events in the shape of Currents' HTTP connector into those that can be used and those that cannot.

    `foreign_groups` are the app_group_ids of other workspaces, whose events this client may not bring.
    """
    checked = Checked()
    for index, event in enumerate(events):
        kept = _kept(event, foreign_groups)
        if isinstance(kept, str):
            checked.refuse(origin, "events", index, event, kept)
        else:
            checked.lines.append(msgspec.json.encode(kept))
    return checked


def _kept(event: object, foreign_groups: Collection[str]) -> dict[str, Any] | str:  # noqa: PLR0911 - a rule a line
    """What is kept of an event, or why it cannot be used."""
    if not isinstance(event, dict):
        return "not a JSON object"
    event_type = type_of(event)
    if not event_type:
        return "no event type"
    if event_type not in SCHEMAS:
        # Counted and skipped by the engine.
        return {"event_type": event_type}
    event_id, time = _text(event.get("id")), time_of(event.get("time"))
    user, properties = _object(event.get("user")), _object(event.get("properties"))
    if not event_id:
        return "no id"
    if time is None:
        return "no usable time"
    users = {name: text for name in ("user_id", "external_user_id") if (text := _text(user.get(name)))}
    if not users and event_type not in _USERLESS:
        return "no user"
    if properties.get("app_group_id") in foreign_groups:
        return "app_group_id of another workspace"
    # A list or an object is no value that a number is made of, but it is not missing either.
    told = {
        name: value if isinstance(value, (str, int, float)) else False
        for name in PROPERTIES
        if (value := properties.get(name)) is not None
    }
    return {"event_type": event_type, "id": event_id, "time": time, "user": users, "properties": told}


def type_of(event: dict[str, Any]) -> str:
    """An event's type, '' if it has none."""
    return _text(event.get("event_type"))[:_SHOWN_TYPE]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def time_of(value: object) -> float | None:
    """UNIX seconds of what an event gives as its time, None if that is not usable (semantics.md §8)."""
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


def decode_body(body: bytes) -> dict[str, Any]:
    """The JSON object that a body is. Raises BadRequest if it is none."""
    try:
        decoded = _decode(body)
    except RecursionError as error:
        raise BadRequest("The body is JSON nested too deeply; events are flat but for their properties") from error
    except (ValueError, msgspec.DecodeError) as error:
        raise BadRequest(f"The body is not JSON: {error}") from error
    if not isinstance(decoded, dict):
        raise BadRequest("The body must be a JSON object")
    return decoded


def _decode(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Half a surrogate pair, as programs that cut strings make it, and numbers beyond all bounds are JSON that this
        # decoder refuses. One such value must not hold up its neighbours: it becomes a question mark, or null.
        decoded = json.loads(body.decode(), parse_constant=_refuse, parse_float=_finite, parse_int=_bounded)
        return msgspec.json.decode(json.dumps(decoded, ensure_ascii=False).encode(errors="replace"))


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


def _finite(digits: str) -> float | None:
    return value if math.isfinite(value := float(digits)) else None


def _bounded(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MOST_DIGITS else None
