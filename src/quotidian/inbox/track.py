"""`/users/track`: a client's own events and purchases, in the shape that Braze's clients send, as Currents events.

Each gets an id made of its content, so that the same content sent again counts once.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Raw

from quotidian.domain.channels import PURCHASE
from quotidian.domain.errors import BadRequest
from quotidian.domain.nearest import nearest
from quotidian.inbox.checked import Checked, text_of
from quotidian.inbox.decoding import ABSENT, MOST_EVENT_BYTES, decode_event, decode_list
from quotidian.inbox.times import begin_of_future, time_of, unusable_time
from quotidian.inbox.unusable import Unusable
from quotidian.ingest.expected import shown

CUSTOM_EVENT: Final = "users.behaviors.CustomEvent"
MOST_OBJECTS: Final = 75
_MOST_QUANTITY: Final = 100
_MICROS: Final = 1_000_000
_PRICE_END: Final = 10**12  # beyond it the event store has no price
_ORIGIN: Final = "POST /users/track"

_OF_ALL: Final = frozenset(
    ("external_id", "user_alias", "braze_id", "email", "phone", "app_id", "time", "properties", "_update_existing_only")
)
_FIELDS: Final = {
    "events": _OF_ALL | {"name"},
    "purchases": _OF_ALL | {"product_id", "currency", "price", "quantity"},
}
"""The fields that Braze knows, by array. Those of attributes are free, and so are the properties."""

Json = dict[str, Any]
_EventsOf = Callable[[Json, int], Iterator[Json]]


class TrackBody(msgspec.Struct):
    """The arrays of a body; no other field is read."""

    attributes: Raw = ABSENT
    events: Raw = ABSENT
    purchases: Raw = ABSENT


class Tracker:
    """Checks one request: `checked` has its events and dead letters, `processed` counts the used objects by array."""

    def __init__(
        self, received_at: int, idempotency_key: str, first_received: Callable[[int], int], *, is_strict: bool = False
    ) -> None:
        """`first_received` tells when the first request with the key came, given when this one did."""
        self.checked = Checked(_ORIGIN)
        self.processed: dict[str, int] = {}
        self._received_at = received_at
        self._key = idempotency_key
        self._first_received = first_received
        self._is_strict = is_strict
        self._future = begin_of_future()

    def take(self, body: TrackBody) -> None:
        """Turn a body's objects into events.

        Raises BadRequest for a body that is not of the shape, or has more than MOST_OBJECTS of a kind.
        """
        # Attributes describe users: no number here needs them.
        kinds: dict[str, tuple[Raw, _EventsOf]] = {
            "attributes": (body.attributes, lambda *_: iter(())),
            "events": (body.events, self._event),
            "purchases": (body.purchases, self._purchases),
        }
        arrays = {name: _array(raw, name) for name, (raw, _) in kinds.items()}
        if not any(arrays.values()):
            raise BadRequest(f"The body needs attributes, events or purchases: up to {MOST_OBJECTS} objects of each")
        for name, (_, events_of) in kinds.items():
            self.processed[name] = self._take_all(name, arrays[name], events_of)

    def _take_all(self, array: str, objects: Sequence[Raw], events_of: _EventsOf) -> int:
        taken = 0
        for index, raw in enumerate(objects):
            each = None
            try:
                each = decode_event(raw)
                if not isinstance(each, dict):
                    raise Unusable("not a JSON object")
                self._look_for_unknown(array, each)
                self.checked.lines += _lines(events_of(each, index))
                taken += 1
            except Unusable as error:
                self.checked.refuse(array, index, raw, each, error)
        return taken

    def _look_for_unknown(self, array: str, each: Json) -> None:
        """Note the fields of an object that Braze does not have. Raises Unusable for them if that is wanted."""
        known = _FIELDS.get(array)
        if known is None or each.keys() <= known:
            return
        paths = [f"{array}[].{shown(name)}" for name in each if name not in known]
        fault = self.checked.unknown.add_fields(paths, partial(_nearest_field, array))
        if self._is_strict:
            raise Unusable(fault, "unknown fields")

    def _event(self, each: Json, index: int) -> Iterator[Json]:
        name = _text(each, "name")
        yield self._made(CUSTOM_EVENT, each, (name, index), {"name": name})

    def _purchases(self, each: Json, index: int) -> Iterator[Json]:
        """As many events as the quantity, which is how Braze counts them."""
        product, price, quantity = _text(each, "product_id"), each.get("price"), each.get("quantity", 1)
        if not isinstance(price, (int, float)) or isinstance(price, bool):
            raise Unusable("price must be a number")
        if not abs(price) < _PRICE_END:
            raise Unusable(f"price must be less than {_PRICE_END}")
        if not isinstance(quantity, int) or isinstance(quantity, bool) or not 1 <= quantity <= _MOST_QUANTITY:
            raise Unusable(f"quantity must be a whole number from 1 to {_MOST_QUANTITY}")
        said = {"product_id": product, "price": price, "currency": _text(each, "currency")}
        for copy in range(quantity):
            yield self._made(PURCHASE, each, (product, index), said, copy)

    def _made(self, event_type: str, each: Json, named: tuple[str, int], said: Json, copy: int = 0) -> Json:
        name, index = named
        user = _user(each)
        time = self._time(each)
        # An object without a time is identified by its place in the request.
        identity = [event_type, user, name, round(time * _MICROS) if "time" in each else [self._key, index], copy]
        if isinstance(app_id := each.get("app_id"), str):
            said = {**said, "app_id": app_id}
        return {
            "event_type": event_type,
            "id": str(UUID(bytes=sha256(msgspec.json.encode(identity)).digest()[:16])),
            "time": time,
            "user": user,
            "properties": said,
        }

    @cached_property
    def _happened_at(self) -> int:
        """When objects without a time happened: the same each time that the request is sent."""
        return self._first_received(self._received_at)

    def _time(self, each: Json) -> float:
        if "time" not in each and self._key:
            return self._happened_at / _MICROS
        time = time_of(each.get("time"))
        if time is None and (fault := unusable_time(each.get("time"))):
            raise fault
        if time is None:
            raise Unusable("time must be ISO 8601, such as 2026-03-29T12:00:00Z; without one, send an Idempotency-Key")
        self.checked.in_the_future += time > self._future
        return time


def _nearest_field(array: str, path: str) -> str:
    found = nearest(path.removeprefix(f"{array}[]."), _FIELDS[array])
    return f"{array}[].{found}" if found else ""


def _array(raw: Raw, name: str) -> Sequence[Raw]:
    if bytes(memoryview(raw)[:4]) == b"null":
        return ()
    found = decode_list(raw)
    if found is None:
        raise BadRequest(f"{name} must be a list of objects")
    if len(found) > MOST_OBJECTS:
        raise BadRequest(f"{name} has {len(found)} objects; at most {MOST_OBJECTS} are accepted in a request")
    return found


def _lines(events: Iterator[Json]) -> list[bytes]:
    """An object's events as lines; with a large quantity they may be far larger than the object."""
    lines: list[bytes] = []
    size = 0
    for event in events:
        lines.append(line := msgspec.json.encode(event))
        size += len(line)
        if size > MOST_EVENT_BYTES:
            raise Unusable(f"its events are larger than {MOST_EVENT_BYTES} bytes")
    return lines


def _text(each: Json, name: str) -> str:
    if not isinstance(text := each.get(name), str) or not text:
        raise Unusable(f"{name} is missing, or no text")
    return text


def _user(each: Json) -> Json:
    """The user, by the first identifier that is given. Users with several identifiers are not joined."""
    for name, known_as in (("external_id", "external_user_id"), ("braze_id", "user_id")):
        if isinstance(given := each.get(name), str) and given:
            return {known_as: given}
    alias = each.get("user_alias")
    if isinstance(alias, dict):
        name, label = text_of(alias.get("alias_name")), text_of(alias.get("alias_label"))
        if name and label:
            return {"user_id": f"alias {label}: {name}"}
    for name in ("email", "phone"):
        if isinstance(given := each.get(name), str) and given:
            return {"user_id": f"{name} {given}"}
    raise Unusable("external_id is missing (or braze_id, user_alias, email, phone)")
