"""JSON Schemas of the answers, for OpenAPI. The keys of statistics come from the table of channels."""

from typing import Any, Final

from quotidian.domain.channels import CHANNELS, CONTROL, Channel

_INTEGER: Final = {"type": "integer", "minimum": 0}
_STRING: Final = {"type": "string"}
_NULLABLE_STRING: Final = {"type": ["string", "null"]}
_EMPTY_LIST: Final = {"type": "array", "maxItems": 0}
DAY: Final = {"type": "string", "format": "date"}
_INSTANT: Final = {"type": "string", "format": "date-time"}
_NULLABLE_INSTANT: Final = {"type": ["string", "null"], "format": "date-time"}
_CONVERSIONS: Final = r"^conversions[1-3]?(_by_send_time)?$"
_COMMON: Final = {"unique_recipients": _INTEGER, "revenue": {"type": "number", "description": "US dollars"}}
_SENT_PUSH: Final = ("delivered", "undelivered", "delivery_failed")


def _object(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), **more}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _answer(**properties: Any) -> dict[str, Any]:
    return _object({"message": {"const": "success"}, **properties})


def kpi_points(kind: str) -> dict[str, Any]:
    """An answer whose points have one number."""
    return _answer(data=_list(_object({"time": DAY, kind: _INTEGER}, additionalProperties=False)))


_HOUR: Final = {"type": "string", "format": "date-time"}


def hourly_points(key: str, number: dict[str, Any] = _INTEGER) -> dict[str, Any]:
    """An answer whose points have one number, and are days or hours."""
    point = _object({"time": {"anyOf": [DAY, _HOUR]}, key: number}, additionalProperties=False)
    return _answer(data=_list(point))


def _element(channel: Channel, extra: tuple[str, ...]) -> dict[str, Any]:
    names = {"variation_name": _NULLABLE_STRING, "variation_api_id": _NULLABLE_STRING}
    patterns = {_CONVERSIONS: _INTEGER}
    if channel.is_push:
        patterns[r"^notif_button_[0-9]+_[\s\S]*_click$"] = _INTEGER
    counted = dict.fromkeys([*channel.statistics, *extra], _INTEGER)
    message = _object({**names, **counted, **_COMMON}, patternProperties=patterns, additionalProperties=False)
    return {"anyOf": [message, _CONTROL]}


_CONTROL: Final = _object(
    {"variation_name": _NULLABLE_STRING, "variation_api_id": _NULLABLE_STRING, "enrolled": _INTEGER, **_COMMON},
    patternProperties={_CONVERSIONS: _INTEGER},
    additionalProperties=False,
)


def _points(*, of_send: bool) -> dict[str, Any]:
    messages: dict[str, Any] = {CONTROL: _list(_CONTROL)}
    for channel in CHANNELS:
        extra = _SENT_PUSH if channel.is_push else ("undelivered",) if channel.key == "sms" else ()
        messages[channel.key] = _list(_element(channel, extra if of_send else ()))
    point = _object(
        {
            "time": DAY,
            "messages": {"type": "object", "properties": messages, "additionalProperties": False},
            **_COMMON,
        },
        patternProperties={_CONVERSIONS: _INTEGER},
        additionalProperties=False,
    )
    return _answer(data=_list(point))


CAMPAIGN_POINTS: Final = _points(of_send=False)
SEND_POINTS: Final = _points(of_send=True)
CAMPAIGN_LIST: Final = _answer(
    campaigns=_list(
        _object(
            {
                "id": _STRING,
                "last_edited": _INSTANT,
                "name": _STRING,
                "is_api_campaign": {"type": "boolean"},
                "tags": _list(_STRING),
            }
        )
    )
)
REVENUE_POINTS: Final = hourly_points("revenue", {"type": "number", "description": "US dollars"})
EVENT_NAMES: Final = _answer(events=_list(_STRING))
PRODUCTS: Final = _answer(products=_list(_STRING))
EVENT_LIST: Final = _answer(
    events=_list(
        _object(
            {
                "name": _STRING,
                "description": _STRING,
                "included_in_analytics_report": {"type": "boolean"},
                "status": _STRING,
                "tag_names": _list(_STRING),
            }
        )
    )
)
SEND_BODY: Final = {
    "type": "object",
    "properties": {"campaign_id": _STRING, "send_id": {"type": "string", "minLength": 1, "maxLength": 64}},
    "required": ["campaign_id"],
}
SEND_CREATED: Final = _answer(send_id=_STRING)
CANVAS_LIST: Final = _answer(
    canvases=_list(_object({"id": _STRING, "last_edited": _INSTANT, "name": _STRING, "tags": _list(_STRING)}))
)
CANVAS_DETAILS: Final = _answer(
    created_at=_INSTANT,
    updated_at=_INSTANT,
    name=_STRING,
    description=_STRING,
    archived={"type": "boolean"},
    draft={"type": "boolean"},
    enabled={"type": "boolean"},
    has_post_launch_draft={"const": False},
    schedule_type=_NULLABLE_STRING,
    first_entry=_NULLABLE_INSTANT,
    last_entry=_NULLABLE_INSTANT,
    channels=_list(_STRING),
    variants=_list(_object({"id": _STRING, "name": _NULLABLE_STRING, "first_step_ids": _EMPTY_LIST})),
    tags=_list(_STRING),
    teams=_EMPTY_LIST,
    steps=_list(
        _object(
            {
                "id": _STRING,
                "name": _NULLABLE_STRING,
                "type": {"enum": ["message", ""], "description": "Empty where no message of the step was seen"},
                "next_step_ids": _EMPTY_LIST,
                "next_paths": _EMPTY_LIST,
                "channels": _list(_STRING),
                "messages": {"type": "object", "maxProperties": 0},
            }
        )
    ),
    conversion_behaviors=_list(_object({"type": _STRING, "window": _INTEGER})),
)
_DOLLARS: Final = {"type": "number", "description": "US dollars"}
_BY_ENTRY: Final = r"^conversions[1-3]?(_by_entry_time)?$"


