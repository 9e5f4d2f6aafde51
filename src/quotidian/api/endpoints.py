"""The endpoints: a table. Routes, permissions, limits and OpenAPI are made from it (semantics.md §3 to §7)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from quotidian.api import canvas, feed, lists, tallies
from quotidian.api import parameters as p
from quotidian.api.ingest import Intake, Post, take_events, take_track
from quotidian.api.request import UNKNOWN, Answer, Request, body_of_list, days_of
from quotidian.api.schemas import (
    CAMPAIGN_DETAILS,
    CAMPAIGN_LIST,
    CAMPAIGN_POINTS,
    CANVAS_DETAILS,
    CANVAS_LIST,
    CANVAS_POINTS,
    CANVAS_SUMMARY,
    CARD_DETAILS,
    CARD_LIST,
    CARD_POINTS,
    EVENT_LIST,
    EVENT_NAMES,
    EVENTS_BODY,
    EVENTS_TAKEN,
    PRODUCTS,
    REVENUE_POINTS,
    SEGMENT_DETAILS,
    SEGMENT_LIST,
    SEGMENT_POINTS,
    SEND_BODY,
    SEND_CREATED,
    SEND_POINTS,
    TRACK_BODY,
    TRACK_TAKEN,
    hourly_points,
    kpi_points,
)
from quotidian.api.sends import create_send
from quotidian.control.workspaces import Workspace
from quotidian.domain.days import Day, date_of, day_of
from quotidian.domain.errors import BadRequest
from quotidian.domain.kinds import CAMPAIGN, CANVAS, SEGMENT, SEND
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.read import Subject, UnknownSubject, find_series, read_points


@dataclass(frozen=True)
class Endpoint:
    """A GET endpoint."""

    path: str
    summary: str
    parameters: tuple[p.Parameter, ...]
    answer: Callable[[Request], Answer]
    schema: Mapping[str, Any]
    limit: str = "hourly"
    aliases: tuple[str, ...] = ()

    @property
    def permission(self) -> str:
        """What a key needs to call it: `kpi.dau.data_series`."""
        return self.path.strip("/").replace("/", ".")


@dataclass(frozen=True)
class IntakeEndpoint:
    """A POST endpoint that takes events in; `take` says what is kept and what is then answered."""

    path: str
    permission: str
    summary: str
    take: Callable[[Post], Intake]
    body: Mapping[str, Any]
    status: int
    schema: Mapping[str, Any]
    limit: str = "ingest"


@dataclass(frozen=True)
class WriteEndpoint:
    """A POST endpoint that writes into the series store; `write` returns the body of the answer."""

    path: str
    permission: str
    summary: str
    write: Callable[[Connection, Workspace, bytes], bytes]
    body: Mapping[str, Any]
    status: int
    schema: Mapping[str, Any]
    limit: str = "hourly"


PostEndpoint = IntakeEndpoint | WriteEndpoint
AnyEndpoint = Endpoint | PostEndpoint


def _series(request: Request, subject: Subject) -> bytes:
    days = days_of(request, request.values["ending_at"])
    try:
        found = find_series(request.connection, request.workspace, subject)
    except UnknownSubject as error:
        raise BadRequest(UNKNOWN[error.kind]) from error
    _refuse_purged(request, subject, found.first_day)
    return body_of_list("data", read_points(request.connection, found, days))


def _refuse_purged(request: Request, subject: Subject, first_day: Day | None) -> None:
    rules = SendRules.of(request.settings)
    if first_day is not None and rules.is_purged(first_day, day_of(request.workspace.today)):
        until = date_of(rules.kept_until(first_day))
        raise BadRequest(f"Send {subject.send_id!r} was kept until {until}; its campaign's series has its numbers")


def _kpi(kind: str) -> Callable[[Request], bytes]:
    return lambda request: _series(request, Subject(kind, request.values["app_id"] or ""))


def _campaign(request: Request) -> bytes:
    return _series(request, Subject(CAMPAIGN, request.values["campaign_id"]))


def _send(request: Request) -> bytes:
    return _series(request, Subject(SEND, request.values["campaign_id"], request.values["send_id"]))


_SLICE = (p.LENGTH, p.ENDING_AT)
_CANVAS = (
    p.CANVAS_ID,
    p.CANVAS_LENGTH,
    p.STARTING_AT,
    p.ENDING_AT,
    p.VARIANT_BREAKDOWN,
    p.STEP_BREAKDOWN,
    p.DELETED_STEPS,
)
_HOURLY_SLICE = (p.LENGTH, p.UNIT, p.ENDING_MOMENT)

ENDPOINTS: Final = (
    Endpoint(
        "/kpi/dau/data_series",
        "Distinct users with a session, a day",
        (*_SLICE, p.APP_ID),
        _kpi("dau"),
        kpi_points("dau"),
    ),
    Endpoint(
        "/kpi/mau/data_series",
        "Distinct users with a session in the 30 days that end with the day",
        (*_SLICE, p.APP_ID),
        _kpi("mau"),
        kpi_points("mau"),
    ),
    Endpoint(
        "/kpi/new_users/data_series",
        "Distinct users with their first session, a day",
        (*_SLICE, p.APP_ID),
        _kpi("new_users"),
        kpi_points("new_users"),
    ),
    Endpoint(
        "/kpi/uninstalls/data_series",
        "Uninstalls, a day",
        (*_SLICE, p.APP_ID),
        _kpi("uninstalls"),
        kpi_points("uninstalls"),
    ),
    Endpoint(
        "/campaigns/data_series",
        "What became of a campaign's messages, a day, by channel and variation",
        (p.CAMPAIGN_ID, *_SLICE),
        _campaign,
        CAMPAIGN_POINTS,
        limit="campaigns",
        # The French reference of the Export API prints the path translated; people copy it from there.
        aliases=("/campagnes/séries_de_données",),
    ),
    Endpoint(
        "/sends/data_series",
        "What became of one send of a campaign, a day, by channel and variation",
        (p.CAMPAIGN_ID, p.SEND_ID, *_SLICE),
        _send,
        SEND_POINTS,
    ),
    Endpoint(
        "/campaigns/list",
        "The campaigns, 100 a page, by creation",
        (p.PAGE, p.INCLUDE_ARCHIVED, p.SORT_DIRECTION, p.LAST_EDIT_AFTER),
        lists.listing(CAMPAIGN, "campaigns"),
        CAMPAIGN_LIST,
    ),
    Endpoint(
        "/campaigns/details", "What is known of a campaign", (p.CAMPAIGN_ID,), lists.campaign_details, CAMPAIGN_DETAILS
    ),
    Endpoint(
        "/sessions/data_series",
        "Sessions, a day or an hour",
        (*_HOURLY_SLICE, p.APP_ID, p.IN_SEGMENT),
        tallies.sessions,
        hourly_points("sessions"),
    ),
    Endpoint(
        "/events/list",
        "The names of custom events, 250 a page, in alphabetical order",
        (p.PAGE,),
        tallies.event_names,
        EVENT_NAMES,
    ),
    Endpoint(
        "/events",
        "The custom events, 50 a page, in alphabetical order; the header Link leads to the next page",
        (p.CURSOR,),
        tallies.events,
        EVENT_LIST,
    ),
    Endpoint(
        "/events/data_series",
        "How often a custom event happened, a day or an hour",
        (p.EVENT, *_HOURLY_SLICE, p.APP_ID, p.IN_SEGMENT),
        tallies.event_counts,
        hourly_points("count"),
    ),
    Endpoint(
        "/purchases/product_list",
        "The products that were bought, 250 a page, in alphabetical order",
        (p.PAGE,),
        tallies.products,
        PRODUCTS,
    ),
    Endpoint(
        "/purchases/quantity_series",
        "Purchases, a day or an hour",
        (*_HOURLY_SLICE, p.APP_ID, p.PRODUCT),
        tallies.purchase_quantities,
        hourly_points("purchase_quantity"),
    ),
    Endpoint(
        "/purchases/revenue_series",
        "What purchases were worth in US dollars, a day or an hour",
        (*_HOURLY_SLICE, p.APP_ID, p.PRODUCT),
        tallies.purchase_revenue,
        REVENUE_POINTS,
    ),
    Endpoint(
        "/canvas/list",
        "The canvases, 100 a page, by creation",
        (p.PAGE, p.INCLUDE_ARCHIVED, p.SORT_DIRECTION, p.LAST_EDIT_AFTER),
        lists.listing(CANVAS, "canvases"),
        CANVAS_LIST,
    ),
    Endpoint("/canvas/details", "What is known of a canvas", (p.CANVAS_ID,), lists.canvas_details, CANVAS_DETAILS),
    Endpoint(
        "/canvas/data_series",
        "What became of a canvas, a day, by variant and by step",
        _CANVAS,
        canvas.canvas_series,
        CANVAS_POINTS,
    ),
    Endpoint(
        "/canvas/data_summary",
        "What became of a canvas on some days together, by variant and by step",
        _CANVAS,
        canvas.canvas_total,
        CANVAS_SUMMARY,
    ),
    Endpoint(
        "/segments/list",
        "The segments, 100 a page, by creation",
        (p.PAGE, p.SORT_DIRECTION),
        lists.listing(SEGMENT, "segments"),
        SEGMENT_LIST,
    ),
    Endpoint(
        "/segments/details", "What is known of a segment", (p.SEGMENT_ID,), lists.segment_details, SEGMENT_DETAILS
    ),
    Endpoint(
        "/segments/data_series",
        "How many users a segment has, a day",
        (p.SEGMENT_ID, *_SLICE),
        lists.segment_sizes,
        SEGMENT_POINTS,
    ),
    Endpoint("/feed/list", "News-feed cards, which are retired: none", (p.PAGE,), feed.cards, CARD_LIST),
    Endpoint("/feed/details", "Retired: no card is known", (p.CARD_ID,), feed.card, CARD_DETAILS),
    Endpoint("/feed/data_series", "Retired: no card is known", (p.CARD_ID, *_HOURLY_SLICE), feed.card, CARD_POINTS),
)

INTAKE: Final = (
    IntakeEndpoint(
        "/events",
        "events.ingest",
        "Take in events, as Currents' custom HTTP connector posts them",
        take_events,
        EVENTS_BODY,
        200,
        EVENTS_TAKEN,
    ),
    IntakeEndpoint(
        "/users/track",
        "users.track",
        "Take in custom events and purchases; attributes are accepted and ignored",
        take_track,
        TRACK_BODY,
        201,
        TRACK_TAKEN,
    ),
)

WRITES: Final = (
    WriteEndpoint(
        "/sends/id/create",
        "sends.id.create",
        "Register a send of a campaign, to be tracked; at most 100 a day and campaign",
        create_send,
        SEND_BODY,
        201,
        SEND_CREATED,
    ),
)

METRICS_PERMISSION: Final = "metrics"
"""What a key needs for /metrics, where the setting `metrics` asks for a key."""

PERMISSIONS: Final = (*(endpoint.permission for endpoint in (*ENDPOINTS, *INTAKE, *WRITES)), METRICS_PERMISSION)
