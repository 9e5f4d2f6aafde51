"""The kinds of series, list items and names: the values of the columns `kind`, and what their subjects are."""

from typing import Final

KPIS: Final = ("dau", "mau", "new_users", "uninstalls")
"""Subject: an app_id, or '' for all apps."""

CAMPAIGN: Final = "campaign"
"""Subject: a campaign_id."""

CANVAS: Final = "canvas"
"""Subject: a canvas_id."""

SEGMENT: Final = "segment"
"""Subject: a segment_id."""

SEND: Final = "send"
"""Subject: a campaign_id; with a send_id."""

EVENT: Final = "event"
"""Of names: custom events."""

PRODUCT: Final = "product"
"""Of names: products."""

APP: Final = "app"
"""Of catalogue entries: apps."""

SESSIONS: Final = "sessions"
"""Of tallies: sessions; no subject. A kind of tally is the key of its number in a point."""

COUNT: Final = "count"
"""Of tallies: custom events; subject: the event's name."""

QUANTITY: Final = "purchase_quantity"
"""Of tallies: purchases; subject: a product, or '' for all."""

REVENUE: Final = "revenue"
"""Of tallies: what purchases were worth, in US dollars; subject: a product, or '' for all."""
