"""JSON Schemas of the answers of `/v1`, made from those of the Export API where the points are the same."""

from typing import Any, Final

from quotidian.api import schemas
from quotidian.control.dirty_days import AGE_CAP
from quotidian.domain.kinds import KPIS

_TEXT: Final = {"type": "string"}
_APP: Final = {"type": ["string", "null"], "description": "null: all apps together"}


def _exported(point: dict[str, Any], **ids: Any) -> dict[str, Any]:
    """An answer of points, with ids in front where there are any."""
    named = {**point, "properties": {**ids, **point["properties"]}, "required": [*ids, *point["required"]]}
    data = {"type": "array", "items": named}
    return {
        "type": "object",
        "properties": {"message": {"const": "success"}, "data": data},
        "required": ["message", "data"],
    }


def _points(answer: dict[str, Any]) -> dict[str, Any]:
    """The schema of a point of an answer."""
    point: dict[str, Any] = answer["properties"]["data"]["items"]
    return point


def _kpi_point() -> dict[str, Any]:
    numbers = {kind: {"type": "integer", "minimum": 0} for kind in KPIS}
    properties = {"kpi": {"type": "string", "enum": list(KPIS)}, "app_id": _APP, "time": schemas.DAY, **numbers}
    return {
        "type": "object",
        "properties": properties,
        "required": ["kpi", "app_id", "time"],
        "additionalProperties": False,
    }


_USERS: Final = {"type": "integer", "minimum": 0}


def _closed(**properties: Any) -> dict[str, Any]:
    """A point with just these keys."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


GROWTH_POINTS: Final = _exported(
    _closed(
        time=schemas.DAY,
        **dict.fromkeys(("active", "new", "retained", "resurrected", "lost"), _USERS),
        stickiness={"type": ["number", "null"], "minimum": 0, "maximum": 1},
    )
)
RETENTION_POINTS: Final = _exported(
    _closed(
        time=schemas.DAY,
        retained={
            "type": "array",
            "items": _USERS,
            "minItems": 1,
            "maxItems": AGE_CAP + 1,
            "description": "Users of the cohort who had a session 0, 1, 2 … days later; the first is its size",
        },
    )
)
KPI_EXPORT: Final = _exported(_kpi_point())
CAMPAIGN_EXPORT: Final = _exported(_points(schemas.CAMPAIGN_POINTS), campaign_id=_TEXT)
SEND_EXPORT: Final = _exported(_points(schemas.SEND_POINTS), campaign_id=_TEXT, send_id=_TEXT)
CANVAS_EXPORT: Final = _exported(
    schemas.CANVAS_POINTS["properties"]["data"]["properties"]["stats"]["items"], canvas_id=_TEXT
)

_NUMBER: Final = {"type": ["number", "null"]}
_RATE: Final = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
_NULLABLE_TEXT: Final = {"type": ["string", "null"]}
_INTERVAL: Final = {
    "type": ["array", "null"],
    "items": _NUMBER,
    "minItems": 2,
    "maxItems": 2,
    "description": "Low and high of a 95 % interval; null: it has no end there",
}
_P_VALUE: Final = {**_RATE, "description": "Two-sided"}
_COMPARED: Final = {
    "variation_name": _NULLABLE_TEXT,
    "variation_api_id": _NULLABLE_TEXT,
    "control": {"type": "boolean", "description": "Whether this is a control group"},
    "recipients": {**_USERS, "description": "Distinct users with a receipt of the variation"},
    "converters": {**_USERS, "description": "Those of them with a conversion, or a purchase, that belongs to one"},
    "rate": {**_RATE, "description": "Of conversions: converters / recipients"},
    "revenue": {"type": "number", "description": "Of revenue: the sum in US dollars"},
    "mean": {**_NUMBER, "description": "Of revenue: US dollars a recipient"},
    "difference": {**_NUMBER, "description": "Of rates or means, to the baseline's"},
    "difference_interval": _INTERVAL,
    "lift": {**_NUMBER, "description": "Rate or mean / the baseline's - 1"},
    "lift_interval": _INTERVAL,
    "p_value": _P_VALUE,
    "enough_data": {"type": ["boolean", "null"], "description": "Whether both have at least 5 converters"},
}
EXPERIMENT: Final = {
    "type": "object",
    "properties": {
        "message": {"const": "success"},
        "data": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": _COMPARED,
                "required": [name for name in _COMPARED if name not in ("rate", "revenue", "mean")],
                "additionalProperties": False,
            },
        },
        "campaign_id": _TEXT,
        "from": schemas.DAY,
        "to": schemas.DAY,
        "conversion": {"enum": [0, 1, 2, 3, "revenue"]},
        "baseline": {**_NULLABLE_TEXT, "description": "variation_api_id of the row that others are compared with"},
        "crossed_over": {**_USERS, "description": "Distinct users with receipts of more than one row"},
        "sample_ratio": {
            "type": ["object", "null"],
            "properties": {
                "p_value": _P_VALUE,
                "mismatch": {"type": "boolean", "description": "Whether p_value is below 0.001"},
            },
            "required": ["p_value", "mismatch"],
            "description": "The recipients against the split that the catalogue intends; null without one",
        },
        "note": _TEXT,
    },
    "required": [
        "message",
        "data",
        "campaign_id",
        "from",
        "to",
        "conversion",
        "baseline",
        "crossed_over",
        "sample_ratio",
        "note",
    ],
}
