"""What the text of a parameter says (semantics.md §2, §7 and §8).

Each function raises ValueError with what would be right, for a message that says "must be …".
"""

import re
from datetime import date, datetime, timedelta, timezone, tzinfo

from quotidian.control.workspaces import Workspace
from quotidian.domain.days import micros_of


def read_length(text: str, _: Workspace) -> int:
    """A number of points."""
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


def read_instant(text: str, workspace: Workspace) -> datetime:
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


def read_day(text: str, workspace: Workspace) -> date:
    """The date of a moment in the workspace's time zone."""
    return read_instant(text, workspace).date()


def read_micros(text: str, workspace: Workspace) -> int:
    """A moment, in microseconds since 1970 (UTC)."""
    return micros_of(read_instant(text, workspace))


def read_page(text: str, _: Workspace) -> int:
    """A page's number, at most 20 digits of it: that is past the end of any list, and int() refuses thousands."""
    if not re.fullmatch("[0-9]+", text):
        raise ValueError("a whole number, from 0")
    return int(text.lstrip("0")[:20] or "0")


def read_boolean(text: str, _: Workspace) -> bool:
    """Yes or no, in any case: clients in Python write True."""
    lower = text.lower()
    if lower not in ("true", "false", "1", "0"):
        raise ValueError("true, false, 1 or 0")
    return lower in ("true", "1")


def read_descending(text: str, _: Workspace) -> bool:
    """Whether the newest come first."""
    if text not in ("asc", "desc"):
        raise ValueError("asc or desc")
    return text == "desc"


def read_canvas_length(text: str, _: Workspace) -> int:
    """A number of days of a canvas."""
    if not re.fullmatch("[1-9]|1[0-4]", text):
        raise ValueError("an integer from 1 to 14")
    return int(text)


def read_unit(text: str, _: Workspace) -> str:
    """What a point is for."""
    if text not in ("day", "hour"):
        raise ValueError("day or hour")
    return text


def read_id(text: str, _: Workspace) -> str:
    """Any text but none."""
    if not text:
        raise ValueError("an id")
    return text
