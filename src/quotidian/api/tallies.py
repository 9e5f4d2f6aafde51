"""Sessions, custom events and purchases: their series by day or hour, and their names (semantics.md §7)."""

import base64
import binascii
from datetime import UTC, datetime

import msgspec

from quotidian.api.request import UNKNOWN, Answer, Headed, Request, body_of, body_of_list, days_of, no_room, page_of
from quotidian.domain.errors import BadRequest
from quotidian.domain.kinds import EVENT, PRODUCT, SEGMENT
from quotidian.series.listing.names import is_known, list_events, list_names
from quotidian.series.listing.read import item_name
from quotidian.series.read import UnknownSubject, require_app
from quotidian.series.tallies.read import COUNT, QUANTITY, REVENUE, SESSIONS, Tally, read_days, read_hours

NAMES_A_PAGE = 250
EVENTS_A_PAGE = 50


def sessions(request: Request) -> Answer:
    """`/sessions/data_series`."""
    return _series(request, Tally(SESSIONS))


def event_counts(request: Request) -> Answer:
    """`/events/data_series`."""
    name = request.values["event"]
    _require(request, EVENT, name)
    return _series(request, Tally(COUNT, name))


def purchase_quantities(request: Request) -> Answer:
    """`/purchases/quantity_series`."""
    return _purchases(request, QUANTITY)


def purchase_revenue(request: Request) -> Answer:
    """`/purchases/revenue_series`."""
    return _purchases(request, REVENUE)


def _purchases(request: Request, kind: str) -> Answer:
    product = request.values["product"] or ""
    if product:
        _require(request, PRODUCT, product)
    return _series(request, Tally(kind, product))


def _require(request: Request, kind: str, name: str) -> None:
    if not is_known(request.connection, request.workspace, kind, name):
        raise BadRequest(UNKNOWN[kind])


def _series(request: Request, of_everyone: Tally) -> Answer:
    values = request.values
    app_id = values["app_id"] or ""
    try:
        require_app(request.connection, request.workspace, app_id)
    except UnknownSubject as error:
        raise BadRequest(UNKNOWN[error.kind]) from error
    segment_id = values.get("segment_id") or ""
    if segment_id and item_name(request.connection, request.workspace, SEGMENT, segment_id) is None:
        raise BadRequest(UNKNOWN[SEGMENT])
    tally = of_everyone._replace(app_id=app_id, segment_id=segment_id)
    ending: datetime = values["ending_at"] or datetime.now(UTC).astimezone(request.workspace.zone)
    if values["unit"] == "day":
        points = read_days(request.connection, request.workspace, tally, days_of(request, ending.date()))
    else:
        try:
            points = read_hours(request.connection, request.workspace, tally, ending, values["length"])
        except OverflowError as error:
            raise no_room(request, ending.date()) from error
    return body_of_list("data", points)


def event_names(request: Request) -> Answer:
    """`/events/list`."""
    names = list_names(request.connection, request.workspace, EVENT, *page_of(request, NAMES_A_PAGE))
    return body_of(b'"events":%s}' % msgspec.json.encode(names))


def products(request: Request) -> Answer:
    """`/purchases/product_list`."""
    names = list_names(request.connection, request.workspace, PRODUCT, *page_of(request, NAMES_A_PAGE))
    return body_of(b'"products":%s}' % msgspec.json.encode(names))


def events(request: Request) -> Answer:
    """`/events`: a page of events; the header Link leads to the next, if there is one.

    A cursor is the name that its page begins behind, so that names that come in between move no others.
    """
    after = _name_in(request.values["cursor"]) if request.values["cursor"] else ""
    found = list_events(request.connection, request.workspace, after, EVENTS_A_PAGE + 1)
    shown = found[:EVENTS_A_PAGE]
    body = body_of_list("events", [item for _, item in shown])
    if len(found) <= EVENTS_A_PAGE:
        return body
    # Not parsed: whatever a client put into its Host header is answered as it is.
    following = f"{request.url.partition('?')[0]}?cursor={_cursor_behind(shown[-1][0])}"
    return Headed(body, {"Link": f'<{following}>; rel="next"'})


def _cursor_behind(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def _name_in(cursor: str) -> str:
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise BadRequest(f"cursor must be one that a Link header gave, not {cursor[:100]!r}") from error
