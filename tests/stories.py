"""Short stories of a user, whose events change each other's numbers: to be told in every order of arrival.

A story is a list of events about subjects of its own (a campaign, a rival campaign, a canvas), each of which decides
what some other one counts for: a receipt that comes after the conversion it explains, an open that makes a later one
no longer unique. `STORIES` holds one for each mark that could be forgotten when only what is new is computed again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from worlds import DAY, HOUR, nested

Json = dict[str, Any]
Story = Callable[["Teller"], list[Json]]

WINDOW = 3 * DAY
"""Of revenue, if the catalogue says nothing."""

LOOK_BACK = 30 * DAY
"""Of conversions."""

EARLIEST = DAY
"""No story begins before it: the first usable second is on the last day of 1969 in some zones (test_arrivals.py)."""


@dataclass
class Teller:
    """Makes the events of one user. Times are seconds after `start`'s midnight, or a local day and seconds in it."""

    name: str
    zone: ZoneInfo
    start: date
    user: str
    campaign: str
    rival: str
    canvas: str
    numbers: Callable[[], int] = field(default_factory=lambda: count().__next__)

    @classmethod
    def alone(cls, name: str, zone: ZoneInfo, start: date) -> "Teller":
        """One whose user and subjects are nobody else's."""
        return cls(name, zone, start, f"user {name}", f"camp {name}", f"rival {name}", f"canvas {name}")

    def on(self, day: int, second: int = 0) -> int:
        """The time of a second of a local day, counted from `start`; a negative one is before its midnight."""
        wanted = self.start + timedelta(days=day)
        midnight = int(datetime(wanted.year, wanted.month, wanted.day, tzinfo=self.zone).timestamp())
        return max(EARLIEST, midnight + second)

    def after(self, seconds: int) -> int:
        """The time so many seconds after the start."""
        return self.on(0, seconds)

    def tell(self, event_type: str, time: int, **properties: object) -> Json:
        """An event of any type."""
        return nested(event_type, f"{self.name} {self.numbers()}", time, {"user_id": self.user}, properties)

    def message(self, kind: str, time: int, variation: str | None = "v", **properties: object) -> Json:
        """A message event of the campaign, such as `email.Open`."""
        given = {"campaign_id": self.campaign, "message_variation_id": variation, "platform": "ios", **properties}
        return self.tell(f"users.messages.{kind}", time, **given)

    def send(self, time: int, variation: str | None = "v", **properties: object) -> Json:
        """A receipt of the campaign."""
        return self.message("email.Send", time, variation, **properties)

    def enrolment(self, time: int, variation: str = "control", **properties: object) -> Json:
        """A receipt of the campaign's control group."""
        given = {"campaign_id": self.campaign, "message_variation_id": variation, **properties}
        return self.tell("users.campaigns.EnrollInControl", time, **given)

    def conversion(self, time: int, variation: str | None = None, index: int | None = None, **more: object) -> Json:
        """A conversion of the campaign."""
        given = {"message_variation_id": variation, "conversion_behavior_index": index}
        return self.tell("users.campaigns.Conversion", time, **{"campaign_id": self.campaign, **given, **more})

    def purchase(self, time: int, price: float = 10.0, currency: str = "USD", **more: object) -> Json:
        """A purchase."""
        given = {"price": price, "currency": currency, "product_id": "tea", "app_id": "a", **more}
        return self.tell("users.behaviors.Purchase", time, **given)

    def entry(self, time: int, variant: str = "a", **more: object) -> Json:
        """An entry into the canvas."""
        return self.tell("users.canvas.Entry", time, canvas_id=self.canvas, canvas_variation_id=variant, **more)

    def step(self, kind: str, time: int, step: str = "s", **more: object) -> Json:
        """A message event of a step of the canvas."""
        given = {"canvas_id": self.canvas, "canvas_variation_id": "a", "canvas_step_id": step, "platform": "ios"}
        return self.tell(f"users.messages.{kind}", time, **{**given, **more})

    def converts_in_canvas(
        self, time: int, variant: str | None = None, step: str | None = None, **more: object
    ) -> Json:
        """A conversion of the canvas."""
        given = {"canvas_id": self.canvas, "canvas_variation_id": variant, "canvas_step_id": step}
        return self.tell("users.canvas.Conversion", time, **given, **more)

    def session(self, time: int, app: str | None = "a") -> Json:
        """The start of a session."""
        return self.tell("users.behaviors.app.SessionStart", time, app_id=app)

    def does(self, time: int, name: str = "tea drunk") -> Json:
        """A custom event."""
        return self.tell("users.behaviors.CustomEvent", time, name=name, app_id="a")


# Uniques: an earlier event of the same kind makes a later one no longer unique