def _canvas_numbers(**more: Any) -> dict[str, Any]:
    numbers = {"revenue": _DOLLARS, "conversions": _INTEGER, "conversions_by_entry_time": _INTEGER, **more}
    return _object(numbers, patternProperties={_BY_ENTRY: _INTEGER}, additionalProperties=False)


def _step_messages() -> dict[str, Any]:
    channels = {}
    for channel in CHANNELS:
        buttons = {r"^notif_button_[0-9]+_[\s\S]*_click$": _INTEGER} if channel.is_push else {}
        counted = dict.fromkeys(channel.statistics, _INTEGER)
        channels[channel.key] = _list(_object(counted, patternProperties=buttons, additionalProperties=False))
    return {"type": "object", "properties": channels, "additionalProperties": False}


def _canvas_stats(first: dict[str, Any]) -> dict[str, Any]:
    variant = _canvas_numbers(name=_NULLABLE_STRING, entries=_INTEGER)
    step = _canvas_numbers(name=_NULLABLE_STRING, unique_recipients=_INTEGER, messages=_step_messages())
    stats = _object({**first, "total_stats": _canvas_numbers(entries=_INTEGER)}, additionalProperties=False)
    stats["properties"] |= {
        "variant_stats": {"type": "object", "additionalProperties": variant},
        "step_stats": {"type": "object", "additionalProperties": step},
    }
    return stats


CANVAS_POINTS: Final = _answer(data=_object({"name": _STRING, "stats": _list(_canvas_stats({"time": DAY}))}))
CANVAS_SUMMARY: Final = _answer(data=_canvas_stats({"name": _STRING}))
_SECONDS: Final = {"type": "number", "description": "Seconds since 1970, UTC"}
_NUMBERED: Final = {"id": _STRING, "time": _SECONDS}
EXPLANATION: Final = _answer(
    value={"type": "number"},
    definition=_STRING,
    events=_list(
        {
            "type": "object",
            "properties": {**_NUMBERED, "type": _STRING, "receipt": _object(_NUMBERED, additionalProperties=False)},
            "required": ["id", "time", "type"],
            "additionalProperties": False,
        }
    ),
    users={"type": ["integer", "null"], "description": "Distinct users of all events, where the value is one of users"},
    complete={
        "type": "boolean",
        "description": "Whether the events make up the value: not while it is out of date",
    },
    history=_list(
        _object(
            {"version": _INTEGER, "time": _INSTANT, "value": {"type": "number"}, "arrived": _INTEGER},
            additionalProperties=False,
        )
    ),
    cursor=_NULLABLE_STRING,
)
SEGMENT_LIST: Final = _answer(
    segments=_list(
        _object(
            {
                "id": _STRING,
                "name": _STRING,
                "analytics_tracking_enabled": {"type": "boolean"},
                "tags": _list(_STRING),
            }
        )
    )
)
SEGMENT_DETAILS: Final = _answer(
    created_at=_INSTANT,
    updated_at=_INSTANT,
    name=_STRING,
    description=_STRING,
    text_description=_STRING,
    tags=_list(_STRING),
    teams=_EMPTY_LIST,
)
SEGMENT_POINTS: Final = kpi_points("size")
_NAME: Final = {**_STRING, "description": "Of the parameters that name the series, those that it has"}
_CHANGE: Final = {
    "type": "object",
    "required": ["series", "version", "point"],
    "properties": {
        "series": _STRING,
        "campaign_id": _NAME,
        "send_id": _NAME,
        "canvas_id": _NAME,
        "event": _NAME,
        "product": _NAME,
        "app_id": _NAME,
        "segment_id": _NAME,
        "version": _INTEGER,
        "point": {"type": ["object", "null"], "description": "As its series is served; null: the series is gone"},
    },
}
CHANGES: Final = _answer(data=_list(_CHANGE), version=_INTEGER)


def none_of(key: str, *, is_counted: bool = False) -> dict[str, Any]:
    """An answer whose list is empty."""
    return _answer(**({"count": {"const": 0}} if is_counted else {}), **{key: _EMPTY_LIST})


