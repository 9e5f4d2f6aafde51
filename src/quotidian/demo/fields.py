"""From coded events to the records of a file: where each field of a schema gets its value."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from quotidian.demo.avro import Bytes, Codes, Column, Value, column, encode, join, varint, varints
from quotidian.demo.campaigns import fixed_id
from quotidian.demo.details import DETAILS, Row
from quotidian.demo.funnels import TYPES
from quotidian.demo.messages import MESSAGES
from quotidian.demo.people import DEVICES, PROFILES, People
from quotidian.demo.records import Events, Salt, uuids

BLOCK = 4096  # records in a block of a file

# What the demo's older schemas do not have yet: fields that may be null and that no number needs.
RECENT_FIELDS = frozenset(
    {"timezone", "locale_key", "device_model", "mailbox_provider", "is_sms_fallback", "bsuid", "sdk_version"}
)

CONSTANTS: Mapping[str, Value] = {
    "app_group_id": fixed_id("workspace"),
    "sdk_version": "12.1.0",
    "esp": "SparkPost",
    "from_domain": "news.example.com",
    "ip_pool": "marketing",
    "sending_ip": "203.0.113.25",
    "from_phone_number": "+12025550199",
    "inbound_phone_number": "+12025550199",
    "ad_tracking_enabled": False,
    "template_name": "parcel_update",
}


# What a message says in a field that may not be null and that only the other kind has, of campaigns or canvases.
_ABSENT: Mapping[str, Value] = {"string": "", "boolean": False}


def _uuid_of(event_field: str, salt: int) -> Callable[[Events, People], Bytes]:
    return lambda events, people: uuids(events[event_field], Salt(people.salt + salt))


# Fields computed for each event: the length in front, and the function that makes the bytes, uint8 [n, width].
COMPUTED: Mapping[str, tuple[bytes, Callable[[Events, People], Bytes]]] = {
    "id": (varint(36), _uuid_of("serial", 3)),
    "session_id": (varint(36), _uuid_of("thread", 4)),
    "dispatch_id": (varint(36), _uuid_of("thread", 5)),
    "time": (b"", lambda events, _: varints(events["time"])),
    "duration": (b"", lambda events, _: events["delay"].astype("<f4").view(np.uint8).reshape(-1, 4)),
}


@cache
def _vocabulary() -> dict[str, dict[str, str]]:
    """Every event type of Currents with its fields and their types."""
    types: dict[str, dict[str, str]] = json.loads(files("quotidian.domain").joinpath("currents.json").read_text())
    return types


def schema_fields(event_type: str, *, older: bool) -> dict[str, str]:
    """The fields of a type and their types, in order; an older schema lacks the recent ones."""
    fields = _vocabulary()[event_type]
    return {name: kind for name, kind in fields.items() if not (older and name in RECENT_FIELDS and kind.endswith("?"))}


@dataclass(frozen=True)
class Part:
    """Neighbouring fields of a record that have one source: their bytes by the source's code. A constant has one row.

    Without rows, `source` is a field that is computed, or a person's own."""

    source: str
    rows: Sequence[bytes] = ()

    def merged(self, after: "Part") -> "Part | None":
        """This part and the next as one; None where they have different sources."""
        if not self.rows or not after.rows or (self.source and after.source and self.source != after.source):
            return None
        count = max(len(self.rows), len(after.rows))
        left, right = (part.rows if len(part.rows) == count else [part.rows[0]] * count for part in (self, after))
        return Part(self.source or after.source, [a + b for a, b in zip(left, right, strict=True)])


class Encoder:
    """Turns coded events into Avro records. Nothing in it changes, so threads can share it."""

    def __init__(self, people: People) -> None:
        self.people = people
        self._own = {name: column([encode(value, "string") for value in rows]) for name, rows in people.fields.items()}
        self._layouts = {(name, older): self._layout(name, older) for name in TYPES for older in (False, True)}

    def blocks(self, event_type: str, events: Events, *, older: bool) -> Iterator[tuple[int, bytes]]:
        """The events, all of one type, as blocks of a file: number of records, and their bytes."""
        layout = self._layouts[event_type, older]
        for at in range(0, len(events), BLOCK):
            block = events[at : at + BLOCK]
            codes = self._codes(block)
            yield len(block), join([self._column(source, made, block, codes) for source, made in layout], len(block))

    def _column(self, source: str, made: Column | None, events: Events, codes: Mapping[str, Codes]) -> Column:
        if made is None:
            _, compute = COMPUTED[source]
            return Column(compute(events, self.people))
        return made.take(codes[source]) if source else made

    def _codes(self, events: Events) -> dict[str, Codes]:
        """What to look up in the columns of each source."""
        user = events["user"]
        tables = {"device": self.people.device[user], "profile": self.people.profile[user]}
        own = dict.fromkeys(self._own, user)
        return tables | own | {"message": events["message"], "detail": events["detail"]}

    def _layout(self, event_type: str, older: bool) -> list[tuple[str, Column | None]]:
        """The columns of a type's record, with the source that says which row an event has; None: computed."""
        parts = [Part("", [b""])]
        for field, kind in schema_fields(event_type, older=older).items():
            for part in self._parts(event_type, field, kind):
                merged = parts[-1].merged(part)
                parts[-1:] = [merged] if merged else [parts[-1], part]
        return [(part.source, column(part.rows) if part.rows else self._own.get(part.source)) for part in parts]

    def _parts(self, event_type: str, field: str, kind: str) -> list[Part]:
        """Where a field's bytes come from. Raises ValueError for a field that must have a value and has none."""
        not_null = b"\2" if kind.endswith("?") else b""
        if field in COMPUTED:
            return [Part("", [not_null + COMPUTED[field][0]]), Part(field)]
        if field in self._own:
            return [Part("", [not_null]), Part(field)]
        for source, rows in _tables(event_type).items():
            if any(field in row for row in rows):
                # A message of a campaign has no canvas, and the other way round; neither has the other's events.
                absent = _ABSENT.get(kind) if source == "message" else None
                return [Part(source, [encode(row.get(field, absent), kind) for row in rows])]
        return [Part("", [encode(CONSTANTS.get(field), kind)])]


def _tables(event_type: str) -> dict[str, Sequence[Row]]:
    """The sources with few distinct rows, in order of precedence."""
    return {
        "detail": [row for _, row in DETAILS.get(event_type, ())],
        "message": [message.fields for message in MESSAGES],
        "device": [row for _, row in DEVICES],
        "profile": [row for _, row in PROFILES],
    }