def again(kind: str, *days: int, send_id: str | None = None) -> Story:
    """The same message event on several days."""
    return lambda teller: [teller.message(kind, teller.on(day), send_id=send_id) for day in days]


def again_in_step(kind: str, *days: int) -> Story:
    """The same message event of a step on several days."""
    return lambda teller: [teller.step(kind, teller.on(day, 5)) for day in days]


def opens_at_the_turns_of_days(teller: Teller) -> list[Json]:
    """Nearly eight days apart, and still unique only once; nearly six, and unique twice."""
    times = (teller.on(0), teller.on(7, -1), teller.on(14, -1))
    return [teller.message("email.Open", time) for time in times]


def opens_of_two_variations_and_sends(teller: Teller) -> list[Json]:
    """An open of another variation takes nothing; one of another send takes the campaign's, not the send's."""
    return [
        teller.message("email.Open", teller.on(0), "v", send_id="one"),
        teller.message("email.Open", teller.on(2), "w", send_id="one"),
        teller.message("email.Open", teller.on(4), "v", send_id="two"),
    ]


def opens_of_campaign_and_step(teller: Teller) -> list[Json]:
    """Events that name both a campaign and a step of a canvas."""
    both = {"campaign_id": teller.campaign, "message_variation_id": "v"}
    return [
        teller.step("email.Open", teller.on(0), **both),
        teller.step("email.Open", teller.on(5), **both),
        teller.message("email.Open", teller.on(6)),
    ]


# Attribution: the latest receipt that is early enough explains a conversion or a purchase


def one_receipt(*afters: int, variation: str | None = None) -> Story:
    """A receipt, and conversions so many seconds later."""

    def told(teller: Teller) -> list[Json]:
        conversions = [teller.conversion(teller.after(HOUR + after), variation) for after in afters]
        return [teller.send(teller.after(HOUR)), *conversions]

    return told


def one_receipt_and_purchases(*afters: int) -> Story:
    """A receipt, and purchases so many seconds later."""

    def told(teller: Teller) -> list[Json]:
        purchases = [teller.purchase(teller.after(HOUR + after), 10.0 + after % 7) for after in afters]
        return [teller.send(teller.after(HOUR)), *purchases]

    return told


def a_receipt_between(teller: Teller) -> list[Json]:
    """Of another variation, so that what comes later moves to it."""
    return [
        teller.send(teller.on(0)),
        teller.message("contentcard.Impression", teller.on(2), "w", send_id="s"),
        teller.conversion(teller.on(4)),
    ]


def a_receipt_between_and_a_purchase(teller: Teller) -> list[Json]:
    return [
        teller.send(teller.on(0), send_id="s"),
        teller.message("sms.Send", teller.on(1), "w", send_id="t"),
        teller.purchase(teller.on(2)),
    ]


def a_receipt_between_of_another_variation(teller: Teller) -> list[Json]:
    """The conversion names the first one's variation, and stays with it."""
    return [
        teller.send(teller.on(0), "v"),
        teller.send(teller.on(2), "w"),
        teller.conversion(teller.on(4), "v"),
    ]


def a_receipt_of_a_rival_between(teller: Teller) -> list[Json]:
    """It takes nothing from the campaign: the purchase counts for both."""
    return [
        teller.send(teller.on(0)),
        teller.send(teller.on(1), campaign_id=teller.rival),
        teller.purchase(teller.on(2)),
        teller.conversion(teller.on(3)),
    ]


def receipts_at_one_instant(teller: Teller) -> list[Json]:
    """Their ids decide."""
    return [
        teller.send(teller.on(0), "v", send_id="s"),
        teller.message("pushnotification.Send", teller.on(0), "w", send_id="t"),
        teller.conversion(teller.on(1)),
        teller.purchase(teller.on(2)),
    ]


def a_control_group(teller: Teller) -> list[Json]:
    """An enrolment is a receipt, of a place of its own."""
    return [
        teller.enrolment(teller.on(0)),
        teller.conversion(teller.on(3), index=1),
        teller.purchase(teller.on(3, -1)),
        teller.send(teller.on(2)),
    ]


def a_day_with_all(teller: Teller) -> list[Json]:
    """Receipt, conversion, purchase and open in one second."""
    return [
        teller.send(teller.on(0, 1)),
        teller.conversion(teller.on(0, 1)),
        teller.purchase(teller.on(0, 2)),
        teller.message("email.Open", teller.on(0, 1)),
    ]


def by_send_time_a_month_ago(teller: Teller) -> list[Json]:
    """Counted by send time on a day long before anything else changes."""
    return [
        teller.send(teller.after(0), send_id="s"),
        teller.conversion(teller.after(LOOK_BACK), index=3),
        teller.conversion(teller.after(LOOK_BACK + 1), index=2),
    ]


