"""What channels and their statistics are called on pages, in English; their keys are those of the API."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from quotidian.dashboard.words import N_

CHANNEL_NAMES: Final[Mapping[str, str]] = {
    "email": N_("E-mail"),
    "ios_push": N_("iOS push"),
    "android_push": N_("Android push"),
    "kindle_push": N_("Kindle push"),
    "web_push": N_("Web push"),
    "trigger_in_app_message": N_("In-app message"),
    "content_cards": N_("Content card"),
    "webhook": N_("Webhook"),
    "sms": N_("SMS"),
    "whats_app": N_("WhatsApp"),
}
"""By the key of the channel."""

STATISTIC_NAMES: Final[Mapping[str, str]] = {
    "sent": N_("Sent"),
    "delivered": N_("Delivered"),
    "opens": N_("Opens"),
    "unique_opens": N_("Unique opens"),
    "clicks": N_("Clicks"),
    "unique_clicks": N_("Unique clicks"),
    "unsubscribes": N_("Unsubscribes"),
    "bounces": N_("Bounces"),
    "reported_spam": N_("Reported as spam"),
    "direct_opens": N_("Direct opens"),
    "total_opens": N_("Opens in all"),
    "body_clicks": N_("Clicks on the body"),
    "impressions": N_("Impressions"),
    "first_button_clicks": N_("Clicks on the first button"),
    "second_button_clicks": N_("Clicks on the second button"),
    "total_impressions": N_("Impressions in all"),
    "unique_impressions": N_("Unique impressions"),
    "total_clicks": N_("Clicks in all"),
    "total_dismissals": N_("Dismissals in all"),
    "unique_dismissals": N_("Unique dismissals"),
    "errors": N_("Errors"),
    "sent_to_carrier": N_("Sent to the carrier"),
    "rejected": N_("Rejected"),
    "delivery_failed": N_("Delivery failed"),
    "undelivered": N_("Undelivered"),
    "opt_out": N_("Opted out"),
    "help": N_("Asked for help"),
    "failed": N_("Failed"),
    "read": N_("Read"),
}
"""By the key of the statistic."""

NUMBER_NAMES: Final[Mapping[str, str]] = {
    "entries": N_("Entries"),
    "unique_recipients": N_("Recipients"),
    "conversions": N_("Conversions"),
    "conversions1": N_("Conversions B"),
    "conversions2": N_("Conversions C"),
    "conversions3": N_("Conversions D"),
    "conversions_by_entry_time": N_("Conversions by day of entry"),
    "conversions1_by_entry_time": N_("Conversions B by day of entry"),
    "conversions2_by_entry_time": N_("Conversions C by day of entry"),
    "conversions3_by_entry_time": N_("Conversions D by day of entry"),
    "revenue": N_("Revenue"),
}
"""What is counted of a whole campaign or canvas, and of its parts, by the key in their points."""

_BUTTON: Final = re.compile(r"notif_button_(\d+)_(.*)_click", re.DOTALL)
_CLICKS_ON_BUTTON: Final = N_("Clicks on button %(rank)s, “%(title)s”")


def statistic_name(key: str, translated: Callable[[str], str]) -> str:
    """A statistic in the reader's language; one whose key has no name is called by its key.

    `translated` is the language's `gettext`.
    """
    if button := _BUTTON.fullmatch(key):
        return translated(_CLICKS_ON_BUTTON) % {"rank": button[1], "title": button[2]}
    return translated(STATISTIC_NAMES.get(key, key))
