"""Made-up event streams, dense where semantics.md draws its lines: to be told to Quotidian and to the oracle.

`make_world` gives a seeded stream of some thousand events; `events` is a Hypothesis strategy for a few at a time.
Nearly every event is near an edge: of a local day, of a look-back, of a send's window, of a rounding. The same instants
and users are used again and again, so that ties are frequent.
"""

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from currents import VOCABULARY
from hypothesis import strategies as st

Json = dict[str, Any]
T = TypeVar("T")

SECOND, HOUR, DAY = 1, 3_600, 86_400
SESSION_TYPES = (
    "app.SessionStart",
    "app.SessionStart",
    "app.SessionStart",
    "app.FirstSession",
    "app.SessionEnd",
    "Uninstall",
)
FAMILIES = ("email", "pushnotification", "inappmessage", "contentcard", "webhook", "sms", "whatsapp")
RECEIPTS = {"inappmessage": "Impression", "contentcard": "Impression"}  # Send for all others
PLATFORMS = ("ios", "android", "kindle", "web", "chrome", "firefox", "safari", "edge", "opera", "iOS", "windows", None)
APPS = ("app-a", "app-b", "App-A")
BUTTONS = (
    None,
    "",
    "Yes",
    "No",
    " Yes ",
    "yes",
    'Say "hi"',
    "Привет 👋",
    "{0}",
    "a_b_click",
    "back\\slash",
    "two\nlines",
    "'",
)
BUTTON_IDS = (None, "", "0", "1", "2", "00")
ACTIONS = ("Unsubscribed", "Subscribed", "None", "unsubscribed")
BODIES = (" Help ", "help", "INFO", "\tInfo\n", "stop", "helpful", "help!", " ")
NAMES = (None, "Variant 1", "variant 1", 'Ünï "quoted" {name}', "Renamed, again")
ID_STARTS = ("", "", "", "0", "A", "Z", "a", "z", "-", "é", "ｚ", "😀")  # 😀 is after ｚ by code point, not in UTF-16

CONVERSION_OFFSETS = (-1, 0, 1, 30 * DAY - 1, 30 * DAY, 30 * DAY + 1)
OPEN_GAPS = (6, 7, 8)  # days; unique opens look back 7
CARD_GAPS = (29, 30, 31)  # days; unique impressions look back 30
SEND_DAYS = (0, 1, 13, 14, 15, 20)  # days after a send's first; its window ends after the fourteenth
DEFAULT_WINDOW = 3 * DAY

# At most six significant digits: as 32-bit floats, their shortest decimals are themselves.
# 0.0000025 and 0.0000035 dollars are half micro-dollars, and so are 0.05, 0.15 and 49.95 at the rate of EUR.
PRICES = (0.0, 0.01, 0.05, 0.15, 3.14, 19.9, 49.95, 49.99, 100, 1234.5, 99999.9, 0.0000025, 0.0000035, -4.99)
CURRENCIES = ("USD", "USD", "EUR", "EUR", "GBP", "JPY")  # no rate for JPY
PRODUCTS = ("tea", "tea", "Tea", "cup & saucer", "Ünï 👋", "")
EVENT_NAMES = ("tea drunk", "tea drunk", "Tea drunk", "a/b?c=d&e", "Ünï 👋", "")
RATES = {"EUR": Decimal("1.08331"), "GBP": Decimal("1.25")}


@dataclass(frozen=True)
class Campaign:
    """What a campaign's events are drawn from."""

    id: str
    families: tuple[str, ...]
    variations: tuple[str | None, ...]
    sends: tuple[str | None, ...]
    indexes: tuple[int | None, ...]
    has_control: bool
    revenue_window: int  # seconds


@dataclass(frozen=True)
class Canvas:
    """What a canvas's events are drawn from."""

    id: str
    variants: tuple[str, ...]
    steps: tuple[str | None, ...]
    indexes: tuple[int | None, ...]
    revenue_window: int = DEFAULT_WINDOW


# Variants and steps share ids with each other and with variations of campaigns.
CANVASES = (
    Canvas("canvas-0", ("var-A", "step-1"), (None, "step-1", "step-2", "var-A"), (None, 0, 1, 3, 7)),
    Canvas("canvas-1", ("var-A",), ("step-1", "step-gone"), (None, 0), revenue_window=HOUR),
)