def conversions_at_all_edges(teller: Teller) -> list[Json]:
    first = teller.on(0, HOUR)
    return [
        teller.send(first),
        teller.conversion(first - 1),
        teller.conversion(first, index=1),
        teller.conversion(first + LOOK_BACK, index=2),
    ]


# Sends: only what happens from the first day on until two weeks later belongs to a send


def an_earlier_first_day(teller: Teller) -> list[Json]:
    """An event that counts nowhere, but moves the send's first day, so that the last days leave its window."""
    return [
        teller.message("email.Abort", teller.on(0), send_id="s"),
        teller.send(teller.on(2), send_id="s"),
        teller.conversion(teller.on(15)),
        teller.message("email.Open", teller.on(16), send_id="s"),
    ]


def a_send_and_its_end(teller: Teller) -> list[Json]:
    return [
        teller.send(teller.on(0, DAY - 1), send_id="s"),
        teller.conversion(teller.on(15, -1)),
        teller.conversion(teller.on(15)),
        teller.send(teller.on(13), send_id="t"),
    ]


def a_purchase_that_changes_sends(teller: Teller) -> list[Json]:
    return [
        teller.send(teller.on(0), send_id="s"),
        teller.purchase(teller.on(2)),
        teller.send(teller.on(1), send_id="t"),
    ]


# Shapes: what all points of a series have in common


def a_name_that_is_newer(teller: Teller) -> list[Json]:
    return [
        teller.send(teller.on(5), message_variation_name="Newest", campaign_name="Newest"),
        teller.message("email.Open", teller.on(0), message_variation_name="Old", campaign_name="Old"),
        teller.conversion(teller.on(2), "v", message_variation_name="Newer"),
    ]


def buttons_in_another_order(teller: Teller) -> list[Json]:
    """The first press ranks a button, however late it comes to be known."""
    return [
        teller.message("pushnotification.Open", teller.on(day), button_string=button)
        for day, button in ((3, "Yes"), (2, "No"), (1, "Later"), (0, "Yes"))
    ]


def elements_in_another_order(teller: Teller) -> list[Json]:
    """The first receipt puts an element in its place."""
    return [
        teller.send(teller.on(2), "z"),
        teller.send(teller.on(1), "y"),
        teller.message("email.SoftBounce", teller.on(0), "x"),
        teller.send(teller.on(0), "z"),
    ]


# Canvases: entries are the receipts, and messages those of their steps


def an_entry(*afters: int, variant: str | None = None) -> Story:
    """An entry, and conversions so many seconds later."""

    def told(teller: Teller) -> list[Json]:
        conversions = [teller.converts_in_canvas(teller.after(HOUR + after), variant, "s") for after in afters]
        return [teller.entry(teller.after(HOUR)), *conversions]

    return told


def an_entry_between(teller: Teller) -> list[Json]:
    return [
        teller.entry(teller.on(0), "a"),
        teller.entry(teller.on(2), "b"),
        teller.converts_in_canvas(teller.on(4)),
        teller.purchase(teller.on(3)),
    ]


def entries_at_one_instant(teller: Teller) -> list[Json]:
    return [
        teller.entry(teller.on(0), "b"),
        teller.entry(teller.on(0), "a"),
        teller.purchase(teller.after(WINDOW)),
        teller.purchase(teller.after(WINDOW + 1), 20.0),
    ]


def an_entry_of_another_variant_between(teller: Teller) -> list[Json]:
    return [
        teller.entry(teller.on(0), "a"),
        teller.entry(teller.on(2), "b"),
        teller.converts_in_canvas(teller.on(30), "a", "s", conversion_behavior_index=1),
    ]


def steps_before_a_purchase(teller: Teller) -> list[Json]:
    """The latest message of any step decides, and entries on their own."""
    return [
        teller.step("email.Send", teller.on(0), "s"),
        teller.step("inappmessage.Impression", teller.on(1), "t"),
        teller.purchase(teller.on(3)),
        teller.entry(teller.on(2)),
    ]


def steps_at_the_edge_of_the_window(teller: Teller) -> list[Json]:
    return [
        teller.step("email.Send", teller.after(0)),
        teller.purchase(teller.after(WINDOW)),
        teller.purchase(teller.after(WINDOW + 1), 20.0),
        teller.purchase(teller.after(0), 30.0),
    ]


def a_purchase_after_everything(teller: Teller) -> list[Json]:
    """Of two campaigns, an entry and a step."""
    return [
        teller.purchase(teller.on(2)),
        teller.send(teller.on(1)),
        teller.step("email.Send", teller.on(1), campaign_id=teller.rival, message_variation_id="v"),
        teller.entry(teller.on(0)),
    ]


