"""`/users/track`: a client's own events and purchases, in the shape that Braze's clients send, as Currents events.

Each gets an id made of what it says, so that the same said again counts once.
"""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

from quotidian.channels import PURCHASE
from quotidian.errors import BadRequest
from quotidian.inbox.checking import Checked, time_of

CUSTOM_EVENT: Final = "users.behaviors.CustomEvent"
MOST_OBJECTS: Final = 75
_MOST_QUANTITY: Final = 100
_MICROS: Final = 1_000_000
_ORIGIN: Final = "POST /users/track"

Json = dict[str, Any]
_EventsOf = Callable[[Json, int], list[Json]]


class _Unusable(Exception):  # noqa: N818 - it is the object's fault, and told to the client
    """The reason why an object cannot be used."""


class Tracker:
    """Takes in one request: `checked` has what is kept and refused, `processed` how many objects of each array."""

    def __init__(self, received_at: int, idempotency_key: str) -> None:
        self.checked = Checked()
        self.processed: dict[str, int] = {}
        self._received_at = received_at
        self._key = idempotency_key

    def take(self, body: Mapping[str, Any]) -> None:
        """Turn a body's objects into events.

        Raises BadRequest for a body that is not of the shape, or has more than MOST_OBJECTS of a kind.
        """
        # Attributes describe users: no number here needs them.
        kinds: dict[str, _EventsOf] = {
            "attributes": lambda *_: [],
            "events": self._event,
            "purchases": self._purchases,
        }
        arrays = {name: _array(body, name) for name in kinds}
        if not any(arrays.values()):
            raise BadRequest(f"The body needs attributes, events or purchases: up to {MOST_OBJECTS} objects of each")
        for name, events_of in kinds.items():
            self.processed[name] = self._take_all(name, arrays[name], events_of)

    def _take_all(self, array: str, objects: Sequence[object], events_of: _EventsOf) -> int:
        taken = 0
        for index, each in enumerate(objects):
            try:
                if not isinstance(each, dict):
                    raise _Unusable("not a JSON object")
                self.checked.lines += map(msgspec.json.encode, events_of(each, index))
                taken += 1
            except _Unusable as error:
                self.checked.refuse(_ORIGIN, array, index, each, str(error))
        return taken

    def _event(self, each: Json, index: int) -> list[Json]:
        name = _text(each, "name")
        return [self._made(CUSTOM_EVENT, each, (name, index), {"name": name})]

    def _purchases(self, each: Json, index: int) -> list[Json]:
        """As many events as the quantity, which is how Braze counts them."""
        product, price, quantity = _text(each, "product_id"), each.get("price"), each.get("quantity", 1)
        if not isinstance(price, (int, float)) or isinstance(price, bool):
            raise _Unusable("price must be a number")
        if not isinstance(quantity, int) or isinstance(quantity, bool) or not 1 <= quantity <= _MOST_QUANTITY:
            raise _Unusable(f"quantity must be a whole number from 1 to {_MOST_QUANTITY}")
        said = {"product_id": product, "price": price, "currency": _text(each, "currency")}
        return [self._made(PURCHASE, each, (product, index), said, copy) for copy in range(quantity)]

    def _made(self, event_type: str, each: Json, named: tuple[str, int], said: Json, copy: int = 0) -> Json:
        name, index = named
        user = _user(each)
        time = self._time(each)
        # Without a time of its own an object is known by its place in the request.
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

    def _time(self, each: Json) -> float:
        if "time" not in each and self._key:
            return self._received_at / _MICROS
        time = time_of(each.get("time"))
        if time is None:
            raise _Unusable("time must be ISO 8601, such as 2026-03-29T12:00:00Z; without one, send an Idempotency-Key")
        return time


def _array(body: Mapping[str, Any], name: str) -> Sequence[object]:
    found = body.get(name)
    if found is None:
        return ()
    if not isinstance(found, list):
        raise BadRequest(f"{name} must be a list of objects")
    if len(found) > MOST_OBJECTS:
        raise BadRequest(f"{name} has {len(found)} objects; at most {MOST_OBJECTS} are accepted in a request")
    return found


def _text(each: Json, name: str) -> str:
    if not isinstance(text := each.get(name), str) or not text:
        raise _Unusable(f"{name} is missing, or no text")
    return text


def _user(each: Json) -> Json:
    """Who it was, by the first identifier that is given; a user known by several is not joined."""
    for name, known_as in (("external_id", "external_user_id"), ("braze_id", "user_id")):
        if isinstance(given := each.get(name), str) and given:
            return {known_as: given}
    alias = each.get("user_alias")
    if isinstance(alias, dict) and alias.get("alias_name") and alias.get("alias_label"):
        return {"user_id": f"alias {alias['alias_label']}: {alias['alias_name']}"}
    for name in ("email", "phone"):
        if isinstance(given := each.get(name), str) and given:
            return {"user_id": f"{name} {given}"}
    raise _Unusable("external_id is missing (or braze_id, user_alias, email, phone)")