@dataclass
class World:
    """A stream and its settings. `events`, `late` and `json_only` have no event in common; the rest adds no number."""

    timezone: str
    first_day: date
    last_day: date
    rates: Mapping[str, Decimal]
    revenue_windows: Mapping[str, int]
    events: list[Json] = field(default_factory=list)  # fit for Avro and JSON, in random order
    late: list[Json] = field(default_factory=list)  # the same, to be delivered after numbers have been published
    json_only: list[Json] = field(default_factory=list)  # usable, but Avro cannot say it
    duplicates: list[Json] = field(default_factory=list)  # exact copies of some of `events` and `late`
    broken: list[object] = field(default_factory=list)  # unusable, each for one reason
    unknown: list[Json] = field(default_factory=list)  # of types that Currents does not have

    @property
    def days(self) -> list[date]:
        """Every day on which most things happen; look-backs and sends reach beyond it."""
        return [self.first_day + timedelta(days=n) for n in range((self.last_day - self.first_day).days + 1)]

    @property
    def everything(self) -> list[object]:
        """All deliveries that JSON can carry, one after the other."""
        return [*self.events, *self.late, *self.json_only, *self.duplicates, *self.broken, *self.unknown]


def nested(event_type: str, event_id: str, time: object, user: object, properties: Mapping[str, object]) -> Json:
    """An event as the HTTP connector posts it, with those of the properties that its type's schema has."""
    fields = VOCABULARY[event_type]
    known = {name: value for name, value in properties.items() if name in fields}
    return {"event_type": event_type, "id": event_id, "time": time, "user": user, "properties": known}


