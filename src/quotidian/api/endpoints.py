"""The endpoints: a table. Routes, permissions, limits and OpenAPI are made from it (semantics.md §3 to §7)."""

from typing import Final

from quotidian.api import canvas, feed, ingest, lists, schemas, segments, sends, series, tallies
from quotidian.api.endpoint import AnyEndpoint, Endpoint, Work
from quotidian.api.parameters import Query
from quotidian.api.queries import Page

ENDPOINTS: Final[tuple[AnyEndpoint, ...]] = (
    Endpoint(
        "/kpi/dau/data_series",
        series.KpiDays,
        series.kpi("dau"),
        schemas.kpi_points("dau"),
        "Distinct users with a session, a day",
    ),
    Endpoint(
        "/kpi/mau/data_series",
        series.KpiDays,
        series.kpi("mau"),
        schemas.kpi_points("mau"),
        "Distinct users with a session in the 30 days that end with the day",
    ),
    Endpoint(
        "/kpi/new_users/data_series",
        series.KpiDays,
        series.kpi("new_users"),
        schemas.kpi_points("new_users"),
        "Distinct users with their first session, a day",
    ),
    Endpoint(
        "/kpi/uninstalls/data_series",
        series.KpiDays,
        series.kpi("uninstalls"),
        schemas.kpi_points("uninstalls"),
        "Uninstalls, a day",
    ),
    Endpoint(
        "/campaigns/data_series",
        series.CampaignDays,
        series.campaign,
        schemas.CAMPAIGN_POINTS,
        "What became of a campaign's messages, a day, by channel and variation",
        limit="campaigns",
        # The French reference of the Export API prints the path translated; people copy it from there.
        aliases=("/campagnes/séries_de_données",),
    ),
    Endpoint(
        "/sends/data_series",
        series.SendDays,
        series.send,
        schemas.SEND_POINTS,
        "What became of one send of a campaign, a day, by channel and variation",
    ),
    Endpoint(
        "/campaigns/list",
        lists.ItemPage,
        lists.campaigns,
        schemas.CAMPAIGN_LIST,
        "The campaigns, 100 a page, by creation",
    ),
    Endpoint(
        "/campaigns/details",
        lists.OneCampaign,
        lists.campaign,
        schemas.CAMPAIGN_DETAILS,
        "What is known of a campaign",
    ),
    Endpoint(
        "/sessions/data_series",
        tallies.SessionHours,
        tallies.sessions,
        schemas.hourly_points("sessions"),
        "Sessions, a day or an hour",
    ),
    Endpoint(
        "/events/list",
        Page,
        tallies.event_names,
        schemas.EVENT_NAMES,
        "The names of custom events, 250 a page, in alphabetical order",
    ),
    Endpoint(
        "/events",
        tallies.EventsPage,
        tallies.events,
        schemas.EVENT_LIST,
        "The custom events, 50 a page, in alphabetical order; the header Link leads to the next page",
    ),
    Endpoint(
        "/events/data_series",
        tallies.EventHours,
        tallies.event_counts,
        schemas.hourly_points("count"),
        "How often a custom event happened, a day or an hour",
    ),
    Endpoint(
        "/purchases/product_list",
        Page,
        tallies.products,
        schemas.PRODUCTS,
        "The products that were bought, 250 a page, in alphabetical order",
    ),
    Endpoint(
        "/purchases/quantity_series",
        tallies.PurchaseHours,
        tallies.purchase_quantities,
        schemas.hourly_points("purchase_quantity"),
        "Purchases, a day or an hour",
    ),
    Endpoint(
        "/purchases/revenue_series",
        tallies.PurchaseHours,
        tallies.purchase_revenue,
        schemas.REVENUE_POINTS,
        "What purchases were worth in US dollars, a day or an hour",
    ),
    Endpoint(
        "/canvas/list",
        lists.ItemPage,
        lists.canvases,
        schemas.CANVAS_LIST,
        "The canvases, 100 a page, by creation",
    ),
    Endpoint(
        "/canvas/details",
        lists.OneCanvas,
        lists.canvas,
        schemas.CANVAS_DETAILS,
        "What is known of a canvas",
    ),
    Endpoint(
        "/canvas/data_series",
        canvas.CanvasDays,
        canvas.series,
        schemas.CANVAS_POINTS,
        "What became of a canvas, a day, by variant and by step",
    ),
    Endpoint(
        "/canvas/data_summary",
        canvas.CanvasDays,
        canvas.summary,
        schemas.CANVAS_SUMMARY,
        "What became of a canvas on some days together, by variant and by step",
    ),
    Endpoint(
        "/segments/list",
        segments.SegmentPage,
        segments.segments,
        schemas.SEGMENT_LIST,
        "The segments, 100 a page, by creation",
    ),
    Endpoint(
        "/segments/details",
        segments.OneSegment,
        segments.segment,
        schemas.SEGMENT_DETAILS,
        "What is known of a segment",
    ),
    Endpoint(
        "/segments/data_series",
        segments.SegmentDays,
        segments.sizes,
        schemas.SEGMENT_POINTS,
        "How many users a segment has, a day",
    ),
    Endpoint("/feed/list", Page, feed.cards, schemas.CARD_LIST, "News-feed cards, which are retired: none"),
    Endpoint("/feed/details", feed.OneCard, feed.card, schemas.CARD_DETAILS, "Retired: no card is known"),
    Endpoint("/feed/data_series", feed.CardHours, feed.card, schemas.CARD_POINTS, "Retired: no card is known"),
    Endpoint(
        "/events",
        Query,
        ingest.take_events,
        schemas.EVENTS_TAKEN,
        "Take in events, as Currents' custom HTTP connector posts them",
        work=Work.TAKE_IN,
        body=schemas.EVENTS_BODY,
        limit="ingest",
        own_permission="events.ingest",
    ),
    Endpoint(
        "/users/track",
        Query,
        ingest.take_track,
        schemas.TRACK_TAKEN,
        "Take in custom events and purchases; attributes are accepted and ignored",
        work=Work.TAKE_IN,
        body=schemas.TRACK_BODY,
        status=201,
        limit="ingest",
    ),
    Endpoint(
        "/sends/id/create",
        Query,
        sends.create_send,
        schemas.SEND_CREATED,
        "Register a send of a campaign, to be tracked; at most 100 a day and campaign",
        work=Work.WRITE,
        body=schemas.SEND_BODY,
        status=201,
    ),
)

METRICS_PERMISSION: Final = "metrics"
"""What a key needs for /metrics, where the setting `metrics` asks for a key."""

PERMISSIONS: Final = (*(endpoint.permission for endpoint in ENDPOINTS), METRICS_PERMISSION)
