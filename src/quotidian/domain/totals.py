"""Totals: a few numbers in which campaigns of all channels can be compared. A table; the rest reads it.

One word is one thing in every channel. `sent` is the statistic `sent`, or `impressions` where a channel has no other.
`delivered` is the statistic of that name. `opens` and `clicks` count users once a week or month where a channel has
such a number, else events: a push message's opens are its `total_opens`, and a WhatsApp message is opened when it is
read. A channel that has none of a number has None, not 0. `recipients`, `entries`, `conversions` (of the first
behaviour) and `revenue` are those of the point; over several days recipients add up, so that a user counts once a day.

A rate is over those channels alone that have both of its numbers: of a campaign with e-mails and text messages, the
open rate is that of its e-mails. So each number has what it is a share of beside it: `delivered` of `deliverable`, what
was sent in channels that tell of deliveries; `opens` of `openable`, and `clicks` of `clickable`, what was delivered, or
else sent, in channels that have opens and clicks.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeVar

from quotidian.domain.channels import CHANNELS
from quotidian.domain.kinds import CAMPAIGN, CANVAS, COUNT
from quotidian.domain.ratios import share


class Sources(NamedTuple):
    """The statistics of a channel that its totals are made of; None for what it does not have."""

    sent: str = "sent"
    delivered: str | None = None
    opens: str | None = None
    clicks: str | None = None

    @property
    def reached(self) -> str:
        """What opens and clicks are a share of: what was delivered, or sent where deliveries are not told."""
        return self.delivered or self.sent

    @property
    def deliverable(self) -> str | None:
        """What `delivered` is a share of."""
        return self.sent if self.delivered else None

    @property
    def openable(self) -> str | None:
        """What `opens` is a share of."""
        return self.reached if self.opens else None

    @property
    def clickable(self) -> str | None:
        """What `clicks` is a share of."""
        return self.reached if self.clicks else None


_MICROS: Final = 1_000_000
_PUSH: Final = Sources(opens="total_opens")

SOURCES: Final[Mapping[str, Sources]] = {
    "email": Sources(delivered="delivered", opens="unique_opens", clicks="unique_clicks"),
    **{channel.key: _PUSH for channel in CHANNELS if channel.is_push},
    "trigger_in_app_message": Sources(sent="impressions", clicks="clicks"),
    "content_cards": Sources(clicks="unique_clicks"),
    "webhook": Sources(),
    "sms": Sources(delivered="delivered", clicks="clicks"),
    "whats_app": Sources(delivered="delivered", opens="read"),
}
"""By the key of the channel."""


class Totals(NamedTuple):
    """The totals of a campaign, canvas, segment or custom event; None is what there is nothing to tell of.

    `revenue` is in micro-dollars: a float, for prices that are wrong add up to more than 64 bits; it is exact up to 9
    billion dollars. Only canvases have `entries`, only custom events `events`, and segments nothing but their `size`,
    which is that of the last day.
    """

    sent: int | None = None
    deliverable: int | None = None
    delivered: int | None = None
    openable: int | None = None
    opens: int | None = None
    clickable: int | None = None
    clicks: int | None = None
    recipients: int | None = None
    entries: int | None = None
    conversions: int | None = None
    revenue: float | None = None
    events: int | None = None
    size: int | None = None

    @property
    def dollars(self) -> float | None:
        """The revenue in US dollars."""
        return None if self.revenue is None else self.revenue / _MICROS

    @property
    def delivery_rate(self) -> float | None:
        """The share of what was sent that was delivered."""
        return share(self.delivered, self.deliverable)

    @property
    def open_rate(self) -> float | None:
        """The share of what was delivered that was opened."""
        return share(self.opens, self.openable)

    @property
    def click_rate(self) -> float | None:
        """The share of what was delivered that was clicked."""
        return share(self.clicks, self.clickable)

    @property
    def conversion_rate(self) -> float | None:
        """Conversions as a share of the entries of a canvas, or of the recipients of a campaign."""
        return share(self.conversions, self.recipients if self.entries is None else self.entries)


class OfMessages(NamedTuple):
    """What was sent, and what became of it: the first of the `Totals`, in their order."""

    sent: int | None = None
    deliverable: int | None = None
    delivered: int | None = None
    openable: int | None = None
    opens: int | None = None
    clickable: int | None = None
    clicks: int | None = None


T = TypeVar("T", OfMessages, Totals)


def of_messages(channel: str, sent: int, delivered: int, opens: int, clicks: int) -> OfMessages:
    """What was sent in a channel: those of the numbers that the channel has."""
    of = SOURCES[channel]
    deliverable = told_delivered = openable = told_opens = clickable = told_clicks = None
    reached = sent
    if of.delivered is not None:
        deliverable, told_delivered, reached = sent, delivered, delivered
    if of.opens is not None:
        openable, told_opens = reached, opens
    if of.clicks is not None:
        clickable, told_clicks = reached, clicks
    return OfMessages(sent, deliverable, told_delivered, openable, told_opens, clickable, told_clicks)


def totals_of_channel(channel: str, statistics: Mapping[str, int]) -> Totals:
    """The totals of what was sent in a channel, from its statistics by name."""
    return Totals(*of_messages(channel, *(0 if name is None else statistics.get(name, 0) for name in SOURCES[channel])))


def added(one: T, other: T) -> T:
    """The numbers of two channels together."""
    pairs = zip(one, other, strict=True)
    numbers: Iterator[Any] = (
        right if left is None else left if right is None else left + right for left, right in pairs
    )
    return type(one)(*numbers)


def zero_totals(kind: str, channels: Iterable[str]) -> Totals:
    """The totals of a campaign or canvas with these channels, or of a custom event (kind COUNT), without any data."""
    messages = OfMessages()
    for channel in channels:
        if channel in SOURCES:
            messages = added(messages, of_messages(channel, 0, 0, 0, 0))
    return _ZERO[kind]._replace(**messages._asdict())


def zero_of_channel(kind: str, channel: str) -> Totals:
    """The totals of one of its channels alone, without any data."""
    messages = of_messages(channel, 0, 0, 0, 0) if channel in SOURCES else OfMessages()
    return (_ZERO[kind] if kind == CAMPAIGN else Totals())._replace(**messages._asdict())


_ZERO: Final[Mapping[str, Totals]] = {
    CAMPAIGN: Totals(recipients=0, conversions=0, revenue=0.0),
    CANVAS: Totals(entries=0, conversions=0, revenue=0.0),
    COUNT: Totals(events=0),
}
"""What a point has of its own. Of campaigns each channel has that too."""


ADDED_UP: Final = tuple(name for name in Totals._fields if name != "size")
"""The totals that are kept, and add up over days and channels."""
