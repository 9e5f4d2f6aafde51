"""What each published number counts, in a sentence: for /v1/explain, the command line and the documentation.

Statistics of channels have theirs made from the table of channels; the others are listed here.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from quotidian.domain.channels import (
    CANVAS_CONVERSION,
    CANVAS_ENTRY,
    CHANNELS,
    CONTROL,
    CONVERSION,
    CUSTOM_EVENT,
    ENROLMENT,
    FIRST_SESSION,
    MESSAGES,
    PURCHASE,
    SESSION_START,
    STEP,
    UNINSTALL,
    VARIANT,
    Channel,
    Count,
    Unique,
)
from quotidian.domain.counts import counted, in_words
from quotidian.domain.kinds import CAMPAIGN, CANVAS, COUNT, QUANTITY, REVENUE, SEND, SESSIONS, SIZE
from quotidian.domain.money import DEFAULT_REVENUE_WINDOW_SECONDS
from quotidian.domain.subjects import CONVERSION_WINDOW_SECONDS

_DAY_SECONDS: Final = 86_400
_LETTERS: Final = ("A", "B", "C", "D")

_DETAILS: Final[Mapping[str, str]] = {
    "events": "",
    "without_button": " without a button_string",
    "first_button": ' with the button_id "0"',
    "second_button": ' with the button_id "1"',
    "opt_out": ' with the action "Unsubscribed"',
    "help": ' whose message_body, trimmed and in any case, is "help" or "info"',
}
"""By the detail that a statistic counts: what its events have, or have not."""

_IN_DOLLARS: Final = (
    "in US dollars: each price at the workspace's rate is rounded to millionths, halves to even, before it is summed, "
    "and currencies without a rate are left out"
)

_BEHAVIORS: Final[Mapping[str, str]] = {
    "dau": f"Distinct users with an event {SESSION_START} on the day",
    "mau": f"Distinct users with an event {SESSION_START} on any of the 30 days that end with the day",
    "new_users": f"Distinct users with an event {FIRST_SESSION} on the day",
    "uninstalls": f"Events {UNINSTALL} of the day",
    SESSIONS: f"Events {SESSION_START} of the day",
    COUNT: f"Events {CUSTOM_EVENT} of that name on the day",
    QUANTITY: f"Events {PURCHASE} of the day",
    REVENUE: f"What the events {PURCHASE} of the day were worth {_IN_DOLLARS}",
    SIZE: "Distinct users who are in the segment on the day, as its filters say",
}
"""Of series without elements, by their kind."""


class Meant(NamedTuple):
    """A number whose definition is asked for: the kind of its series, its key, and the channel of its element, or ''.

    `revenue_window` is in seconds, `send_days` how many days after its first a send counts (0: no end), `segment` says
    who is in the segment, `narrowed` which app, product or segment the series is restricted to.
    """

    kind: str
    name: str
    channel: str = ""
    revenue_window: int = DEFAULT_REVENUE_WINDOW_SECONDS
    send_days: int = 0
    segment: str = ""
    narrowed: tuple[str, ...] = ()


def definition(meant: Meant) -> str:
    """The definition of a number, a sentence."""
    if meant.kind == SIZE and meant.segment:
        return f"Distinct users who are in the segment on the day: {meant.segment}."
    if meant.kind in _BEHAVIORS:
        only = f", only of {in_words(meant.narrowed)}" if meant.narrowed else ""
        return f"{_BEHAVIORS[meant.kind]}{only}."
    if meant.name.startswith("conversions") or meant.name == "revenue":
        attributed = _revenue(meant) if meant.name == "revenue" else _conversions(meant)
        return f"{attributed}, {_send_days(meant)}." if meant.kind == SEND else f"{attributed}."
    return f"{_of_messages(meant)}, {_where(meant)}."


def _of_messages(meant: Meant) -> str:
    name = meant.name
    if name == "entries":
        return f"Events {CANVAS_ENTRY} of the day"
    if name == "enrolled":
        return f"Distinct users with an event {ENROLMENT} on the day"
    if name == "unique_recipients":
        return _recipients(meant)
    by_key = {channel.key: channel for channel in CHANNELS}
    return _statistic(by_key[meant.channel], name)


def _statistic(channel: Channel, name: str) -> str:
    platforms = f" with the platform {' or '.join(channel.platforms)}" if channel.platforms else ""
    typed = f"{MESSAGES}{channel.family}."
    if channel.is_push and name == "delivered":
        return f"Events {typed}Send less events {typed}Bounce of the day{platforms}, and not below 0"
    if name == "undelivered":
        return f"Events {typed}{'Bounce' if channel.is_push else 'Rejection'} of the day{platforms}"
    if channel.is_push and name == "delivery_failed":
        return "Always 0: push messages have no event of that kind"
    if name not in channel.statistics:
        rank = "the number is its rank by first appearance"
        return f"Events {typed}Open of the day{platforms} with that button_string ({rank})"
    match channel.statistics[name]:
        case Unique(event, days):
            before = f"none on the {counted(days - 1, 'day')} before"
            return f"Distinct users with an event {typed}{event}{platforms} on the day and {before}"
        case Count(event, detail):
            return f"Events {typed}{event} of the day{platforms}{_DETAILS[detail]}"


def _recipients(meant: Meant) -> str:
    if meant.channel == CONTROL:
        return f"Distinct users with an event {ENROLMENT} on the day"
    of_channel = {channel.key: channel.receipt_type for channel in CHANNELS}.get(meant.channel)
    if of_channel:
        return f"Distinct users with an event {of_channel} on the day"
    enrolled = "" if meant.kind == CANVAS else ", or were enrolled in the control group,"
    receipts = "Send, or the Impression of cards and in-app messages"
    return f"Distinct users who received a message{enrolled} on the day ({receipts})"


def _conversions(meant: Meant) -> str:
    index = int(meant.name.removeprefix("conversions")[:1].strip("_") or 0)
    of_canvas = meant.kind == CANVAS
    receipt, window = "entry" if of_canvas else "receipt", _duration(CONVERSION_WINDOW_SECONDS)
    event = CANVAS_CONVERSION if of_canvas else CONVERSION
    what = f"Events {event} of the {_subject(meant)}, of conversion {_LETTERS[index]} (index {index})"
    looked = f"the user's latest at or before it, at most {window} earlier, of the variation if the event names one"
    owner = "" if meant.channel == STEP else _owner(meant)
    named = ", that name that step" if meant.channel == STEP else ""
    if "_by_" in meant.name:
        without = f", which is of {owner}" if owner else "; without one on their own day"
        return f"{what}{named}, counted on the day of their {receipt} ({looked}){without}"
    return f"{what}{named}, on the day" + (f", whose {receipt} ({looked}) is of {owner}" if owner else "")


def _revenue(meant: Meant) -> str:
    receipt = "entry" if meant.kind == CANVAS else "receipt"
    if meant.channel == STEP:
        receipt = "receipt of a message of any step"
    owner = _owner(meant)
    return (
        f"What the events {PURCHASE} of the day were worth that happened after the user's latest {receipt} of the "
        f"{_subject(meant)} and at most {_duration(meant.revenue_window)} later"
        f"{f', where that is of {owner}' if owner else ''}, {_IN_DOLLARS}"
    )


def _where(meant: Meant) -> str:
    """What the events must be of, where they are not attributed."""
    owner = _owner(meant) or f"the {meant.kind}"
    if meant.kind != SEND:
        return f"of {owner}"
    return f"of {owner}, {_send_days(meant)}"


def _send_days(meant: Meant) -> str:
    if not meant.send_days:
        return "from its first day on"
    return f"from its first day to {counted(meant.send_days, 'day')} after it"


def _subject(meant: Meant) -> str:
    return CANVAS if meant.kind == CANVAS else CAMPAIGN


def _owner(meant: Meant) -> str:
    """The element, the send or both; '' for a whole campaign or canvas."""
    element = {"": "", VARIANT: "that variant", STEP: "that step"}.get(meant.channel)
    if element is None:
        element = "that step" if meant.kind == CANVAS else "that variation"
    if meant.kind == SEND:
        return f"{element} of the send" if element else "the send"
    return f"{element} of the {meant.kind}" if element else ""


def _duration(seconds: int) -> str:
    days, left = divmod(seconds, _DAY_SECONDS)
    return f"{counted(seconds, 'second')} ({counted(days, 'day')})" if days and not left else counted(seconds, "second")