_NOTE: Final = {"type": "string", "description": "What this server keeps of users"}
_TEXTS: Final = _list(_STRING)
USER_IDS_BODY: Final = {
    "type": "object",
    "properties": {
        "external_ids": {**_TEXTS, "maxItems": 50},
        "user_aliases": {"type": "array", "items": {"type": "object"}},
        **dict.fromkeys(("device_id", "braze_id", "email_address", "phone"), _STRING),
        "fields_to_export": _TEXTS,
    },
}
USERS_BY_IDS: Final = _answer(users=_EMPTY_LIST, invalid_user_ids=_TEXTS, note=_NOTE)
SEGMENT_BODY: Final = {
    "type": "object",
    "properties": {"segment_id": _STRING, "fields_to_export": _TEXTS},
    "required": ["segment_id"],
}
USERS_BY_SEGMENT: Final = _answer(object_prefix=_STRING, url=_STRING, note=_NOTE)
CARD_LIST: Final = _answer(cards=_EMPTY_LIST)
CARD_DETAILS: Final = _answer()
CARD_POINTS: Final = _answer(data=_EMPTY_LIST)
CAMPAIGN_DETAILS: Final = _answer(
    created_at=_INSTANT,
    updated_at=_INSTANT,
    archived={"type": "boolean"},
    draft={"type": "boolean"},
    enabled={"type": "boolean"},
    has_post_launch_draft={"const": False},
    name=_STRING,
    description=_STRING,
    schedule_type=_NULLABLE_STRING,
    channels=_list(_STRING),
    first_sent=_NULLABLE_INSTANT,
    last_sent=_NULLABLE_INSTANT,
    tags=_list(_STRING),
    teams=_EMPTY_LIST,
    messages={"type": "object", "additionalProperties": {"type": "object"}},
    conversion_behaviors=_list(_object({"type": _STRING, "window": _INTEGER})),
)

_ERRORS: Final = _list(_object({"type": _STRING, "input_array": _STRING, "index": _INTEGER}))
_UNKNOWN: Final = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "events"],
        "properties": {"name": _STRING, "events": _INTEGER, "nearest": _STRING, "belongs_in": _STRING},
    },
}
_EVENT: Final = {
    "type": "object",
    "properties": {
        "event_type": _STRING,
        "id": _STRING,
        "time": {"type": ["number", "string"], "description": "UNIX seconds, or ISO 8601"},
        "user": {"type": "object", "properties": {"user_id": _STRING, "external_user_id": _STRING}},
        "properties": {"type": "object"},
    },
}
_TRACKED: Final = {"type": "array", "maxItems": 75, "items": {"type": "object"}}


def _taken(*counts: str) -> dict[str, Any]:
    """The answer to what was taken in: what was refused, and why, of the first hundred; and what is not known."""
    answer = _answer(**dict.fromkeys(counts, _INTEGER))
    more = {
        "errors": _ERRORS,
        "errors_not_listed": _INTEGER,
        "unknown_fields": _UNKNOWN,
        "unknown_fields_not_listed": _INTEGER,
        "in_the_future": _INTEGER,
    }
    return {**answer, "properties": {**answer["properties"], **more}}


EVENTS_BODY: Final = _object({"events": _list(_EVENT)})
_UNKNOWN_TYPES: Final = {
    "of_unknown_type": _INTEGER,
    "unknown_types": _UNKNOWN,
    "unknown_types_not_listed": _INTEGER,
}
EVENTS_TAKEN: Final = _taken("accepted", "rejected")
EVENTS_TAKEN["properties"] |= _UNKNOWN_TYPES
TRACK_BODY: Final = {"type": "object", "properties": dict.fromkeys(("attributes", "events", "purchases"), _TRACKED)}
TRACK_TAKEN: Final = _taken("attributes_processed", "events_processed", "purchases_processed")

_OF_DAY: Final = _object(
    {
        "time": DAY,
        "event_type": _STRING,
        "events": {**_INTEGER, "description": "Distinct events of the day that are stored"},
        "first_arrival": {**_NULLABLE_INSTANT, "description": "When the first of them came"},
        "last_arrival": {**_NULLABLE_INSTANT, "description": "When the last of them came"},
        "duplicates": {**_INTEGER, "description": "Copies of events that were stored before"},
        "late": {**_INTEGER, "description": "Of the events, those that came more than 24 hours after their time"},
        "dead": {
            "type": "object",
            "additionalProperties": _INTEGER,
            "description": "Records that cannot be used, by reason",
        },
        "unknown": {**_INTEGER, "description": "Records of a type that is not known, which came on this day"},
    },
    additionalProperties=False,
)
_UNKNOWN_TYPE: Final = _object(
    {"event_type": _STRING, "nearest": _NULLABLE_STRING, "events": _INTEGER, "last_seen": _INSTANT},
    additionalProperties=False,
)
_GAP: Final = _object(
    {
        "prefix": _STRING,
        "from": {**_INSTANT, "description": "The first hour without a file"},
        "to": {**_INSTANT, "description": "The last hour without a file"},
        "hours": _INTEGER,
    },
    additionalProperties=False,
)
ARRIVALS: Final = _answer(data=_list(_OF_DAY), unknown_types=_list(_UNKNOWN_TYPE), gaps=_list(_GAP))
"""What came."""
