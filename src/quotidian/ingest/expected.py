"""Which fields an event in JSON may have, and where; of one that it may not have, what was probably meant.

Known are all fields that Currents gives a type, whether Quotidian reads them or not, and those that Quotidian reads of
any type. The properties of a custom event or a purchase are free: nothing there is unknown.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Final

from quotidian.domain.nearest import MOST_LETTERS, nearest
from quotidian.domain.vocabulary import SCHEMAS
from quotidian.ingest.columns import EVENT_TYPE, EVENTS, FIELDS, Place, names_in

USER: Final = "user"
PROPERTIES: Final = "properties"

_OF_EVENT: Final = frozenset((EVENT_TYPE, *names_in(Place.EVENT), USER, PROPERTIES))
_OF_USER: Final = frozenset((*names_in(Place.USER), "device_id", "timezone"))
_NOT_PROPERTIES: Final = frozenset((*names_in(Place.EVENT), *names_in(Place.USER)))

_BY_TYPE: Final = frozenset(name for column in EVENTS if "type" in column.made_of for name in column.made_of)
_OF_ANY_TYPE: Final = frozenset(
    field.name for field in FIELDS if field.place is Place.PROPERTIES and field.column not in _BY_TYPE
)

_OF_PROPERTIES: Final[Mapping[str, frozenset[str] | None]] = {
    event_type: None if PROPERTIES in fields else frozenset(fields.keys() - _NOT_PROPERTIES | _OF_ANY_TYPE)
    for event_type, fields in SCHEMAS.items()
}
"""The properties that a type may have; None if they are free."""


def unknown_fields(event: Mapping[str, Any], event_type: str) -> list[str]:
    """The fields of an event of a known type that it may not have, each by its path (`properties.campain_id`)."""
    user, properties, known = event.get(USER), event.get(PROPERTIES), _OF_PROPERTIES[event_type]
    found: list[str] = []
    if not _OF_EVENT.issuperset(event):
        found += (_path("", name) for name in event if name not in _OF_EVENT)
    if isinstance(user, dict) and not _OF_USER.issuperset(user):
        found += (_path(USER, name) for name in user if name not in _OF_USER)
    if known is not None and isinstance(properties, dict) and not known.issuperset(properties):
        found += (_path(PROPERTIES, name) for name in properties if name not in known)
    return found


def _path(place: str, name: str) -> str:
    return f"{place}.{shown(name)}" if place else shown(name)


def shown(name: str) -> str:
    """The beginning of a client's name, as it is told and kept."""
    # Half a surrogate pair cannot be written.
    return name[:MOST_LETTERS].encode(errors="replace").decode() or '""'


@lru_cache(maxsize=1_000)
def nearest_field(path: str, event_type: str) -> str:
    """The path of the field of a type that an unknown one is probably meant to be; '' if none is near."""
    paths = _paths(event_type)
    name = path.rpartition(".")[2]
    return paths.get(name) or paths.get(nearest(name, paths), "")


def belongs_in(path: str, meant: str) -> str:
    """Where a field belongs that has the right name in the wrong place, else ''; `meant` is of `nearest_field`."""
    place, _, name = meant.rpartition(".")
    if not meant or name != path.rpartition(".")[2]:
        return ""
    return place or "the event itself"


@cache
def _paths(event_type: str) -> dict[str, str]:
    """The paths of all fields that a type may have, by name."""
    properties = {*SCHEMAS[event_type], *_OF_ANY_TYPE} - _NOT_PROPERTIES
    found = {name: f"{PROPERTIES}.{name}" for name in sorted(properties)}
    return {
        **found,
        **{name: f"{USER}.{name}" for name in sorted(_OF_USER)},
        **{name: name for name in sorted(_OF_EVENT)},
    }
