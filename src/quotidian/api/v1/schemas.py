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
