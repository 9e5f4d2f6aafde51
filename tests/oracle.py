"""semantics.md, sections 1 to 5 and 8, in slow and obvious Python: what the real thing is compared with.

Every answer is computed again from all events, with loops that can be checked against the text line by line. Nothing
here is shared with the code under test but the vocabulary of Currents (`currents.json`). Where semantics.md is silent,
the choice is marked "Choice:".
"""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import wraps
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

KpiName = Literal["dau", "mau", "new_users", "uninstalls"]
Point = dict[str, object]
User = tuple[str, str]  # ("user_id" or "external_user_id", its value): the two are never joined (section 8, Events)

CURRENTS = Path(__file__).parent.parent / "src" / "quotidian" / "domain" / "currents.json"
VOCABULARY: Mapping[str, Mapping[str, str]] = json.loads(CURRENTS.read_text())

SESSION = "users.behaviors.app.SessionStart"
FIRST_SESSION = "users.behaviors.app.FirstSession"
UNINSTALL = "users.behaviors.Uninstall"
PURCHASE = "users.behaviors.Purchase"
CONVERSION = "users.campaigns.Conversion"
ENROLMENT = "users.campaigns.EnrollInControl"

SECOND = 1_000_000  # microseconds; times are whole microseconds since 1970, UTC
CONVERSION_LOOK_BACK = 2_592_000 * SECOND
DEFAULT_REVENUE_WINDOW = 259_200  # seconds
CONVERSION_INDEXES = (0, 1, 2, 3)

# Section 4, "Channels and their counts": the channels, and the family of event types behind each.
FAMILIES = {
    "email": "email",
    "ios_push": "pushnotification",
    "android_push": "pushnotification",
    "kindle_push": "pushnotification",
    "web_push": "pushnotification",
    "trigger_in_app_message": "inappmessage",
    "content_cards": "contentcard",
    "webhook": "webhook",
    "sms": "sms",
    "whats_app": "whatsapp",
}
PUSH_CHANNELS = {
    "ios": "ios_push",
    "android": "android_push",
    "kindle": "kindle_push",
    "web": "web_push",
    "chrome": "web_push",
    "firefox": "web_push",
    "safari": "web_push",
    "edge": "web_push",
    "opera": "web_push",
}
RECEIPTS = {  # section 4, "Receipts and recipients"
    "email": "Send",
    "pushnotification": "Send",
    "inappmessage": "Impression",
    "contentcard": "Impression",
    "webhook": "Send",
    "sms": "Send",
    "whatsapp": "Send",
}
CONTROL = "control"


class UnusableError(Exception):
    """A record for the dead-letter store; the text is the reason."""


@dataclass(frozen=True)
class Event:
    """An event that can be used."""

    type: str
    id: str
    time: int  # microseconds since 1970, UTC
    day: date  # in the workspace's time zone
    user: User | None  # None only for types whose schema makes user_id optional
    properties: Mapping[str, object]

    def text(self, name: str) -> str | None:
        """The string under `name`. Choice: empty, or anything but a string, is missing, as section 8 says of ids."""
        value = self.properties.get(name)
        return value if isinstance(value, str) and value != "" else None

    @property
    def campaign(self) -> str | None:
        return self.text("campaign_id")

    @property
    def variation(self) -> str | None:
        return self.text("message_variation_id")

    @property
    def send(self) -> str | None:
        return self.text("send_id")


class Element(NamedTuple):
    """What a campaign's point has one entry for (section 4); `channel` is CONTROL for a control variation."""

    channel: str
    variation: str | None


@dataclass
class Series:
    """All that one campaign's or one send's points are counted from."""

    is_send: bool
    events: list[Event] = field(default_factory=list)  # those that have an element
    conversions: list[tuple[Event, Event | None]] = field(default_factory=list)  # with the receipt, if there is one
    purchases: list[tuple[int, Event, Event]] = field(default_factory=list)  # micro-dollars, purchase, receipt
    indexes: list[int] = field(default_factory=list)  # conversion indexes that the campaign has seen, and 0
    names: dict[str, str] = field(default_factory=dict)  # newest name of each variation


