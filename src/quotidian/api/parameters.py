"""Parameters: how each is read from a query string, and how OpenAPI describes it (semantics.md §2, §7 and §8)."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Any

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import micros_of
from quotidian.domain.errors import BadRequest


@dataclass(frozen=True)
class Parameter:
    """A query parameter: `read` turns its text into a value, raising ValueError with what would be right."""

    name: str
    read: Callable[[str, Workspace], Any]
    description: str
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False
    default: Any = None


def read_parameters(
    parameters: Sequence[Parameter], given: Sequence[tuple[str, str]], workspace: Workspace
) -> dict[str, Any]:
    """The value of every parameter by its name.

    What is not a parameter is ignored. Raises BadRequest for one that is missing, repeated or malformed.
    """
    values = {}
    for parameter in parameters:
        texts = [text for name, text in given if name == parameter.name]
        if len(texts) > 1:
            raise BadRequest(f"{parameter.name} is given {len(texts)} times; give it once")
        if not texts:
            if parameter.required:
                raise BadRequest(f"{parameter.name} is missing: {parameter.description}")
            values[parameter.name] = parameter.default
            continue
        try:
            values[parameter.name] = parameter.read(texts[0], workspace)
        except ValueError as error:
            raise BadRequest(f"{parameter.name} must be {error}, not {texts[0][:100]!r}") from error
    return values


def _length(text: str, _: Workspace) -> int:
    if not re.fullmatch("[1-9][0-9]?|100", text):
        raise ValueError("an integer from 1 to 100")
    return int(text)


_DATE_TIME = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)(T(?P<time>\d\d:\d\d:\d\d)(\.\d+)?(?P<offset>Z|[-+ ](\d\d:\d\d|\d{4}|\d:\d\d))?)?",
    re.ASCII,
)
_DATE_TIME_FORMS = (
    "ISO 8601 (2026-03-29 or 2026-03-29T23:59:59, the latter in the workspace's time zone unless it has Z or an offset "
    "such as -05:00)"
)


def _instant(text: str, workspace: Workspace) -> datetime:
    """A moment in the workspace's time zone; of a date alone its midnight."""
    found = _DATE_TIME.fullmatch(text)
    if not found:
        raise ValueError(_DATE_TIME_FORMS)
    try:
        local = datetime.fromisoformat(f"{found['date']}T{found['time'] or '00:00:00'}")
        zone = _zone(found["offset"]) if found["offset"] else None
        return local.replace(tzinfo=zone).astimezone(workspace.zone) if zone else local.replace(tzinfo=workspace.zone)
    except (ValueError, OverflowError) as error:
        raise ValueError(_DATE_TIME_FORMS) from error


def _zone(offset: str) -> tzinfo:
    if offset == "Z":
        return timezone.utc  # noqa: UP017 - beside timezone(…)
    # A "+" that a client did not escape arrives as a space.
    sign = -1 if offset[0] == "-" else 1
    hours, minutes = int(offset[1:-2].removesuffix(":")), int(offset[-2:])
    if minutes > 59:
        raise ValueError(offset)
    return timezone(sign * timedelta(hours=hours, minutes=minutes))


def _ending(text: str, workspace: Workspace) -> date:
    return _instant(text, workspace).date()


def _after(text: str, workspace: Workspace) -> int:
    return micros_of(_instant(text, workspace))


def _page(text: str, _: Workspace) -> int:
    if not re.fullmatch("[0-9]+", text):
        raise ValueError("a whole number, from 0")
    # Twenty digits are past the end of any list, and int() refuses thousands of them.
    return int(text.lstrip("0")[:20] or "0")


def _boolean(text: str, _: Workspace) -> bool:
    if text not in ("true", "false", "1", "0"):
        raise ValueError("true, false, 1 or 0")
    return text in ("true", "1")


def _descending(text: str, _: Workspace) -> bool:
    if text not in ("asc", "desc"):
        raise ValueError("asc or desc")
    return text == "desc"


def _canvas_length(text: str, _: Workspace) -> int:
    if not re.fullmatch("[1-9]|1[0-4]", text):
        raise ValueError("an integer from 1 to 14")
    return int(text)


