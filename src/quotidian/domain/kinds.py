"""The kinds of series, list items and names: the values of the columns `kind`, and what their subjects are."""

from collections.abc import Mapping
from typing import Final

KPIS: Final = ("dau", "mau", "new_users", "uninstalls")
"""Subject: an app_id, or '' for all apps."""

CAMPAIGN: Final = "campaign"
"""Subject: a campaign_id."""

CANVAS: Final = "canvas"
"""Subject: a canvas_id."""

SEGMENT: Final = "segment"
"""Subject: a segment_id. Its series is of the kind SIZE."""

SIZE: Final = "size"
"""How many users a segment has; subject: a segment_id."""

SEND: Final = "send"
"""Subject: a campaign_id; with a send_id."""

EVENT: Final = "event"
"""Of names: custom events."""

PRODUCT: Final = "product"
"""Of names: products."""

APP: Final = "app"
"""Of catalogue entries: apps."""

SESSIONS: Final = "sessions"
"""Of tallies: sessions; no subject. A kind of tally is the key of its number in a point. All tallies have an app_id, ''
for all apps, and those of sessions and custom events a segment_id, '' for everyone."""

COUNT: Final = "count"
"""Of tallies: custom events; subject: the event's name."""

QUANTITY: Final = "purchase_quantity"
"""Of tallies: purchases; subject: a product, or '' for all."""

REVENUE: Final = "revenue"
"""Of tallies: what purchases were worth, in US dollars; subject: a product, or '' for all."""

TALLIES: Final = (SESSIONS, COUNT, QUANTITY, REVENUE)

PATHS: Final[Mapping[str, str]] = {
    CAMPAIGN: "/campaigns/data_series",
    CANVAS: "/canvas/data_series",
    COUNT: "/events/data_series",
    "dau": "/kpi/dau/data_series",
    "mau": "/kpi/mau/data_series",
    "new_users": "/kpi/new_users/data_series",
    "uninstalls": "/kpi/uninstalls/data_series",
    QUANTITY: "/purchases/quantity_series",
    REVENUE: "/purchases/revenue_series",
    SIZE: "/segments/data_series",
    SEND: "/sends/data_series",
    SESSIONS: "/sessions/data_series",
}
"""Every kind of series that is stored, with the path that serves it, in the order of the paths."""

KINDS: Final = tuple(PATHS)
"""Every kind of series that is stored, in the order of the paths."""

KIND_NUMBERS: Final[Mapping[str, int]] = {kind: number for number, kind in enumerate(KINDS)}
"""Kinds as points name them: so their order is that of the paths."""
