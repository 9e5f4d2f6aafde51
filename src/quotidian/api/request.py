"""What an endpoint gets and gives: a request's data, an answer's body, and what it says of what is not known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from quotidian.control.workspaces import Workspace
from quotidian.domain.errors import BadRequest
from quotidian.domain.kinds import CAMPAIGN, CANVAS, SEGMENT, SEND
from quotidian.series.read import Slice, days_ending
from quotidian.settings import Settings

Values = Mapping[str, Any]

# Clients know two of these texts from Braze; the others follow their pattern.
UNKNOWN: Final = {
    "app": "Invalid App ID",
    CAMPAIGN: "Invalid Campaign ID",
    SEND: "Invalid Send ID",
    CANVAS: "Invalid Canvas ID",
    SEGMENT: "Invalid Segment ID",
    "card": "Invalid Card ID",
    "event": "Invalid Event",
    "product": "Invalid Product",
}


@dataclass(frozen=True)
class Request:
    """What an endpoint needs to answer: a transaction, whose data, the parameters' values, and the URL asked for."""

    connection: Connection
    workspace: Workspace
    settings: Settings
    values: Values
    url: str = ""


@dataclass(frozen=True)
class Headed:
    """An answer that has more than a body."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = bytes | Headed
"""What a success gives, as `body_of` or `body_of_list` makes it."""


def body_of(rest: bytes) -> bytes:
    """A success, from behind its message."""
    return b'{"message":"success",%s' % rest


def body_of_list(key: str, items: Sequence[bytes]) -> bytes:
    """A success with a list of JSON values, put together at once: a copy may cost as much as a query."""
    parts = [b","] * (2 * len(items))
    parts[1::2] = items
    parts[:1] = [body_of(b'"%s":[' % key.encode())]
    parts.append(b"]}")
    return b"".join(parts)


class Page(NamedTuple):
    """The rows of a page."""

    offset: int
    limit: int


_MOST_ROWS = 1 << 62


def page_of(request: Request, limit: int) -> Page:
    """The page that is asked for; one past the end of any list has an offset that no list reaches."""
    return Page(min(request.values["page"] * limit, _MOST_ROWS), limit)


def days_of(request: Request, ending: date | None) -> Slice:
    """The `length` days that end with a date, by default today.

    Raises BadRequest if the calendar has not so many before it.
    """
    last = ending or request.workspace.today
    try:
        return days_ending(last, request.values["length"], request.workspace)
    except OverflowError as error:
        raise no_room(request, last) from error


def no_room(request: Request, ending: date) -> BadRequest:
    """What there is to say of a series that would begin before the calendar."""
    values = request.values
    return BadRequest(
        f"ending_at is {ending}, which leaves no room for {values['length']} {values.get('unit', 'day')}s before it"
    )
