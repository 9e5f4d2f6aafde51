"""The columns of the events table, and the fields of a record that they are made of.

The structures that ClickHouse reads files by, and the properties that the inbox keeps, are made from them. The SQL
files name each column themselves, so that they can be read; tests/test_columns.py compares them with these tables.
A new column is a row in `EVENTS`, one in `FIELDS` if it needs a new field, and what that test then asks for.
"""

from enum import Enum
from typing import Final, NamedTuple


class Place(Enum):
    """Where a field is in an event that is JSON. In Avro all are side by side."""

    EVENT = "the event itself"
    USER = "user"
    PROPERTIES = "properties"


class Kind(Enum):
    """What a field holds."""

    TEXT = "text"
    WHOLE = "a whole number"
    SECONDS = "UNIX seconds"
    MONEY = "a decimal"


class Column(NamedTuple):
    """A column of a table, with the columns of `raw` that it is made of. If it is not stored, it is an ALIAS."""

    name: str
    type: str
    made_of: tuple[str, ...] = ()
    stored: bool = True


class Field(NamedTuple):
    """A field of a record by Currents' name; the column of `raw` that has it, and that column's type."""

    name: str
    place: Place
    column: str
    type: str
    kind: Kind = Kind.TEXT


_NAME: Final = "LowCardinality(String)"
_TEXT: Final = "Nullable(String)"
_FEW: Final = "LowCardinality(Nullable(String))"
_MICROS: Final = "Nullable(Int64)"

_AVRO_TYPES: Final = {
    Kind.TEXT: "Nullable(String)",
    Kind.WHOLE: "Nullable(Int64)",
    Kind.SECONDS: "Nullable(Float64)",
    Kind.MONEY: "Nullable(Float64)",
}
"""The type that a field of an Avro file is read as."""

EVENT_TYPE: Final = "event_type"
"""What JSON calls an event's type; an Avro file's schema has it."""

APP_GROUP: Final = "app_group_id"

FIELDS: Final = (
    Field("id", Place.EVENT, "id", _TEXT),
    Field("time", Place.EVENT, "time", _MICROS, Kind.SECONDS),
    Field("user_id", Place.USER, "user_id", _TEXT),
    Field("external_user_id", Place.USER, "external_user_id", _TEXT),
    Field(APP_GROUP, Place.PROPERTIES, "app_group_id", _FEW),
    Field("app_id", Place.PROPERTIES, "app_id", _FEW),
    Field("campaign_id", Place.PROPERTIES, "campaign_id", _FEW),
    Field("campaign_name", Place.PROPERTIES, "campaign_name", _FEW),
    Field("message_variation_id", Place.PROPERTIES, "variation_id", _FEW),
    Field("message_variation_name", Place.PROPERTIES, "variation_name", _FEW),
    Field("send_id", Place.PROPERTIES, "send_id", _FEW),
    Field("platform", Place.PROPERTIES, "platform", _FEW),
    Field("button_string", Place.PROPERTIES, "button_string", _FEW),
    Field("button_id", Place.PROPERTIES, "button_id", _FEW),
    Field("action", Place.PROPERTIES, "action", _FEW),
    Field("message_body", Place.PROPERTIES, "message_body", _TEXT),
    Field("conversion_behavior_index", Place.PROPERTIES, "conversion_index", "Nullable(Int64)", Kind.WHOLE),
    Field("price", Place.PROPERTIES, "price", "Nullable(Decimal(38, 12))", Kind.MONEY),
    Field("currency", Place.PROPERTIES, "currency", _FEW),
    Field("name", Place.PROPERTIES, "event_name", _FEW),
    Field("product_id", Place.PROPERTIES, "product_id", _FEW),
    Field("canvas_id", Place.PROPERTIES, "canvas_id", _FEW),
    Field("canvas_name", Place.PROPERTIES, "canvas_name", _FEW),
    Field("canvas_variation_id", Place.PROPERTIES, "canvas_variation_id", _FEW),
    Field("canvas_variation_name", Place.PROPERTIES, "canvas_variation_name", _FEW),
    Field("canvas_step_id", Place.PROPERTIES, "step_id", _FEW),
    Field("canvas_step_name", Place.PROPERTIES, "step_name", _FEW),
)
"""Fields that some number is made from, in the order of `raw`."""

RAW: Final = (
    Column("file", _NAME),
    Column("target", _NAME),
    Column("type", _NAME),
    Column("trouble", _NAME),
    Column("late_time", _NAME),
    *(Column(field.column, field.type) for field in FIELDS),
    Column("record", "String"),
)
"""What readers write (create_raw.sql says what the columns that are no fields hold)."""

EVENTS: Final = (
    Column("workspace", _NAME, ("app_group_id", "target")),
    Column("type", _NAME, ("type",)),
    Column("day", "Int32", ("time",)),
    Column("campaign_id", _NAME, ("campaign_id",)),
    Column("user", "FixedString(16)", ("user_id", "external_user_id")),
    Column("time", "Int64", ("time",)),
    Column("id_hash", "UInt64", ("id",)),
    Column("id_rest", "String", ("id",)),
    Column("id", "String", ("id",), stored=False),
    Column("channel", _NAME, ("type", "platform")),
    Column("variation_id", _NAME, ("variation_id",)),
    Column("send_id", _NAME, ("send_id",)),
    Column("app_id", _NAME, ("app_id",)),
    Column("campaign_name", _NAME, ("campaign_name",)),
    Column("variation_name", _NAME, ("variation_name",)),
    Column("button", _NAME, ("type", "button_string")),
    Column(
        "details", "Array(LowCardinality(String))", ("type", "button_string", "button_id", "action", "message_body")
    ),
    Column("conversion_index", "UInt8", ("type", "conversion_index")),
    Column("price", "Decimal(38, 12)", ("price",)),
    Column("currency", _NAME, ("type", "price", "currency")),
    Column("name", _NAME, ("type", "event_name", "product_id")),
    Column("canvas_id", _NAME, ("canvas_id",)),
    Column("canvas_name", _NAME, ("canvas_name",)),
    Column("canvas_variation_id", _NAME, ("canvas_variation_id",)),
    Column("canvas_variation_name", _NAME, ("canvas_variation_name",)),
    Column("step_id", _NAME, ("step_id",)),
    Column("step_name", _NAME, ("step_name",)),
)
"""The events table, in its order (create_events.sql says what its columns hold)."""


def names_in(place: Place) -> tuple[str, ...]:
    """The fields that JSON events have in a place."""
    return tuple(field.name for field in FIELDS if field.place is place)


def _dynamic(place: Place) -> str:
    return ", ".join(f"{name} Dynamic" for name in names_in(place))


AVRO_STRUCTURE: Final = ", ".join(f"{field.name} {_AVRO_TYPES[field.kind]}" for field in FIELDS)
"""What `file()` reads of an Avro file."""

JSON_STRUCTURE: Final = (
    f"Tuple({EVENT_TYPE} Dynamic, {_dynamic(Place.EVENT)}, "
    f"user Tuple({_dynamic(Place.USER)}), properties Tuple({_dynamic(Place.PROPERTIES)}))"
)
"""What `JSONExtract` takes of an event. Values keep their JSON type (Dynamic) until they are looked at."""