def _unit(text: str, _: Workspace) -> str:
    if text not in ("day", "hour"):
        raise ValueError("day or hour")
    return text


def _id(text: str, _: Workspace) -> str:
    if not text:
        raise ValueError("an id")
    return text


LENGTH = Parameter(
    "length",
    _length,
    "Number of points in the series, from 1 to 100; it ends with the day of ending_at",
    {"type": "integer", "minimum": 1, "maximum": 100},
    required=True,
)
ENDING_AT = Parameter(
    "ending_at",
    _ending,
    "When the series ends: ISO 8601, a date or a date and time, without an offset in the workspace's time zone; "
    "default: now",
    {"type": "string", "examples": ["2026-03-29", "2026-03-29T23:59:59-05:00"]},
)
ENDING_MOMENT = replace(
    ENDING_AT,
    read=_instant,
    description="When the series ends: ISO 8601, a date or a date and time, without an offset in the workspace's time "
    "zone; with unit=hour a date alone is its midnight; default: now",
)
UNIT = Parameter(
    "unit",
    _unit,
    "day: a point a day; hour: a point an hour, length counts hours, and the series ends with the hour of ending_at",
    {"type": "string", "enum": ["day", "hour"], "default": "day"},
    default="day",
)
APP_ID = Parameter("app_id", _id, "Only this app; without it all apps of the workspace, each user once")
CANVAS_ID = Parameter("canvas_id", _id, "Id of a canvas; /canvas/list names them", required=True)
CANVAS_LENGTH = Parameter(
    "length",
    _canvas_length,
    "Number of days, from 1 to 14, that end with the day of ending_at; or give starting_at",
    {"type": "integer", "minimum": 1, "maximum": 14},
)
STARTING_AT = Parameter(
    "starting_at",
    _ending,
    "The first day, instead of length: ISO 8601, in the forms of ending_at; at most 14 days up to ending_at",
)
VARIANT_BREAKDOWN = Parameter(
    "include_variant_breakdown",
    _boolean,
    "Whether the numbers of each variant are answered",
    {"type": "boolean", "default": False},
    default=False,
)
STEP_BREAKDOWN = Parameter(
    "include_step_breakdown",
    _boolean,
    "Whether the numbers of each step are answered",
    {"type": "boolean", "default": False},
    default=False,
)
DELETED_STEPS = Parameter(
    "include_deleted_step_data",
    _boolean,
    "Whether steps are answered that the catalogue calls deleted",
    {"type": "boolean", "default": False},
    default=False,
)
SEGMENT_ID = Parameter("segment_id", _id, "Id of a segment; /segments/list names them", required=True)
IN_SEGMENT = Parameter("segment_id", _id, "Only of users who are in this segment on the day; without it of everyone")
CAMPAIGN_ID = Parameter("campaign_id", _id, "Id of a campaign; /campaigns/list names them", required=True)
SEND_ID = Parameter("send_id", _id, "Id of a send of the campaign", required=True)
CARD_ID = Parameter("card_id", _id, "Id of a news-feed card", required=True)
EVENT = Parameter("event", _id, "Name of a custom event; /events/list lists them", required=True)
PRODUCT = Parameter("product", _id, "Only this product, of those that /purchases/product_list lists; without it all")
CURSOR = Parameter("cursor", _id, "Where the page begins, from the Link header of the page before; default: the first")
PAGE = Parameter(
    "page",
    _page,
    "Page, from 0; past the end the list is empty",
    {"type": "integer", "minimum": 0, "default": 0},
    default=0,
)
INCLUDE_ARCHIVED = Parameter(
    "include_archived",
    _boolean,
    "Whether what is archived is listed",
    {"type": "boolean", "default": False},
    default=False,
)
SORT_DIRECTION = Parameter(
    "sort_direction",
    _descending,
    "asc lists by creation, oldest first; desc newest first",
    {"type": "string", "enum": ["asc", "desc"], "default": "asc"},
    default=False,
)
LAST_EDIT_AFTER = Parameter(
    "last_edit.time[gt]",
    _after,
    "Only what was edited after this date, or date and time",
    {"type": "string", "examples": ["2026-03-29", "2026-03-29T00:00:00Z"]},
)
