"""Sessions, custom events and purchases: their series by day or hour, and their names (semantics.md §7)."""

import base64
import binascii
from datetime import UTC, datetime

import msgspec

from quotidian.api.parameters import Query
from quotidian.api.queries import AppId, Cursor, EventName, Hours, InSegment, Page, ProductId, days_of, no_room, rows_of
from quotidian.api.request import Answer, Request, success, success_list
from quotidian.domain.errors import BadRequest, shown
from quotidian.domain.kinds import COUNT, EVENT, PRODUCT, QUANTITY, REVENUE, SEGMENT, SESSIONS
from quotidian.series.listing.names import is_known, list_events, list_names
from quotidian.series.listing.read import item_name
from quotidian.series.read import UnknownSubject, require_app
from quotidian.series.tallies.read import Tally, read_days, read_hours

NAMES_A_PAGE = 250
EVENTS_A_PAGE = 50


class AppHours(Hours, kw_only=True):
    """Days or hours of an app, or of all."""

    app_id: AppId = ""


class SessionHours(AppHours, kw_only=True):
    """Days or hours of sessions."""

    segment_id: InSegment = ""


class EventHours(SessionHours):
    """Days or hours of a custom event."""

    event: EventName


class PurchaseHours(AppHours, kw_only=True):
    """Days or hours of purchases."""

    product: ProductId = ""


class EventsPage(Query):
    """A page of events."""

    cursor: Cursor = ""


def sessions(request: Request[SessionHours]) -> Answer:
    """`/sessions/data_series`."""
    return _of_segment(request, SESSIONS)


def event_counts(request: Request[EventHours]) -> Answer:
    """`/events/data_series`."""
    _require(request, EVENT, request.parameters.event)
    return _of_segment(request, COUNT, request.parameters.event)


def purchase_quantities(request: Request[PurchaseHours]) -> Answer:
    """`/purchases/quantity_series`."""
    return _purchases(request, QUANTITY)


def purchase_revenue(request: Request[PurchaseHours]) -> Answer:
    """`/purchases/revenue_series`."""
    return _purchases(request, REVENUE)


def _purchases(request: Request[PurchaseHours], kind: str) -> Answer:
    product, app_id = request.parameters.product, request.parameters.app_id
    if product:
        _require(request, PRODUCT, product)
    require_app(request.connection, request.workspace, app_id)
    return _series(request, Tally(kind, product, app_id))


def _of_segment(request: Request[SessionHours], kind: str, subject: str = "") -> Answer:
    app_id, segment_id = request.parameters.app_id, request.parameters.segment_id
    require_app(request.connection, request.workspace, app_id)
    if segment_id and item_name(request.connection, request.workspace, SEGMENT, segment_id) is None:
        raise UnknownSubject(request.workspace, SEGMENT, segment_id)
    return _series(request, Tally(kind, subject, app_id, segment_id))


def _require(request: Request[Query], kind: str, name: str) -> None:
    if not is_known(request.connection, request.workspace, kind, name):
        raise UnknownSubject(request.workspace, kind, name)


def _series(request: Request[Hours], tally: Tally) -> Answer:
    connection, workspace, asked = request.connection, request.workspace, request.parameters
    ending = asked.ending_at or datetime.now(UTC).astimezone(workspace.zone)
    if asked.unit == "day":
        days = days_of(workspace, asked.length, ending.date())
        return success_list("data", read_days(connection, workspace, tally, days))
    try:
        return success_list("data", read_hours(connection, workspace, tally, ending, asked.length))
    except OverflowError as error:
        raise no_room(ending.date(), asked.length, asked.unit) from error


def event_names(request: Request[Page]) -> Answer:
    """`/events/list`."""
    return success(b'"events":%s}' % _names(request, EVENT))


def products(request: Request[Page]) -> Answer:
    """`/purchases/product_list`."""
    return success(b'"products":%s}' % _names(request, PRODUCT))


def _names(request: Request[Page], kind: str) -> bytes:
    rows = rows_of(request.parameters, NAMES_A_PAGE)
    return msgspec.json.encode(list_names(request.connection, request.workspace, kind, *rows))


def events(request: Request[EventsPage]) -> Answer:
    """`/events`: a page of events; the header Link leads to the next, if there is one.

    A cursor is the last name of the page before. So a name that is added meanwhile does not shift the pages.
    """
    cursor = request.parameters.cursor
    after = _name_in(cursor) if cursor else ""
    found = list_events(request.connection, request.workspace, after, EVENTS_A_PAGE + 1)
    page = found[:EVENTS_A_PAGE]
    answer = success_list("events", [item for _, item in page])
    if len(found) <= EVENTS_A_PAGE:
        return answer
    following = f"{request.url_of('/events')}?cursor={_cursor_behind(page[-1][0])}"
    return Answer(answer.body, {"Link": f'<{following}>; rel="next"'})


def _cursor_behind(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def _name_in(cursor: str) -> str:
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise BadRequest(f"cursor must be one that a Link header gave, not {shown(cursor)}") from error