class Oracle:
    """One workspace: deliver events, ask for points. `workspace` is its name only; `app_group_id` is not read."""

    def __init__(
        self,
        *,
        timezone: str = "UTC",
        workspace: str = "default",
        rates: Mapping[str, Decimal] | None = None,
        revenue_windows: Mapping[str, int] | None = None,
        send_window_days: int = 14,
    ) -> None:
        self.zone = ZoneInfo(timezone)
        self.workspace = workspace
        self.rates = dict(rates or {})
        self.revenue_windows = dict(revenue_windows or {})
        self.send_window_days = send_window_days
        self.dead: list[tuple[str, object]] = []
        self.skipped: Counter[str] = Counter()
        self._by_identity: dict[tuple[str, int, User | None], Event] = {}

    # Section 1: input

    def deliver(self, events: Iterable[object]) -> None:
        """Take in decoded JSON records. Of copies of an event the first counts; dead and skipped count every copy."""
        for record in events:
            try:
                self._deliver_one(record)
            except UnusableError as reason:
                self.dead.append((str(reason), record))

    def _deliver_one(self, record: object) -> None:
        if not isinstance(record, dict):
            raise UnusableError("not an object")
        event_type = record.get("event_type")
        if not isinstance(event_type, str) or event_type == "":
            raise UnusableError("no event_type")
        if event_type not in VOCABULARY:
            self.skipped[event_type] += 1
            return
        event_id = record.get("id")
        if not isinstance(event_id, str) or event_id == "":
            raise UnusableError("no id")
        time = usable_time(record.get("time"))
        if time is None:
            raise UnusableError("no usable time")
        user = user_of(record.get("user"))
        if user is None and not user_is_optional(event_type):
            raise UnusableError("no user")
        properties = record.get("properties")
        if not isinstance(properties, dict):  # Choice: read as if there were none
            properties = {}
        # Section 8, Events: the id, the time in whole seconds, and the user.
        identity = (event_id, time // SECOND, user)
        if identity not in self._by_identity:
            self._by_identity[identity] = Event(event_type, event_id, time, self._day(time), user, properties)

    def of_events(self, events: Iterable[Event]) -> "Oracle":
        """An oracle with the same settings that knows some of this one's events alone."""
        narrowed = Oracle(
            timezone=self.zone.key,
            workspace=self.workspace,
            rates=self.rates,
            revenue_windows=self.revenue_windows,
            send_window_days=self.send_window_days,
        )
        narrowed._by_identity = {(event.id, event.time // SECOND, event.user): event for event in events}
        return narrowed

    def _day(self, time: int) -> date:
        """Section 1, "The day of an event": its date in the workspace's time zone."""
        return datetime.fromtimestamp(time // SECOND, self.zone).date()

    @property
    def events(self) -> list[Event]:
        return list(self._by_identity.values())

    # Section 3: KPI series

    def kpi(self, name: KpiName, days: Sequence[date], app_id: str | None = None) -> list[Point]:
        """Points `{"time", name}` of the days given."""
        points: list[Point] = []
        for day in days:
            if name == "dau":
                value = self.active(day, 1, app_id)
            elif name == "mau":
                value = self.active(day, 30, app_id)
            elif name == "new_users":
                value = len({event.user for event in self.of_app(FIRST_SESSION, app_id) if event.day == day})
            else:
                value = len([event for event in self.of_app(UNINSTALL, app_id) if event.day == day])
            points.append({"time": day.isoformat(), name: value})
        return points

    def active(self, day: date, window: int, app_id: str | None = None) -> int:
        """Distinct users with a SessionStart on any of the `window` days that end with `day`."""
        first = day - timedelta(days=window - 1)
        return len({event.user for event in self.of_app(SESSION, app_id) if first <= event.day <= day})

    def of_app(self, event_type: str, app_id: str | None) -> list[Event]:
        """Events of a type: of one app, or of all (section 8, KPI: only "all" has those without an app)."""
        events = [event for event in self.events if event.type == event_type]
        return events if app_id is None else [event for event in events if event.text("app_id") == app_id]

    # What is known (section 8, Elements)

    @property
    def apps(self) -> set[str]:
        """Every app that any event of a known type names."""
        return {app for event in self.events if (app := event.text("app_id")) is not None}

    @property
    def campaigns(self) -> set[str]:
        """Every campaign that any event of a known type names."""
        return {event.campaign for event in self.events if event.campaign is not None}

    @property
    def sends(self) -> set[tuple[str, str]]:
        """Every (campaign, send) of a message or enrolment event. Choice: nothing else makes a send known, because a
        conversion's own `send_id` is ignored (section 8) and a send without such an event has no first day."""
        return {
            (event.campaign, event.send)
            for event in self.events
            if event.campaign is not None and event.send is not None and is_message_or_enrolment(event)
        }

    def campaign_facts(self, campaign_id: str) -> dict[str, object]:
        """`first_event` and `last_event` in seconds, newest `name` or None, `channels` in the order of the table."""
        events = self._of_campaign(campaign_id)
        named = [event for event in events if event.text("campaign_name") is not None]
        elements = {element for event in events if (element := element_of(event)) is not None}
        return {
            "first_event": min(event.time for event in events) / SECOND,
            "last_event": max(event.time for event in events) / SECOND,
            "name": latest(named).text("campaign_name") if named else None,
            "channels": channels_of(elements),
        }

    # Section 4: campaign series

    def campaign(self, campaign_id: str, days: Sequence[date]) -> list[Point]:
        """Full points of the campaign, as `/campaigns/data_series` answers them."""
        series = self._campaign_series(campaign_id)
        return [campaign_point(series, day) for day in days]

    def _campaign_series(self, campaign_id: str) -> Series:
        events = self._of_campaign(campaign_id)
        return Series(
            is_send=False,
            events=[event for event in events if element_of(event) is not None],
            conversions=self._conversions(events),
            purchases=self._purchases(campaign_id, events),
            indexes=seen_indexes(events),
            names=newest_names(events),
        )

    def _of_campaign(self, campaign_id: str) -> list[Event]:
        return [event for event in self.events if event.campaign == campaign_id]

    def _conversions(self, events: list[Event]) -> list[tuple[Event, Event | None]]:
        """Each conversion of the campaign and its receipt (section 4, Conversions; section 8, Receipts)."""
        received = receipts_by_user(events)
        found: list[tuple[Event, Event | None]] = []
        for conversion in events:
            if conversion.type != CONVERSION or conversion_index(conversion) is None:
                continue
            candidates = []
            for receipt in received[conversion.user]:
                early_enough = receipt.time <= conversion.time
                late_enough = conversion.time - receipt.time <= CONVERSION_LOOK_BACK
                right_variation = conversion.variation is None or receipt.variation == conversion.variation
                if early_enough and late_enough and right_variation:
                    candidates.append(receipt)
            found.append((conversion, latest(candidates) if candidates else None))
        return found

    def _purchases(self, campaign_id: str, events: list[Event]) -> list[tuple[int, Event, Event]]:
        """Each purchase that counts for the campaign: micro-dollars, purchase, receipt (section 4, Revenue)."""
        window = self.revenue_windows.get(campaign_id, DEFAULT_REVENUE_WINDOW) * SECOND
        received = receipts_by_user(events)
        found: list[tuple[int, Event, Event]] = []
        for purchase in self.events:
            if purchase.type != PURCHASE:
                continue
            candidates = []
            for receipt in received[purchase.user]:
                if 0 < purchase.time - receipt.time <= window:
                    candidates.append(receipt)
            micros = self.usd_micros(purchase) if candidates else None
            if micros is not None and candidates:
                found.append((micros, purchase, latest(candidates)))
        return found

    def usd_micros(self, purchase: Event) -> int | None:
        """Price times rate, rounded once to micro-dollars, halves to even (section 8, Money); None if it is left out.

        A price that is missing, no number, or not finite is left out. Choice: so is one without a currency; currencies
        match exactly; a price below zero is a refund."""
        price = purchase.properties.get("price")
        if not is_number(price):
            return None
        currency = purchase.text("currency")
        if currency == "USD":
            rate = Decimal(1)
        elif currency is not None and currency in self.rates:
            rate = self.rates[currency]
        else:
            return None
        return round(Fraction(repr(price)) * Fraction(rate) * 1_000_000)  # round() of a Fraction: halves to even

    # Section 5: send series

    def send(self, campaign_id: str, send_id: str, days: Sequence[date]) -> list[Point]:
        """Full points of the send, as `/sends/data_series` answers them."""
        series = self._send_series(campaign_id, send_id)
        return [campaign_point(series, day) for day in days]

    def _send_series(self, campaign_id: str, send_id: str) -> Series:
        """The campaign's series, cut down to the send and to the days of its window."""
        whole = self._campaign_series(campaign_id)
        series = Series(is_send=True, indexes=whole.indexes, names=whole.names)
        of_send = [event for event in self._of_campaign(campaign_id) if event.send == send_id]
        messages = [event for event in of_send if is_message_or_enrolment(event)]
        if not messages:
            return series
        first_day = min(messages, key=lambda event: event.time).day
        for event in whole.events:
            if event.send == send_id and self._in_send_window(event.day, first_day):
                series.events.append(event)
        for conversion, receipt in whole.conversions:
            if receipt is not None and receipt.send == send_id and self._in_send_window(conversion.day, first_day):
                series.conversions.append((conversion, receipt))
        for micros, purchase, receipt in whole.purchases:
            if receipt.send == send_id and self._in_send_window(purchase.day, first_day):
                series.purchases.append((micros, purchase, receipt))
        return series

    def _in_send_window(self, day: date, first_day: date) -> bool:
        """From the send's first day to `send_window_days` after it, both included; 0 is no end."""
        if self.send_window_days == 0:
            return day >= first_day
        return first_day <= day <= first_day + timedelta(days=self.send_window_days)


# Section 1 and section 8, Events: reading a record


def is_number(value: object) -> bool:
    """Whether a decoded JSON value is a finite number; a boolean is not one."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def usable_time(value: object) -> int | None:
    """Microseconds since 1970, or None. Usable is 0 ≤ t < 2^32 seconds; fractions beyond microseconds are rounded."""
    if isinstance(value, str):
        seconds = iso_seconds(value)
    elif is_number(value):
        seconds = Fraction(repr(value))
    else:
        return None
    if seconds is None or not 0 <= seconds < 2**32:
        return None
    return round(seconds * SECOND)


ISO_8601 = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<clock>\d{2}:\d{2}(?::\d{2}(?P<fraction>\.\d+)?)?)(?P<offset>Z|[+-]\d{2}(?::?\d{2})?)?)?",
    re.ASCII,
)


def iso_seconds(text: str) -> Fraction | None:
    """Seconds since 1970 of a date, or of a date and a time of day; without an offset it is UTC (section 8, Events)."""
    found = ISO_8601.fullmatch(text)
    if found is None:
        return None
    try:
        clock = (found["clock"] or "00:00:00")[: len("HH:MM:SS")]
        moment = datetime.fromisoformat(f"{found['date']}T{clock}").replace(tzinfo=UTC)
        whole = Fraction((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1))
        return whole + Fraction("0" + (found["fraction"] or "")) - offset_seconds(found["offset"] or "Z")
    except ValueError:  # no such date, hour, minute or second
        return None


def offset_seconds(text: str) -> int:
    """Seconds east of UTC of Z, ±HH, ±HHMM or ±HH:MM. Raises ValueError for hours over 23 or minutes over 59."""
    if text == "Z":
        return 0
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or "0")
    if hours > 23 or minutes > 59:
        raise ValueError(text)
    return (hours * 3600 + minutes * 60) * (-1 if text[0] == "-" else 1)


def user_of(user: object) -> User | None:
    """`user_id`; where that is missing, `external_user_id`. An empty one, or no string, is missing (section 8)."""
    if not isinstance(user, dict):
        return None
    for name in ("user_id", "external_user_id"):
        value = user.get(name)
        if isinstance(value, str) and value != "":
            return name, value
    return None


def user_is_optional(event_type: str) -> bool:
    """Whether the schema makes `user_id` optional (section 8, Events). Choice: a schema without `user_id` does too."""
    return VOCABULARY[event_type].get("user_id") != "string"


Said = TypeVar("Said")


def once(say: Callable[[Event], Said]) -> Callable[[Event], Said]:
    """What a function says of an event, asked once: no event changes, and for each number all are looked through."""
    name = say.__name__

    @wraps(say)
    def said(event: Event) -> Said:
        known: dict[str, Said] = event.__dict__
        if name not in known:
            known[name] = say(event)
        return known[name]

    return said


# Section 4: elements and receipts


@once
def channel_of(event: Event) -> str | None:
    """The channel key; None for other types, and for push on a platform that is not guessed."""
    for channel, family in FAMILIES.items():
        if event.type.startswith(f"users.messages.{family}."):
            return PUSH_CHANNELS.get(event.text("platform") or "") if family == "pushnotification" else channel
    return None


@once
def element_of(event: Event) -> Element | None:
    """The element that an event makes exist: any event of a channel's family does (section 8, Elements)."""
    if event.type == ENROLMENT:
        return Element(CONTROL, event.variation)
    channel = channel_of(event)
    return None if channel is None else Element(channel, event.variation)


@once
def is_receipt(event: Event) -> bool:
    """Section 4, Receipts and recipients."""
    if event.type == ENROLMENT:
        return True
    channel = channel_of(event)
    return channel is not None and event.type == f"users.messages.{FAMILIES[channel]}.{RECEIPTS[FAMILIES[channel]]}"


def is_message_or_enrolment(event: Event) -> bool:
    """Section 8, Receipts: a send's first day is that of its earliest such event. Choice: any `users.messages` type."""
    return event.type.startswith("users.messages.") or event.type == ENROLMENT


def receipts_by_user(events: list[Event]) -> dict[User | None, list[Event]]:
    """Every receipt among the events, by the user who received it."""
    found: dict[User | None, list[Event]] = defaultdict(list)
    for event in events:
        if is_receipt(event):
            found[event.user].append(event)
    return found


def latest(events: list[Event]) -> Event:
    """The event with the greatest time; among equals, the largest id."""
    return max(events, key=lambda event: (event.time, event.id))


def newest_names(events: list[Event]) -> dict[str, str]:
    """The newest name of each variation: by (event time, id), whatever the event or channel; null names ignored."""
    names: dict[str, str] = {}
    for event in sorted(events, key=lambda event: (event.time, event.id)):
        name = event.text("message_variation_name")
        if event.variation is not None and name is not None:
            names[event.variation] = name
    return names


@once
def conversion_index(conversion: Event) -> int | None:
    """0 to 3; null is 0; None for all others, which are skipped (section 8, Totals)."""
    index = conversion.properties.get("conversion_behavior_index")
    if index is None:
        return 0
    for known in CONVERSION_INDEXES:
        if is_number(index) and index == known:  # Choice: JSON's 1.0 is 1; true and "1" are not
            return known
    return None


def seen_indexes(events: list[Event]) -> list[int]:
    """Conversion indexes that have keys: 0 always, others once the campaign has seen them; gaps are not filled."""
    seen = {conversion_index(event) for event in events if event.type == CONVERSION}
    return [index for index in CONVERSION_INDEXES if index == 0 or index in seen]


def channels_of(elements: Iterable[Element]) -> list[str]:
    """The channels among the elements. Choice: in the order of section 4's table."""
    present = {element.channel for element in elements}
    return [channel for channel in FAMILIES if channel in present]


# Section 4: points


def campaign_point(series: Series, day: date) -> Point:
    """One day of a campaign or send."""
    point: Point = {"time": day.isoformat(), "messages": messages_of(series, day)}
    for index in series.indexes:
        name = conversion_key(index)
        point[name] = count_conversions(series, day, index, None)
        point[f"{name}_by_send_time"] = count_conversions_by_send_time(series, day, index, None)
    point["unique_recipients"] = len({event.user for event in series.events if is_receipt(event) and event.day == day})
    point["revenue"] = revenue(series, day, None)
    return point


def messages_of(series: Series, day: date) -> dict[str, list[Point]]:
    """The elements by channel. Control elements are listed in every channel, or alone under `control`."""
    by_element: dict[Element, list[Event]] = defaultdict(list)
    for event in series.events:
        element = element_of(event)
        if element is not None:
            by_element[element].append(event)
    controls = [element for element in by_element if element.channel == CONTROL]
    channels = channels_of(by_element)
    if not channels and controls:
        channels = [CONTROL]
    messages: dict[str, list[Point]] = {}
    for channel in channels:
        listed = {element for element in by_element if element.channel == channel} | set(controls)
        ordered = sorted(listed, key=lambda element: element_order(element, by_element[element]))
        messages[channel] = [element_point(series, day, element, by_element[element]) for element in ordered]
    return messages


def element_order(element: Element, events: list[Event]) -> tuple[bool, int, str, bool]:
    """By first receipt, those without one last, then by id, null as "". Choice: then the message before the control."""
    received = [event.time for event in events if is_receipt(event)]
    return (not received, min(received, default=0), element.variation or "", element.channel == CONTROL)


def element_point(series: Series, day: date, element: Element, events: list[Event]) -> Point:
    """The entry of one (channel, variation); `events` are the element's own, of all days."""
    recipients = len({event.user for event in events if is_receipt(event) and event.day == day})
    name = None if element.variation is None else series.names.get(element.variation)
    point: Point = {"variation_name": name, "variation_api_id": element.variation}
    if element.channel == CONTROL:
        point["enrolled"] = recipients
    else:
        point.update(channel_counts(element.channel, events, day))
        if series.is_send:
            point.update(send_counts(element.channel, point))
    point["unique_recipients"] = recipients
    point["revenue"] = revenue(series, day, element)
    for index in series.indexes:
        key = conversion_key(index)
        point[key] = count_conversions(series, day, index, element)
        point[f"{key}_by_send_time"] = count_conversions_by_send_time(series, day, index, element)
    return point


def conversion_key(index: int) -> str:
    return "conversions" if index == 0 else f"conversions{index}"


def count_conversions(series: Series, day: date, index: int, element: Element | None) -> int:
    """On the conversion's day: those whose receipt is of the element; all of them where `element` is None."""
    count = 0
    for conversion, receipt in series.conversions:
        in_element = element is None or (receipt is not None and element_of(receipt) == element)
        if conversion_index(conversion) == index and conversion.day == day and in_element:
            count += 1
    return count


def count_conversions_by_send_time(series: Series, day: date, index: int, element: Element | None) -> int:
    """The same on the receipt's day; without a receipt, on the conversion's own."""
    count = 0
    for conversion, receipt in series.conversions:
        in_element = element is None or (receipt is not None and element_of(receipt) == element)
        counted_on = conversion.day if receipt is None else receipt.day
        if conversion_index(conversion) == index and counted_on == day and in_element:
            count += 1
    return count


def revenue(series: Series, day: date, element: Element | None) -> float:
    """US dollars of purchases that day: those whose receipt is of the element; all where `element` is None."""
    micros = 0
    for price, purchase, receipt in series.purchases:
        if purchase.day == day and (element is None or element_of(receipt) == element):
            micros += price
    return micros / 1_000_000


# Section 4: the counts of each channel


def channel_counts(channel: str, events: list[Event], day: date) -> dict[str, int]:
    """The counts that section 4's table names for the channel; `events` are one element's, of all days."""

    def those(name: str) -> list[Event]:
        return [event for event in events if event.type == f"users.messages.{FAMILIES[channel]}.{name}"]

    def today(name: str) -> list[Event]:
        return [event for event in those(name) if event.day == day]

    def n(name: str) -> int:
        return len(today(name))

    def unique(name: str, k: int) -> int:
        """Users with such an event today and none on the k-1 days before (section 4, Uniques)."""
        earliest = day - timedelta(days=k - 1)
        before = {event.user for event in those(name) if earliest <= event.day < day}
        return len({event.user for event in today(name)} - before)

    if channel == "email":
        counts = {
            "sent": n("Send"),
            "delivered": n("Delivery"),
            "opens": n("Open"),
            "unique_opens": unique("Open", 7),
            "clicks": n("Click"),
            "unique_clicks": unique("Click", 7),
            "unsubscribes": n("Unsubscribe"),
            "bounces": n("Bounce"),
            "reported_spam": n("MarkAsSpam"),
        }
    elif channel in PUSH_CHANNELS.values():
        counts = {
            "sent": n("Send"),
            "direct_opens": n("Open"),
            "total_opens": n("Open"),  # and influenced opens: 0 until they are defined
            "bounces": n("Bounce"),
            "body_clicks": len([event for event in today("Open") if event.text("button_string") is None]),
        }
        for rank, title in enumerate(buttons_of(those("Open")), start=1):
            pressed = [event for event in today("Open") if event.text("button_string") == title]
            counts[f"notif_button_{rank}_{title}_click"] = len(pressed)
    elif channel == "trigger_in_app_message":
        counts = {
            "impressions": n("Impression"),
            "clicks": n("Click"),
            "first_button_clicks": len([event for event in today("Click") if event.text("button_id") == "0"]),
            "second_button_clicks": len([event for event in today("Click") if event.text("button_id") == "1"]),
        }
    elif channel == "content_cards":
        counts = {
            "sent": n("Send"),
            "total_impressions": n("Impression"),
            "unique_impressions": unique("Impression", 30),
            "total_clicks": n("Click"),
            "unique_clicks": unique("Click", 30),
            "total_dismissals": n("Dismiss"),
            "unique_dismissals": unique("Dismiss", 30),
        }
    elif channel == "webhook":
        counts = {"sent": n("Send"), "errors": n("Failure")}
    elif channel == "sms":
        counts = {
            "sent": n("Send"),
            "sent_to_carrier": n("CarrierSend"),
            "delivered": n("Delivery"),
            "rejected": n("Rejection"),
            "delivery_failed": n("DeliveryFailure"),
            "clicks": n("ShortLinkClick"),
            "opt_out": len([event for event in today("InboundReceive") if event.text("action") == "Unsubscribed"]),
            "help": len([event for event in today("InboundReceive") if asks_for_help(event)]),
        }
    else:  # whats_app
        counts = {"sent": n("Send"), "delivered": n("Delivery"), "failed": n("Failure"), "read": n("Read")}
    return counts


def buttons_of(opens: list[Event]) -> list[str]:
    """The element's button strings, ranked by the (time, id) of their first appearance (section 8, Elements)."""
    titles: list[str] = []
    for event in sorted(opens, key=lambda event: (event.time, event.id)):
        title = event.text("button_string")
        if title is not None and title not in titles:
            titles.append(title)
    return titles


def asks_for_help(inbound: Event) -> bool:
    """Whether the message body, trimmed and case-folded, is "help" or "info"."""
    return (inbound.text("message_body") or "").strip().casefold() in ("help", "info")


def send_counts(channel: str, point: Point) -> dict[str, int]:
    """What an element of a send has beside the campaign's counts (section 5)."""
    if channel in PUSH_CHANNELS.values():
        sent, bounces = point["sent"], point["bounces"]
        assert isinstance(sent, int)
        assert isinstance(bounces, int)
        return {"delivered": max(sent - bounces, 0), "undelivered": bounces, "delivery_failed": 0}
    if channel == "sms":
        rejected = point["rejected"]
        assert isinstance(rejected, int)
        return {"undelivered": rejected}
    return {}