def make_world(
    seed: int,
    *,
    users: int = 40,
    days: int = 45,
    campaigns: int = 4,
    start: date = date(2024, 3, 1),
    timezone: str = "Europe/Paris",
) -> World:
    """A stream that is the same for the same arguments. The default span has the last Sunday of March, when Paris
    changes its clocks; beside `campaigns` there is `camp-unsupported`, of channels that are not served."""
    maker = Maker(Random(seed), ZoneInfo(timezone), start, days)
    people = [f"u{number:03}" for number in range(users)]
    catalogue = [campaign(number) for number in range(campaigns)]
    for user in people:
        sessions(maker, user)
        for one in catalogue:
            for _ in range(3):
                maker.pick(STORIES)(maker, one, user)
    for one in catalogue:
        edges_of_look_backs(maker, one)
        edges_of_uniques(maker, one)
        edges_of_sends(maker, one, people)
        edges_of_texts(maker, one)
        edges_of_names(maker, one)
    elsewhere(maker, people)
    custom_events(maker, people)
    for canvas in CANVASES:
        for user in people:
            canvas_story(maker, canvas, user)
        edges_of_canvas(maker, canvas)
    late = [event for event in maker.events if maker.random.random() < 0.08]
    late_ids = {event["id"] for event in late}
    json_only = [*variants_for_json(maker, maker.events), *namesakes(maker, maker.events), *extremes(maker)]
    return World(
        timezone=timezone,
        first_day=start,
        last_day=start + timedelta(days=days - 1),
        rates=RATES,
        revenue_windows={one.id: one.revenue_window for one in catalogue if one.revenue_window != DEFAULT_WINDOW},
        events=maker.shuffled(event for event in maker.events if event["id"] not in late_ids),
        late=maker.shuffled(late),
        json_only=maker.shuffled(json_only),
        duplicates=copy.deepcopy(maker.random.sample(maker.events, len(maker.events) // 20)),
        broken=maker.shuffled(broken_records(maker)),
        unknown=maker.shuffled(unknown_events(maker)),
    )


def campaign(number: int) -> Campaign:
    """Four kinds in turn: every channel; e-mail and push with a control group; cards and the like; control group only.

    The kinds share variation ids and a send id, which must not be mixed up between campaigns."""
    name = f"camp-{number}"
    sends = (None, "send-shared", f"{name}-s1", f"{name}-s2")
    variations = (None, "var-A", "var-a", "var-é")
    kinds = (
        Campaign(name, FAMILIES, variations, sends, (None, 0, 1, 2, 3, 7), False, DEFAULT_WINDOW),
        Campaign(name, ("email", "pushnotification"), ("var-A", "var-B"), sends, (None, 3, 7, -1), True, HOUR),
        Campaign(name, ("inappmessage", "contentcard", "whatsapp"), variations, sends, (0, 1), True, 7 * DAY),
        Campaign(name, (), ("var-A", None), sends, (None, 2), True, DEFAULT_WINDOW),
    )
    return kinds[number % len(kinds)]


class Maker:
    """Draws instants, ids and properties, and collects the events."""

    def __init__(self, random: Random, zone: ZoneInfo, start: date, days: int) -> None:
        self.random = random
        self.zone = zone
        self.start = start
        self.days = days
        self.events: list[Json] = []
        self.ids: set[str] = set()
        self.strangers = 0
        self.shared_instants = [self._any_instant() for _ in range(20)]

    def pick(self, options: Sequence[T]) -> T:
        return self.random.choice(options)

    def shuffled(self, records: Iterable[T]) -> list[T]:
        listed = list(records)
        return self.random.sample(listed, len(listed))

    def stranger(self) -> str:
        """A user of whom nothing else is told, so that no other event hides an edge."""
        self.strangers += 1
        return f"stranger-{self.strangers:04}"

    def id(self) -> str:
        """A new event id; some differ only in how strings are compared."""
        while True:
            candidate = self.pick(ID_STARTS) + f"{self.random.getrandbits(40):010x}"
            if candidate not in self.ids:
                self.ids.add(candidate)
                return candidate

    def midnight(self, day: date) -> int:
        """The first second of a local day."""
        return int(datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp())

    def instant(self) -> int:
        """A second of the span: one used before, one at the turn of a day, one around a clock change, or any."""
        draw = self.random.random()
        if draw < 0.3:
            return self.pick(self.shared_instants)
        if draw < 0.6:
            return self.midnight(self._any_day()) + self.pick((-1, 0, 1))
        if draw < 0.75:
            return self._near_clock_change()
        return self._any_instant()

    def _any_day(self) -> date:
        return self.start + timedelta(days=self.random.randrange(self.days))

    def _any_instant(self) -> int:
        return self.midnight(self._any_day()) + self.random.randrange(DAY - HOUR)

    def _near_clock_change(self) -> int:
        """A turn of a day, or an hour, of a day that has not 24 hours; any instant where the span has none."""
        span = [self.start + timedelta(days=number) for number in range(self.days)]
        odd = [day for day in span if self.midnight(day + timedelta(days=1)) - self.midnight(day) != DAY]
        if not odd:
            return self._any_instant()
        day = self.pick(odd)
        turns = (self.midnight(day), self.midnight(day) + HOUR, self.midnight(day) + 2 * HOUR)
        return self.pick((*turns, self.midnight(day + timedelta(days=1)))) + self.pick((-1, 0, 1))

    def add(self, event_type: str, time: int, user: str | None, **properties: object) -> Json:
        """Collect an event; an app and a platform are drawn where the schema has them and none is given."""
        drawn = {"app_id": self.pick(APPS), "platform": self.pick(PLATFORMS)}
        external = None if user is None else self.pick((None, f"ext-{user}"))
        who = {"user_id": user, "external_user_id": external, "timezone": "Europe/Paris"}
        event = nested(event_type, self.id(), time, who, {**drawn, **properties})
        self.events.append(event)
        return event

    def of_campaign(self, event_type: str, time: int, user: str | None, one: Campaign, **properties: object) -> Json:
        """Collect an event of a campaign; variation, send and names are drawn where none is given."""
        drawn = {
            "campaign_id": one.id,
            "campaign_name": self.pick((None, f"{one.id} by name", f"{one.id}, renamed")),
            "message_variation_id": self.pick(one.variations),
            "message_variation_name": self.pick(NAMES),
            "send_id": self.pick(one.sends),
        }
        return self.add(event_type, time, user, **{**drawn, **properties})

    def receipt(self, time: int, user: str, one: Campaign, **properties: object) -> Json:
        """Collect a receipt in any of the campaign's channels, or an enrolment."""
        ways = [*one.families, "control"] if one.has_control else one.families
        family = self.pick(ways)
        if family == "control":
            return self.of_campaign("users.campaigns.EnrollInControl", time, user, one, **properties)
        name = RECEIPTS.get(family, "Send")
        return self.of_campaign(f"users.messages.{family}.{name}", time, user, one, **properties)

    def conversion(self, time: int, user: str, one: Campaign, **properties: object) -> Json:
        """Collect a conversion with any index that the campaign sees."""
        drawn = {"conversion_behavior_index": self.pick(one.indexes)}
        return self.of_campaign("users.campaigns.Conversion", time, user, one, **{**drawn, **properties})

    def purchase(self, time: int, user: str) -> Json:
        """Collect a purchase."""
        price, currency = self.pick(PRICES), self.pick(CURRENCIES)
        return self.add(
            "users.behaviors.Purchase", time, user, price=price, currency=currency, product_id=self.pick(PRODUCTS)
        )


# What regular users go through: many receipts close together, of several campaigns


def sessions(maker: Maker, user: str) -> None:
    for _ in range(maker.random.randrange(12)):
        maker.add(f"users.behaviors.{maker.pick(SESSION_TYPES)}", maker.instant(), user, session_id="s")


def any_messages(maker: Maker, one: Campaign, user: str) -> None:
    """Any events of the campaign's families: counted ones, soft bounces, aborts, retries, inbound ones."""
    for _ in range(maker.random.randrange(1, 6)):
        if one.families:
            add_message(maker, one, user, maker.pick(one.families), maker.instant())
        else:
            maker.receipt(maker.instant(), user, one)


def add_message(maker: Maker, one: Campaign, user: str, family: str, time: int) -> None:
    """One event of any type of the family, with the buttons and texts that the counts read."""
    prefix = f"users.messages.{family}."
    event_type = maker.pick([known for known in VOCABULARY if known.startswith(prefix)])
    optional_user = VOCABULARY[event_type]["user_id"] == "string?"
    maker.of_campaign(
        event_type,
        time,
        None if optional_user and maker.random.random() < 0.5 else user,
        one,
        button_string=maker.pick(BUTTONS),
        button_id=maker.pick(BUTTON_IDS),
        action=maker.pick(ACTIONS),
        message_body=maker.pick(BODIES),
    )


def one_channel(maker: Maker, one: Campaign, user: str) -> None:
    """Several events of one family and variation at one instant or close to it."""
    if not one.families:
        return
    family, time = maker.pick(one.families), maker.instant()
    for _ in range(maker.random.randrange(2, 6)):
        add_message(maker, one, user, family, time + maker.pick((0, 0, 1, DAY)))


def receipts_at_one_instant(maker: Maker, one: Campaign, user: str) -> None:
    """Receipts that only their ids put in order, then what has to choose among them."""
    time = maker.instant()
    for _ in range(maker.random.randrange(2, 5)):
        maker.receipt(time, user, one)
    maker.conversion(time + maker.pick(CONVERSION_OFFSETS), user, one)
    maker.purchase(time + maker.pick((0, 1, one.revenue_window)), user)


def conversions(maker: Maker, one: Campaign, user: str) -> None:
    """Conversions at every edge, naming a variation that was received, another one, or none."""
    time = maker.instant()
    receipt = maker.receipt(time, user, one)
    for offset in maker.random.sample(CONVERSION_OFFSETS, 2):
        received = receipt["properties"]["message_variation_id"]
        variation = maker.pick((None, received, maker.pick(one.variations), "var-unheard-of"))
        maker.conversion(time + offset, user, one, message_variation_id=variation)


def purchases(maker: Maker, one: Campaign, user: str) -> None:
    """Purchases at the edges of the window, which is another one for other campaigns that the user received."""
    time = maker.instant()
    maker.receipt(time, user, one)
    for offset in maker.random.sample((0, 1, one.revenue_window, one.revenue_window + 1), 2):
        maker.purchase(time + offset, user)


Story = Callable[[Maker, Campaign, str], None]
STORIES: tuple[Story, ...] = (any_messages, any_messages, one_channel, receipts_at_one_instant, conversions, purchases)


# One edge at a time, each with a user of its own


def edges_of_look_backs(maker: Maker, one: Campaign) -> None:
    """One receipt, and one conversion or purchase exactly at, just before or just after the end of its look-back."""
    for offset in CONVERSION_OFFSETS:
        time, user = maker.instant(), maker.stranger()
        maker.receipt(time, user, one)
        maker.conversion(time + offset, user, one, message_variation_id=None)
    for offset in (0, 1, one.revenue_window - 1, one.revenue_window, one.revenue_window + 1):
        time, user = maker.instant(), maker.stranger()
        maker.receipt(time, user, one)
        maker.purchase(time + offset, user)


def edges_of_uniques(maker: Maker, one: Campaign) -> None:
    """The same event of the same variation again, after just less, just as much and more than the look-back."""
    for family, names, gaps in (
        ("email", ("Open", "Click"), OPEN_GAPS),
        ("contentcard", ("Impression", "Click", "Dismiss"), CARD_GAPS),
    ):
        for name in names if family in one.families else ():
            for gap in gaps:
                day, user = maker.start + timedelta(days=maker.random.randrange(maker.days)), maker.stranger()
                same = {"message_variation_id": maker.pick(one.variations), "send_id": maker.pick(one.sends)}
                event_type = f"users.messages.{family}.{name}"
                first = maker.midnight(day) + maker.pick((0, HOUR, DAY - HOUR - 1))
                again = maker.midnight(day + timedelta(days=gap)) + maker.pick((0, HOUR, DAY - HOUR - 1))
                maker.of_campaign(event_type, first, user, one, **same)
                maker.of_campaign(event_type, again, user, one, **same)


def edges_of_sends(maker: Maker, one: Campaign, people: Sequence[str]) -> None:
    """A send whose events fall on the first and last second of days inside and outside its window."""
    for number in range(3):
        send_id = f"{one.id}-window-{number}"
        first_day = maker.start + timedelta(days=maker.random.randrange(maker.days))
        for after in SEND_DAYS:
            day = first_day + timedelta(days=after)
            for time in (maker.midnight(day), maker.midnight(day + timedelta(days=1)) - 1):
                user = maker.pick((maker.pick(people), maker.stranger()))
                maker.receipt(time, user, one, send_id=send_id)
                maker.conversion(time + maker.pick((0, 1)), user, one, message_variation_id=None)
                maker.purchase(time + 1, user)
                if one.families:
                    family = maker.pick(one.families)
                    event_type = f"users.messages.{family}.Abort"
                    maker.of_campaign(event_type, time, user, one, send_id=send_id)
        sent_to = maker.stranger()
        maker.receipt(maker.midnight(first_day), sent_to, one, send_id=send_id)
        maker.conversion(maker.midnight(first_day + timedelta(days=15)) - 1, sent_to, one, message_variation_id=None)
        maker.conversion(maker.midnight(first_day + timedelta(days=15)), sent_to, one, message_variation_id=None)


def edges_of_texts(maker: Maker, one: Campaign) -> None:
    """Every inbound body and button, in one element; buttons first appear together, so that ids alone rank them."""
    time, same = maker.instant(), {"message_variation_id": maker.pick(one.variations), "send_id": maker.pick(one.sends)}
    for body in BODIES if "sms" in one.families else ():
        for user in (maker.stranger(), None):
            texts = {"action": maker.pick(ACTIONS), "message_body": body}
            maker.of_campaign("users.messages.sms.InboundReceive", maker.instant(), user, one, **same, **texts)
    for button in BUTTONS if "pushnotification" in one.families else ():
        for later in (0, DAY):
            press = {"platform": "ios", "button_string": button}
            event_type = "users.messages.pushnotification.Open"
            maker.of_campaign(event_type, time + later, maker.stranger(), one, **same, **press)


def edges_of_names(maker: Maker, one: Campaign) -> None:
    """Names given last to each variation at one instant, so that ids alone decide; a null name after them does not."""
    last = maker.midnight(maker.start + timedelta(days=maker.days + 60))
    for variation in one.variations:
        for later, name in ((0, "By id, one"), (0, "By id, two"), (0, "By id, three"), (1, None)):
            named = {"message_variation_id": variation, "message_variation_name": name}
            maker.conversion(last + later, maker.stranger(), one, **named)


def elsewhere(maker: Maker, people: Sequence[str]) -> None:
    """Known types that no series counts: they only make apps and campaigns known, and give campaigns their names."""
    unsupported = Campaign("camp-unsupported", (), ("var-A", None), (None, "send-x"), (None,), False, DEFAULT_WINDOW)
    for event_type in (
        "users.messages.banner.Impression",
        "users.messages.featureflag.Impression",
        "users.messages.line.Send",
        "users.behaviors.subscription.GlobalStateChange",
        "users.behaviors.subscriptiongroup.StateChange",
        "users.campaigns.Conversion",
    ):
        maker.of_campaign(event_type, maker.instant(), maker.pick(people), unsupported)
    for event_type in ("users.behaviors.CustomEvent", "users.behaviors.Location", "users.RandomBucketNumberUpdate"):
        maker.add(event_type, maker.instant(), maker.pick(people), app_id="app-quiet", name="tea drunk")


def custom_events(maker: Maker, people: Sequence[str]) -> None:
    """Custom events of all names, many of them in the same second or at the turn of an hour."""
    for user in people:
        for _ in range(maker.random.randrange(6)):
            time = maker.instant() + maker.pick((0, 0, HOUR, HOUR - 1, HOUR // 2))
            maker.add("users.behaviors.CustomEvent", time, user, name=maker.pick(EVENT_NAMES))


# Canvases


def of_canvas(maker: Maker, event_type: str, time: int, user: str | None, one: Canvas, **properties: object) -> Json:
    """Collect an event of a canvas; variant, step and names are drawn where none is given."""
    drawn = {
        "canvas_id": one.id,
        "canvas_name": maker.pick((None, f"{one.id} by name", f"{one.id}, renamed")),
        "canvas_variation_id": maker.pick(one.variants),
        "canvas_variation_name": maker.pick(NAMES),
        "canvas_step_id": maker.pick(one.steps),
        "canvas_step_name": maker.pick(NAMES),
        "campaign_id": maker.pick((None, None, None, "camp-0")),
        "button_string": maker.pick(BUTTONS),
        "button_id": maker.pick(BUTTON_IDS),
        "action": maker.pick(ACTIONS),
        "message_body": maker.pick(BODIES),
        "in_control_group": maker.random.random() < 0.1,
        "conversion_behavior_index": maker.pick(one.indexes),
    }
    return maker.add(event_type, time, user, **{**drawn, **properties})


def canvas_story(maker: Maker, one: Canvas, user: str) -> None:
    """Entries, messages of steps, conversions and purchases close together."""
    time = maker.instant()
    for _ in range(maker.random.randrange(1, 3)):
        of_canvas(maker, "users.canvas.Entry", time + maker.pick((0, 0, 1, DAY)), user, one)
    for _ in range(maker.random.randrange(4)):
        family = maker.pick(FAMILIES)
        types = [known for known in VOCABULARY if known.startswith(f"users.messages.{family}.")]
        for _ in range(2):
            of_canvas(maker, maker.pick(types), time + maker.pick((0, 1, HOUR, DAY, 7 * DAY)), user, one)
    of_canvas(maker, "users.canvas.Conversion", time + maker.pick(CONVERSION_OFFSETS), user, one)
    of_canvas(maker, "users.canvasstep.Progression", time, user, one, progression_type="advanced")
    maker.purchase(time + maker.pick((0, 1, one.revenue_window, one.revenue_window + 1)), user)


def edges_of_canvas(maker: Maker, one: Canvas) -> None:
    """One entry, or one message, and what comes exactly at, just before or just after the end of a look-back."""
    for offset in CONVERSION_OFFSETS:
        time, user = maker.instant(), maker.stranger()
        entry = of_canvas(maker, "users.canvas.Entry", time, user, one)
        same = {"canvas_variation_id": entry["properties"]["canvas_variation_id"]}
        of_canvas(maker, "users.canvas.Conversion", time + offset, user, one, **same)
    for event_type in ("users.canvas.Entry", "users.messages.email.Send", "users.messages.inappmessage.Impression"):
        for offset in (0, 1, one.revenue_window, one.revenue_window + 1):
            time, user = maker.instant(), maker.stranger()
            of_canvas(maker, event_type, time, user, one)
            maker.purchase(time + offset, user)
    for family, name, gaps in (("email", "Open", OPEN_GAPS), ("contentcard", "Impression", CARD_GAPS)):
        for gap in (*gaps, 1, 13):
            day, user = maker.start + timedelta(days=maker.random.randrange(maker.days)), maker.stranger()
            same = {"canvas_step_id": maker.pick(one.steps)}
            first, again = (
                maker.midnight(day),
                maker.midnight(day + timedelta(days=gap)) + maker.pick((0, DAY - HOUR - 1)),
            )
            of_canvas(maker, f"users.messages.{family}.{name}", first, user, one, **same)
            of_canvas(maker, f"users.messages.{family}.{name}", again, user, one, **same)


# What only JSON can say


def variants_for_json(maker: Maker, events: Sequence[Json]) -> list[Json]:
    """New events like some of those given, each told as Avro cannot: by external id, with a fraction of a second, …"""
    changes: tuple[Callable[[Maker, Json], None], ...] = (by_external_id, with_fraction, as_iso, without_app, odd_price)
    variants = []
    for change in changes:
        for original in maker.random.sample(events, len(events) // 25):
            variant = copy.deepcopy(original)
            variant["id"] = maker.id()
            variant["properties"]["never_heard_of"] = {"nested": [1, None, "two"]}
            change(maker, variant)
            variants.append(variant)
    return variants


def namesakes(maker: Maker, events: Sequence[Json]) -> list[Json]:
    """Events with the id of some of those given, and another second or another user: they are other events."""
    found = []
    for original in maker.random.sample(events, len(events) // 25):
        namesake = copy.deepcopy(original)
        if original["user"]["user_id"] and maker.random.random() < 0.5:
            namesake["user"] = {"user_id": "somebody else"}
        else:
            namesake["time"] += maker.pick((-86_400, -1, 1, 3_600))
        found.append(namesake)
    return found


def by_external_id(maker: Maker, event: Json) -> None:
    name = event["user"]["user_id"] or "somebody"
    event["user"] = maker.pick(({}, {"user_id": None}, {"user_id": ""}, {"user_id": 7}))
    event["user"]["external_user_id"] = f"ext-{name}"


def with_fraction(maker: Maker, event: Json) -> None:
    event["time"] += maker.pick((-0.000001, 0.000001, 0.25, -0.5, 0.999999))


def as_iso(maker: Maker, event: Json) -> None:
    """The same instant in one of the forms of ISO 8601; without an offset it is UTC."""
    form = maker.pick(("plain", "space", "Z", "fraction", "+02:00", "+0530", "-05", "minutes", "date"))
    moment = datetime.fromtimestamp(event["time"], UTC)
    offsets = {"+02:00": timedelta(hours=2), "+0530": timedelta(hours=5, minutes=30), "-05": timedelta(hours=-5)}
    local = (moment + offsets.get(form, timedelta())).isoformat(timespec="seconds").removesuffix("+00:00")
    texts = {
        "plain": local,
        "space": local.replace("T", " "),
        "Z": local + "Z",
        "fraction": local + ".500001Z",
        "minutes": local[: len("2024-03-31T12:00")],
        "date": local[: len("2024-03-31")],
    }
    event["time"] = texts.get(form, local + form)


def without_app(maker: Maker, event: Json) -> None:
    """No app at all, or null: a session then counts in "all apps" only."""
    event["properties"].pop("app_id", None)
    if maker.random.random() < 0.5:
        event["properties"]["app_id"] = None


def odd_price(maker: Maker, event: Json) -> None:
    """A purchase whose price cannot be used, or is a whole number; other events get an explicit null instead."""
    event["properties"]["price"] = maker.pick((None, True, "49.99", [], 12))


def extremes(maker: Maker) -> list[Json]:
    """Sessions at the first and last usable second, which are in 1970 and 2106; and one with no more than it needs."""
    session_start = "users.behaviors.app.SessionStart"
    user = {"user_id": "u000"}
    bare = {"event_type": session_start, "id": maker.id(), "time": maker.instant(), "user": user}
    return [*(nested(session_start, maker.id(), time, user, {}) for time in (0, 0.0, 2**32 - 1)), bare]


# What is no event


BAD_IDS: tuple[object, ...] = (None, "", 7, True, [], {})
BAD_TIMES: tuple[object, ...] = (
    *(None, True, False, "", "1711843200", "yesterday", -1, -0.5, 2**32, 2**32 + 0.5, 10**30, [], {}),
    *("2024-02-30", "2024-03-31T25:00:00Z", "2024-03-31T10:60", "1969-12-31T23:59:59Z", "2106-02-07T06:28:16Z"),
)
BAD_USERS: tuple[object, ...] = (
    *(None, {}, "u000", [], {"user_id": ""}, {"user_id": 7}, {"device_id": "d"}),
    {"user_id": None, "external_user_id": ""},
)


def broken_records(maker: Maker) -> list[object]:
    """Records that go to the dead-letter store, by any reading: no object, no id, no usable time, no user."""
    no_objects: list[object] = [None, True, 7, 1.5, "text", [], [{}], {}]
    return [
        *no_objects,
        *({**healthy(maker), "id": bad} for bad in BAD_IDS),
        *({**healthy(maker), "time": bad} for bad in BAD_TIMES),
        *({**healthy(maker), "user": bad} for bad in BAD_USERS),
        {**healthy(maker), "event_type": None},
        *({name: value for name, value in healthy(maker).items() if name != left} for left in ("id", "time", "user")),
    ]


def healthy(maker: Maker) -> Json:
    """An event that would count, and make a campaign and an app known that must stay unknown."""
    user = {"user_id": "u-broken"}
    properties = {"campaign_id": "camp-broken", "send_id": "send-broken", "app_id": "app-broken"}
    event_type = maker.pick(("users.behaviors.app.SessionStart", "users.messages.email.Send"))
    return nested(event_type, maker.id(), maker.instant(), user, properties)


def unknown_events(maker: Maker) -> list[Json]:
    """Whole events of types that are not in Currents, some of them hardly different from those that are."""
    types = (
        "users.messages.telepathy.Send",
        "users.messages.email.Teleport",
        "users.messages.email.send",
        "Users.behaviors.app.SessionStart",
        "users.behaviors.app.SessionStarted",
        "SessionStart",
    )
    properties = {"campaign_id": "camp-unknown", "app_id": "app-unknown"}
    return [
        {**healthy(maker), "event_type": event_type, "properties": properties} for event_type in types for _ in range(2)
    ]


# Hypothesis

EPOCH = int(datetime(2024, 2, 29, 23, tzinfo=UTC).timestamp())  # midnight in Paris
DAYS_APART = (0, 1, 3, 6, 7, 14, 15, 29, 30, 31)  # the clocks change on the thirtieth
instants = st.builds(
    lambda days, seconds: EPOCH + days * DAY + seconds,
    st.sampled_from(DAYS_APART),
    st.sampled_from((0, 1, -1, -HOUR, -HOUR - 1)),
)
messages = st.sampled_from(
    (
        *("email.Send", "email.Open", "email.SoftBounce", "pushnotification.Send", "pushnotification.Open"),
        *("pushnotification.Bounce", "inappmessage.Impression", "inappmessage.Click", "contentcard.Send"),
        *("contentcard.Impression", "sms.Send", "sms.InboundReceive", "sms.Rejection", "webhook.Send", "whatsapp.Read"),
    )
).map("users.messages.{}".format)
behaviours = st.sampled_from(
    (
        *("users.behaviors.app.SessionStart", "users.behaviors.app.FirstSession", "users.behaviors.Uninstall"),
        *("users.behaviors.Purchase", "users.behaviors.Purchase", "users.behaviors.CustomEvent"),
    )
)
decisions = st.sampled_from(
    (
        *("users.campaigns.Conversion", "users.campaigns.Conversion", "users.campaigns.EnrollInControl"),
        *("users.canvas.Entry", "users.canvas.Entry", "users.canvas.Conversion"),
    )
)
drawn_properties = st.fixed_dictionaries(
    {
        "app_id": st.sampled_from(("a", "b")),
        "campaign_id": st.sampled_from(("c", "d")),
        "message_variation_id": st.sampled_from((None, "v", "w")),
        "message_variation_name": st.sampled_from((None, "Old", "New")),
        "send_id": st.sampled_from((None, "s", "t")),
        "platform": st.sampled_from(("ios", "chrome", "windows")),
        "button_string": st.sampled_from((None, "", "Yes", "No")),
        "button_id": st.sampled_from((None, "0", "1")),
        "action": st.sampled_from(("Unsubscribed", "None")),
        "message_body": st.sampled_from((" Help ", "stop")),
        "conversion_behavior_index": st.sampled_from((None, 0, 1, 3, 7)),
        "price": st.sampled_from(PRICES),
        "currency": st.sampled_from(("USD", "EUR", "JPY")),
        "product_id": st.sampled_from(("tea", "cup")),
        "name": st.sampled_from(("drunk", "spilt")),
        "canvas_id": st.sampled_from((None, "canvas-0")),
        "canvas_variation_id": st.sampled_from(("v", "w")),
        "canvas_variation_name": st.sampled_from((None, "Old", "New")),
        "canvas_step_id": st.sampled_from((None, "s", "v")),
        "canvas_step_name": st.sampled_from((None, "Old", "New")),
    }
)


@st.composite
def events(draw: st.DrawFn, max_size: int = 25) -> list[Json]:
    """A few events, fit for Avro and JSON, of two users, two campaigns and few instants, with distinct ids.

    Deliver them with `RATES` and the time zone Europe/Paris to make the most of their prices and instants."""
    moments = draw(st.lists(instants, min_size=1, max_size=4))
    size = draw(st.integers(0, max_size))
    ids = draw(st.permutations([f"e{number:02}" for number in range(size)]))
    return [
        nested(
            draw(st.one_of(messages, behaviours, decisions)),
            event_id,
            draw(st.sampled_from(moments)),
            {"user_id": draw(st.sampled_from(("ana", "bo")))},
            draw(drawn_properties),
        )
        for event_id in ids
    ]
