"""The channels of semantics.md §4: which events belong to each, and what each publishes. A table; the rest reads it.

A `Count` says which events a statistic counts: all events of a type, or only those with a `detail`. An event gets its
details when it is read (ingest/sql/normalise.sql).
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

MESSAGES: Final = "users.messages."
SESSION_START: Final = "users.behaviors.app.SessionStart"
FIRST_SESSION: Final = "users.behaviors.app.FirstSession"
UNINSTALL: Final = "users.behaviors.Uninstall"
PURCHASE: Final = "users.behaviors.Purchase"
CUSTOM_EVENT: Final = "users.behaviors.CustomEvent"
CONVERSION: Final = "users.campaigns.Conversion"
CANVAS_ENTRY: Final = "users.canvas.Entry"
CANVAS_CONVERSION: Final = "users.canvas.Conversion"
ENROLMENT: Final = "users.campaigns.EnrollInControl"

CONTROL: Final = "control"
"""The place of control groups: such an element is listed in every channel of its campaign."""

VARIANT: Final = "variant"
STEP: Final = "step"
"""The places of a canvas's variants, and of its steps over all channels (series/messages/__init__.py)."""

CONVERSION_INDEXES: Final = (0, 1, 2, 3)

WHOLE_TYPE: Final = "events"
"""The detail that every event has."""


@dataclass(frozen=True)
class Count:
    """Number of events of a type; with a detail, of those that have it."""

    event: str
    detail: str = WHOLE_TYPE

    @cached_property
    def key(self) -> str:
        """Where facts keep this number: `Open`, or `Open.without_button`."""
        return self.event if self.detail == WHOLE_TYPE else f"{self.event}.{self.detail}"


@dataclass(frozen=True)
class Unique:
    """Number of users with an event of a type on the day and none on the `days` - 1 days before."""

    event: str
    days: int

    @cached_property
    def key(self) -> str:
        """Where facts keep this number: `Open.unique`."""
        return f"{self.event}.unique"


@dataclass(frozen=True)
class Channel:
    """A channel key, the event family it is made from, the type that is a receipt, and its statistics in order."""

    key: str
    family: str
    receipt: str
    statistics: dict[str, Count | Unique] = field(default_factory=dict)
    platforms: tuple[str, ...] = ()

    @property
    def receipt_type(self) -> str:
        """The full event type of a receipt."""
        return f"{MESSAGES}{self.family}.{self.receipt}"

    @property
    def is_push(self) -> bool:
        """Whether this is one of the push channels, which share one family and differ by platform."""
        return self.family == "pushnotification"


def _push(key: str, *platforms: str) -> Channel:
    # Influenced opens are 0 until they are defined, so total_opens counts the same events as direct_opens.
    statistics: dict[str, Count | Unique] = {
        "sent": Count("Send"),
        "direct_opens": Count("Open"),
        "total_opens": Count("Open"),
        "bounces": Count("Bounce"),
        "body_clicks": Count("Open", "without_button"),
    }
    return Channel(key, "pushnotification", "Send", statistics, platforms)


_CARD_LIFE_DAYS = 30
_EMAIL_UNIQUE_DAYS = 7

CHANNELS: Final = (
    Channel(
        "email",
        "email",
        "Send",
        {
            "sent": Count("Send"),
            "delivered": Count("Delivery"),
            "opens": Count("Open"),
            "unique_opens": Unique("Open", _EMAIL_UNIQUE_DAYS),
            "clicks": Count("Click"),
            "unique_clicks": Unique("Click", _EMAIL_UNIQUE_DAYS),
            "unsubscribes": Count("Unsubscribe"),
            "bounces": Count("Bounce"),
            "reported_spam": Count("MarkAsSpam"),
        },
    ),
    _push("ios_push", "ios"),
    _push("android_push", "android"),
    _push("kindle_push", "kindle"),
    _push("web_push", "web", "chrome", "firefox", "safari", "edge", "opera"),
    Channel(
        "trigger_in_app_message",
        "inappmessage",
        "Impression",
        {
            "impressions": Count("Impression"),
            "clicks": Count("Click"),
            "first_button_clicks": Count("Click", "first_button"),
            "second_button_clicks": Count("Click", "second_button"),
        },
    ),
    Channel(
        "content_cards",
        "contentcard",
        "Impression",
        {
            "sent": Count("Send"),
            "total_impressions": Count("Impression"),
            "unique_impressions": Unique("Impression", _CARD_LIFE_DAYS),
            "total_clicks": Count("Click"),
            "unique_clicks": Unique("Click", _CARD_LIFE_DAYS),
            "total_dismissals": Count("Dismiss"),
            "unique_dismissals": Unique("Dismiss", _CARD_LIFE_DAYS),
        },
    ),
    Channel("webhook", "webhook", "Send", {"sent": Count("Send"), "errors": Count("Failure")}),
    Channel(
        "sms",
        "sms",
        "Send",
        {
            "sent": Count("Send"),
            "sent_to_carrier": Count("CarrierSend"),
            "delivered": Count("Delivery"),
            "rejected": Count("Rejection"),
            "delivery_failed": Count("DeliveryFailure"),
            "clicks": Count("ShortLinkClick"),
            "opt_out": Count("InboundReceive", "opt_out"),
            "help": Count("InboundReceive", "help"),
        },
    ),
    Channel(
        "whats_app",
        "whatsapp",
        "Send",
        {
            "sent": Count("Send"),
            "delivered": Count("Delivery"),
            "failed": Count("Failure"),
            "read": Count("Read"),
        },
    ),
)

CHANNEL_BY_KEY: Final = {channel.key: channel for channel in CHANNELS}
PLATFORM_CHANNELS: Final = {platform: channel.key for channel in CHANNELS for platform in channel.platforms}
FAMILY_CHANNELS: Final = {channel.family: channel.key for channel in CHANNELS if not channel.is_push}
RECEIPT_TYPES: Final = sorted({channel.receipt_type for channel in CHANNELS} | {ENROLMENT})
UNIQUE_DAYS: Final = {
    f"{MESSAGES}{channel.family}.{statistic.event}": statistic.days
    for channel in CHANNELS
    for statistic in channel.statistics.values()
    if isinstance(statistic, Unique)
}
"""Look-back in days of every event type that a unique statistic counts."""
