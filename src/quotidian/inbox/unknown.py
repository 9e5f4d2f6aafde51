"""The event types and fields of a body that are not known: counted by name, and told to the client.

Their names are the client's: of each kind a bounded number is listed, and only for those the nearest known name is
looked for, which may take milliseconds.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from quotidian.control.unknown import OTHERS, Kind, Unknown
from quotidian.domain.vocabulary import nearest_type
from quotidian.ingest.expected import belongs_in, shown

MOST_LISTED: Final = 50
"""Unknown types, and unknown fields, that are listed of a body."""

_MOST_IN_A_REASON: Final = 3


class _Names:
    """Unknown names of one kind: the known name that is near each, how many events had it; `others` are not listed."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.nearest: dict[str, str] = {}
        self.events: dict[str, int] = {}
        self.others = 0

    def add(self, name: str, nearest_to: Callable[[str], str]) -> None:
        """Count an event with this name."""
        if name not in self.events:
            if len(self.events) >= MOST_LISTED:
                self.others += 1
                return
            self.nearest[name] = nearest_to(name)
        self.events[name] = self.events.get(name, 0) + 1

    @property
    def found(self) -> list[Unknown]:
        """The names, and one that stands for the others."""
        listed = [Unknown(self._kind, name, self.nearest[name], events) for name, events in self.events.items()]
        return [*listed, Unknown(self._kind, OTHERS, "", self.others)] if self.others else listed


class UnknownNames:
    """What of a body is not known."""

    def __init__(self) -> None:
        self._types = _Names("type")
        self._fields = _Names("field")

    def add_type(self, event_type: str) -> str:
        """Count an event of an unknown type; returns what is wrong with it."""
        name = shown(event_type)
        self._types.add(name, nearest_type)
        return f"unknown event type {name}{_hint(self._types.nearest.get(name, ''))}"

    def add_fields(self, paths: Sequence[str], nearest_to: Callable[[str], str]) -> str:
        """Count the unknown fields of an event; returns what is wrong with it, of the first few."""
        for path in paths:
            self._fields.add(path, nearest_to)
        told = [self._said(path) for path in paths[:_MOST_IN_A_REASON]]
        more = len(paths) - len(told)
        return "; ".join(told) + (f"; and {more} more" if more else "")

    def _said(self, path: str) -> str:
        nearest = self._fields.nearest.get(path, "")
        place = belongs_in(path, nearest)
        return f"unknown field {path}" + (f": it belongs in {place}" if place else _hint(nearest))

    @property
    def found(self) -> list[Unknown]:
        """All that is not known, for the series store."""
        return [*self._types.found, *self._fields.found]

    def answer(self) -> dict[str, Any]:
        """What the client is told: nothing if all is known."""
        told: dict[str, Any] = {}
        if number := sum(each.events for each in self._types.found):
            told["of_unknown_type"] = number
        for key, names in (("unknown_types", self._types), ("unknown_fields", self._fields)):
            if names.events:
                told[key] = [_listed(each) for each in names.found if each.name != OTHERS]
            if names.others:
                told[f"{key}_not_listed"] = names.others
        return told


def _listed(unknown: Unknown) -> dict[str, Any]:
    told: dict[str, Any] = {"name": unknown.name, "events": unknown.events}
    if unknown.nearest:
        told["nearest"] = unknown.nearest
    if unknown.kind == "field" and (place := belongs_in(unknown.name, unknown.nearest)):
        told["belongs_in"] = place
    return told


def _hint(nearest: str) -> str:
    return f": the nearest known is {nearest}" if nearest else ""
