"""The parameters that there are, and the structs of them that several endpoints share."""

from datetime import date, datetime
from typing import Annotated, Literal, NamedTuple

from quotidian.api import texts
from quotidian.api.parameters import Query, Text
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Slice
from quotidian.domain.errors import BadRequest
from quotidian.series.read import days_ending

Length = Annotated[
    int,
    Text(
        texts.read_length,
        "Number of points in the series, from 1 to 100; it ends with the day of ending_at",
        {"type": "integer", "minimum": 1, "maximum": 100, "example": 7},
    ),
]
CanvasLength = Annotated[
    int | None,
    Text(
        texts.read_canvas_length,
        "Number of days, from 1 to 14, that end with the day of ending_at; or give starting_at",
        {"type": "integer", "minimum": 1, "maximum": 14, "example": 7},
    ),
]
Unit = Annotated[
    Literal["day", "hour"],
    Text(
        texts.read_unit,
        "day: a point a day; hour: a point an hour, length counts hours, and the series ends with the hour of "
        "ending_at",
        {"type": "string", "enum": ["day", "hour"], "default": "day"},
    ),
]
_MOMENTS = {"type": "string", "examples": ["2026-03-29", "2026-03-29T23:59:59-05:00"]}
EndingDay = Annotated[
    date | None,
    Text(
        texts.read_day,
        "When the series ends: ISO 8601, a date or a date and time, without an offset in the workspace's time zone; "
        "default: now",
        _MOMENTS,
    ),
]
EndingMoment = Annotated[
    datetime | None,
    Text(
        texts.read_instant,
        "When the series ends: ISO 8601, a date or a date and time, without an offset in the workspace's time "
        "zone; with unit=hour a date alone is its midnight; default: now",
        _MOMENTS,
    ),
]
StartingDay = Annotated[
    date | None,
    Text(
        texts.read_day,
        "The first day, instead of length: ISO 8601, in the forms of ending_at; at most 14 days up to ending_at",
    ),
]
EditedAfter = Annotated[
    int | None,
    Text(
        texts.read_micros,
        "Only what was edited after this date, or date and time",
        {"type": "string", "examples": ["2026-03-29", "2026-03-29T00:00:00Z"]},
    ),
]
PageNumber = Annotated[
    int,
    Text(
        texts.read_page,
        "Page, from 0; past the end the list is empty",
        {"type": "integer", "minimum": 0, "default": 0},
    ),
]
Descending = Annotated[
    bool,
    Text(
        texts.read_descending,
        "asc lists by creation, oldest first; desc newest first",
        {"type": "string", "enum": ["asc", "desc"], "default": "asc"},
    ),
]
_FLAG = {"type": "boolean", "default": False}
IncludeArchived = Annotated[bool, Text(texts.read_boolean, "Whether what is archived is listed", _FLAG)]
Variants = Annotated[bool, Text(texts.read_boolean, "Whether the numbers of each variant are answered", _FLAG)]
Steps = Annotated[bool, Text(texts.read_boolean, "Whether the numbers of each step are answered", _FLAG)]
DeletedSteps = Annotated[
    bool, Text(texts.read_boolean, "Whether steps are answered that the catalogue calls deleted", _FLAG)
]
AppId = Annotated[str, Text(texts.read_id, "Only this app; without it all apps of the workspace, each user once")]
CampaignId = Annotated[str, Text(texts.read_id, "Id of a campaign; /campaigns/list names them")]
SendId = Annotated[str, Text(texts.read_id, "Id of a send of the campaign")]
CanvasId = Annotated[str, Text(texts.read_id, "Id of a canvas; /canvas/list names them")]
SegmentId = Annotated[str, Text(texts.read_id, "Id of a segment; /segments/list names them")]
InSegment = Annotated[
    str, Text(texts.read_id, "Only of users who are in this segment on the day; without it of everyone")
]
CardId = Annotated[str, Text(texts.read_id, "Id of a news-feed card")]
EventName = Annotated[str, Text(texts.read_id, "Name of a custom event; /events/list lists them")]
ProductId = Annotated[
    str, Text(texts.read_id, "Only this product, of those that /purchases/product_list lists; without it all")
]
Cursor = Annotated[
    str, Text(texts.read_id, "Where the page begins, from the Link header of the page before; default: the first")
]


class Days(Query, kw_only=True):
    """A slice of days."""

    length: Length
    ending_at: EndingDay = None


class Hours(Query, kw_only=True):
    """A slice of days or hours."""

    length: Length
    unit: Unit = "day"
    ending_at: EndingMoment = None


class Page(Query):
    """A page of a list."""

    page: PageNumber = 0


class Rows(NamedTuple):
    """The rows of a page."""

    offset: int
    limit: int


_MOST_ROWS = 1 << 62


def rows_of(page: Page, limit: int) -> Rows:
    """The rows of a page of `limit` items. The offset is capped, for pages beyond any list's end."""
    return Rows(min(page.page * limit, _MOST_ROWS), limit)


def days_of(workspace: Workspace, length: int, ending: date | None) -> Slice:
    """The `length` days that end with a date, by default today.

    Raises BadRequest if the calendar has not so many before it.
    """
    last = ending or workspace.today
    try:
        return days_ending(last, length, workspace)
    except OverflowError as error:
        raise no_room(last, length) from error


def no_room(ending: date, length: int, unit: str = "day") -> BadRequest:
    """The error for a series that would begin before year 1."""
    return BadRequest(f"ending_at is {ending}, which leaves no room for {length} {unit}s before it")