STORIES: dict[str, Story] = {
    **{f"opens {n} days apart": again("email.Open", 0, n) for n in (1, 6, 7, 8)},
    **{f"clicks {n} days apart": again("email.Click", 0, n, send_id="s") for n in (6, 7)},
    "opens in a row": again("email.Open", 0, 3, 7),
    "opens at the turns of days": opens_at_the_turns_of_days,
    "opens of two variations and sends": opens_of_two_variations_and_sends,
    "opens of campaign and step": opens_of_campaign_and_step,
    **{f"cards {n} days apart": again("contentcard.Impression", 0, n) for n in (1, 29, 30)},
    "card clicks": again("contentcard.Click", 0, 29, 58),
    "card dismissals": again("contentcard.Dismiss", 0, 29, 30),
    **{f"opens in a step {n} days apart": again_in_step("email.Open", 0, n) for n in (1, 6, 7, 13)},
    **{f"cards in a step {n} days apart": again_in_step("contentcard.Impression", 0, n) for n in (13, 29, 30)},
    "card clicks in a step": again_in_step("contentcard.Click", 0, 14, 29),
    "card dismissals in a step": again_in_step("contentcard.Dismiss", 0, 29),
    "pushes opened in a step": again_in_step("pushnotification.Open", 0, 1),
    "receipt and conversions": one_receipt(0, DAY),
    "receipt and conversion of its variation": one_receipt(DAY, variation="v"),
    "receipt and conversion of another variation": one_receipt(DAY, variation="w"),
    "receipt and conversions at the edge": one_receipt(LOOK_BACK, LOOK_BACK + 1),
    "conversions at all edges": conversions_at_all_edges,
    "receipt and purchases": one_receipt_and_purchases(0, 1, DAY),
    "receipt and purchases at the edge": one_receipt_and_purchases(WINDOW, WINDOW + 1),
    "a receipt between": a_receipt_between,
    "a receipt between and a purchase": a_receipt_between_and_a_purchase,
    "a receipt between of another variation": a_receipt_between_of_another_variation,
    "a receipt of a rival between": a_receipt_of_a_rival_between,
    "receipts at one instant": receipts_at_one_instant,
    "a control group": a_control_group,
    "a day with all": a_day_with_all,
    "by send time a month ago": by_send_time_a_month_ago,
    "an earlier first day": an_earlier_first_day,
    "a send and its end": a_send_and_its_end,
    "a purchase that changes sends": a_purchase_that_changes_sends,
    "a name that is newer": a_name_that_is_newer,
    "buttons in another order": buttons_in_another_order,
    "elements in another order": elements_in_another_order,
    "entry and conversions": an_entry(0, LOOK_BACK, LOOK_BACK + 1),
    "entry and conversion of its variant": an_entry(DAY, variant="a"),
    "an entry between": an_entry_between,
    "entries at one instant": entries_at_one_instant,
    "an entry of another variant between": an_entry_of_another_variant_between,
    "steps before a purchase": steps_before_a_purchase,
    "steps at the edge of the window": steps_at_the_edge_of_the_window,
    "a purchase after everything": a_purchase_after_everything,
}

LONG_WINDOWS = (HOUR, 7 * DAY, 30 * DAY, 45 * DAY)
"""Windows of revenue that catalogues give, beside the default."""


def of_window(window: int) -> Story:
    """Two receipts, and purchases at the ends of a window of the campaign and the canvas."""

    def told(teller: Teller) -> list[Json]:
        return [
            teller.send(teller.after(0)),
            teller.entry(teller.after(1)),
            teller.purchase(teller.after(window)),
            teller.purchase(teller.after(window + 1), 20.0),
        ]

    return told


# Sessions: gaps of users, in all apps and in each


def sessions(*days: int, apps: Sequence[str | None] = ("a",)) -> Story:
    """A session on each of some days, in the apps in turn."""
    return lambda teller: [
        teller.session(teller.on(day, number), apps[number % len(apps)]) for number, day in enumerate(days)
    ]


SESSIONS: dict[str, Story] = {
    **{f"sessions {n} days apart": sessions(0, n) for n in (0, 1, 29, 30, 31, 63, 64, 65, 89, 90, 91, 127, 128, 129)},
    **{f"sessions {n} days apart in two apps": sessions(0, n, apps=("a", "b")) for n in (1, 30, 64, 89)},
    "sessions of an app and of none": sessions(0, 1, 64, apps=("a", None)),
    "sessions on both sides of blocks": sessions(-1, 63, 64, apps=("a", "a", "b")),
    "sessions around a gap": sessions(0, 45, 90),
    "sessions at the turns of days": lambda teller: [teller.session(teller.on(day, -1)) for day in (0, 1, 65)],
    "a session years back": sessions(-2000, 0, 89),
    "a session years back in another app": sessions(-2001, 2, apps=("b", "a")),
}
