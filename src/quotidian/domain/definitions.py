"""What each published number counts, in a sentence: for /v1/explain, the command line, and the pages in any language.

Statistics of channels have theirs made from the table of channels; the others are listed here. All texts are templates
of a Wording.
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
from quotidian.domain.kinds import CANVAS, COUNT, QUANTITY, REVENUE, SEND, SESSIONS, SIZE
from quotidian.domain.money import DEFAULT_REVENUE_WINDOW_SECONDS
from quotidian.domain.segments import Segment
from quotidian.domain.subjects import CONVERSION_WINDOW_SECONDS
from quotidian.domain.wording import ENGLISH, Wording, days_in_words, seconds_in_words

_DAY_SECONDS: Final = 86_400
_LETTERS: Final = ("A", "B", "C", "D")

_DETAILS: Final[Mapping[str, str]] = {
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

_USERS: Final = "Distinct users with an event %(type)s on the day"
_EVENTS: Final = "Events %(type)s of the day"


class _Behavior(NamedTuple):
    text: str
    type: str = ""


_BEHAVIORS: Final[Mapping[str, _Behavior]] = {
    "dau": _Behavior(_USERS, SESSION_START),
    "mau": _Behavior(
        "Distinct users with an event %(type)s on any of the 30 days that end with the day", SESSION_START
    ),
    "new_users": _Behavior(_USERS, FIRST_SESSION),
    "uninstalls": _Behavior(_EVENTS, UNINSTALL),
    SESSIONS: _Behavior(_EVENTS, SESSION_START),
    COUNT: _Behavior("Events %(type)s of that name on the day", CUSTOM_EVENT),
    QUANTITY: _Behavior(_EVENTS, PURCHASE),
    REVENUE: _Behavior("What the events %(type)s of the day were worth %(in_dollars)s", PURCHASE),
    SIZE: _Behavior("Distinct users who are in the segment on the day, as its filters say"),
}
"""Of series without elements, by their kind."""

_NARROWED: Final[Mapping[str, str]] = {
    "app_id": "the app %(id)s",
    "product": "the product %(id)s",
    "segment_id": "users who are that day in the segment %(id)s",
}
"""By the parameter that restricts a series: to what."""


class Meant(NamedTuple):
    """A number whose definition is asked for: the kind of its series, its key, and the channel of its element, or ''.

    `revenue_window` is in seconds, `send_days` how many days after its first a send counts (0: no end), `segment` the
    segment whose size it is, `narrowed` the parameters that restrict the series, with their ids.
    """

    kind: str
    name: str
    channel: str = ""
    revenue_window: int = DEFAULT_REVENUE_WINDOW_SECONDS
    send_days: int = 0
    segment: Segment | None = None
    narrowed: tuple[tuple[str, str], ...] = ()


def definition(meant: Meant, wording: Wording = ENGLISH) -> str:
    """The definition of a number, a sentence."""
    return f"{_Definition(meant, wording).text()}."


class _Definition:
    """Puts the definition of a number together from parts."""

    def __init__(self, meant: Meant, wording: Wording) -> None:
        self._meant = meant
        self._wording = wording
        self._of_canvas = meant.kind == CANVAS

    def text(self) -> str:
        """The sentence without its full stop."""
        meant = self._meant
        if meant.kind == SIZE and meant.segment:
            who = meant.segment.in_words(self._wording)
            return self._say("Distinct users who are in the segment on the day: %(who)s", who=who)
        if meant.kind in _BEHAVIORS:
            return self._behavior(_BEHAVIORS[meant.kind])
        if meant.name.startswith("conversions") or meant.name == "revenue":
            attributed = self._revenue() if meant.name == "revenue" else self._conversions()
            return f"{attributed}, {self._send_days()}" if meant.kind == SEND else attributed
        return f"{self._of_messages()}, {self._where()}"

    def _say(self, template: str, **values: str) -> str:
        text = self._wording.gettext(template)
        return text % values if values else text

    def _behavior(self, found: _Behavior) -> str:
        values = {"type": found.type}
        if "%(in_dollars)s" in found.text:
            values["in_dollars"] = self._say(_IN_DOLLARS)
        text = self._say(found.text, **values)
        if not self._meant.narrowed:
            return text
        narrowed = [self._say(_NARROWED[name], id=given) for name, given in self._meant.narrowed]
        return self._say("%(text)s, only of %(what)s", text=text, what=self._say(" and ").join(narrowed))

    def _of_messages(self) -> str:
        match self._meant.name:
            case "entries":
                return self._say(_EVENTS, type=CANVAS_ENTRY)
            case "enrolled":
                return self._say(_USERS, type=ENROLMENT)
            case "unique_recipients":
                return self._recipients()
            case name:
                by_key = {channel.key: channel for channel in CHANNELS}
                return self._statistic(by_key[self._meant.channel], name)

    def _statistic(self, channel: Channel, name: str) -> str:
        typed = f"{MESSAGES}{channel.family}."
        platforms = self._platforms(channel)
        if channel.is_push and name == "delivered":
            template = "Events %(sends)s less events %(bounces)s of the day%(platforms)s, and not below 0"
            return self._say(template, sends=f"{typed}Send", bounces=f"{typed}Bounce", platforms=platforms)
        if name == "undelivered":
            return self._counted(f"{typed}{'Bounce' if channel.is_push else 'Rejection'}", platforms)
        if channel.is_push and name == "delivery_failed":
            return self._say("Always 0: push messages have no event of that kind")
        if name not in channel.statistics:
            detail = " with that button_string (the number is its rank by first appearance)"
            return self._counted(f"{typed}Open", platforms, detail)
        match channel.statistics[name]:
            case Unique(event, days):
                return self._unique(f"{typed}{event}", platforms, days)
            case Count(event, detail):
                return self._counted(f"{typed}{event}", platforms, _DETAILS.get(detail, ""))

    def _platforms(self, channel: Channel) -> str:
        if not channel.platforms:
            return ""
        return self._say(" with the platform %(platforms)s", platforms=self._say(" or ").join(channel.platforms))

    def _counted(self, event_type: str, platforms: str, detail: str = "") -> str:
        said = self._say(detail) if detail else ""
        return self._say("Events %(type)s of the day%(which)s", type=event_type, which=f"{platforms}{said}")

    def _unique(self, event_type: str, platforms: str, days: int) -> str:
        before = days_in_words(self._wording, days - 1)
        template = "Distinct users with an event %(type)s%(platforms)s on the day and none on the %(days)s before"
        return self._say(template, type=event_type, platforms=platforms, days=before)

    def _recipients(self) -> str:
        receipts = {channel.key: channel.receipt_type for channel in CHANNELS} | {CONTROL: ENROLMENT}
        if of_channel := receipts.get(self._meant.channel):
            return self._say(_USERS, type=of_channel)
        if self._of_canvas:
            return self._say(
                "Distinct users who received a message on the day (Send, or the Impression of cards and in-app "
                "messages)"
            )
        return self._say(
            "Distinct users who received a message, or were enrolled in the control group, on the day (Send, or the "
            "Impression of cards and in-app messages)"
        )

    def _conversions(self) -> str:
        is_step = self._meant.channel == STEP
        owner = "" if is_step else self._owner()
        what = self._converting() + (self._say(", that name that step") if is_step else "")
        looked = self._say(
            "the user's latest at or before it, at most %(window)s earlier, of the variation if the event names one",
            window=self._duration(CONVERSION_WINDOW_SECONDS),
        )
        if "_by_" in self._meant.name:
            return self._by_receipt(what, looked, owner)
        on_the_day = self._say("%(what)s, on the day", what=what)
        if not owner:
            return on_the_day
        if self._of_canvas:
            whose = self._say(", whose entry (%(looked)s) is %(owner)s", looked=looked, owner=owner)
        else:
            whose = self._say(", whose receipt (%(looked)s) is %(owner)s", looked=looked, owner=owner)
        return f"{on_the_day}{whose}"

    def _converting(self) -> str:
        index = int(self._meant.name.removeprefix("conversions")[:1].strip("_") or 0)
        values = {"letter": _LETTERS[index], "index": str(index)}
        if self._of_canvas:
            template = "Events %(type)s of the canvas, of conversion %(letter)s (index %(index)s)"
            return self._say(template, type=CANVAS_CONVERSION, **values)
        template = "Events %(type)s of the campaign, of conversion %(letter)s (index %(index)s)"
        return self._say(template, type=CONVERSION, **values)

    def _by_receipt(self, what: str, looked: str, owner: str) -> str:
        if owner:
            without = self._say(", which is %(owner)s", owner=owner)
        else:
            without = self._say("; without one on their own day")
        if self._of_canvas:
            counted = self._say("%(what)s, counted on the day of their entry (%(looked)s)", what=what, looked=looked)
        else:
            counted = self._say("%(what)s, counted on the day of their receipt (%(looked)s)", what=what, looked=looked)
        return f"{counted}{without}"

    def _revenue(self) -> str:
        owner = self._owner()
        return self._say(
            "What the events %(type)s of the day were worth that happened after the user's latest %(receipt)s and at "
            "most %(window)s later%(where)s, %(in_dollars)s",
            type=PURCHASE,
            receipt=self._bought_after(),
            window=self._duration(self._meant.revenue_window),
            where=self._say(", where that is %(owner)s", owner=owner) if owner else "",
            in_dollars=self._say(_IN_DOLLARS),
        )

    def _bought_after(self) -> str:
        if not self._of_canvas:
            return self._say("receipt of the campaign")
        if self._meant.channel == STEP:
            return self._say("receipt of a message of any step of the canvas")
        return self._say("entry of the canvas")

    def _where(self) -> str:
        """What the events must be of, where they are not attributed."""
        if self._meant.kind == SEND:
            return f"{self._owner()}, {self._send_days()}"
        whole = self._say("of the canvas") if self._of_canvas else self._say("of the campaign")
        return self._owner() or whole

    def _send_days(self) -> str:
        if not self._meant.send_days:
            return self._say("from its first day on")
        days = days_in_words(self._wording, self._meant.send_days)
        return self._say("from its first day to %(days)s after it", days=days)

    def _owner(self) -> str:
        """Of which element, of which send, or both; '' of a whole campaign or canvas."""
        kind, channel = self._meant.kind, self._meant.channel
        if kind == SEND:
            return self._say("of that variation of the send" if channel else "of the send")
        if not channel:
            return ""
        if not self._of_canvas:
            return self._say("of that variation of the campaign")
        return self._say("of that variant of the canvas" if channel == VARIANT else "of that step of the canvas")

    def _duration(self, seconds: int) -> str:
        days, left = divmod(seconds, _DAY_SECONDS)
        text = seconds_in_words(self._wording, seconds)
        return f"{text} ({days_in_words(self._wording, days)})" if days and not left else text
