"""Rates: the shares that pages show, and what each means: one place for all pages, and for docs/dashboard-numbers.md.

What their ingredients are, channel by channel, is in domain/totals.py.
"""

from typing import Final, NamedTuple

from quotidian.dashboard.words import N_
from quotidian.domain.totals import Totals


class Rate(NamedTuple):
    """A rate: its name in addresses, the totals that it is made of by name, its title, and what it means."""

    name: str
    number: str
    of: str
    title: str
    meaning: str

    def value(self, totals: Totals) -> float | None:
        """The rate; None where nothing could have been counted."""
        found: float | None = getattr(totals, self.name)
        return found


DELIVERY_RATE: Final = Rate(
    "delivery_rate",
    "delivered",
    "deliverable",
    N_("Delivery rate"),
    N_("Messages delivered, of the messages sent in channels that tell of deliveries: e-mail, SMS and WhatsApp."),
)
OPEN_RATE: Final = Rate(
    "open_rate",
    "opens",
    "openable",
    N_("Open rate"),
    N_(
        "Opens, of the messages delivered (of push messages: sent), in channels that have opens. Of e-mails a user "
        "counts once in 7 days; WhatsApp messages are opened when they are read."
    ),
)
CLICK_RATE: Final = Rate(
    "click_rate",
    "clicks",
    "clickable",
    N_("Click rate"),
    N_(
        "Clicks, of the messages delivered (of in-app messages: shown, of content cards: sent), in channels that have "
        "clicks. Of e-mails a user counts once in 7 days, of content cards once in 30."
    ),
)
CONVERSION_RATE: Final = Rate(
    "conversion_rate",
    "conversions",
    "recipients",
    N_("Conversion rate"),
    N_("Conversions of the first behavior on these days, of the users who received a message, once a day each."),
)
ENTRY_CONVERSION_RATE: Final = Rate(
    "conversion_rate",
    "conversions",
    "entries",
    N_("Conversion rate"),
    N_("Conversions of the first behavior on these days, of the entries on these days."),
)

CAMPAIGN_RATES: Final = {rate.name: rate for rate in (DELIVERY_RATE, OPEN_RATE, CLICK_RATE, CONVERSION_RATE)}
CANVAS_RATES: Final = {rate.name: rate for rate in (DELIVERY_RATE, OPEN_RATE, CLICK_RATE, ENTRY_CONVERSION_RATE)}
