"""The demo's apps and campaigns, and every message that they send."""

import uuid
from dataclasses import dataclass

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "demo.quotidian.example")
CONTROL = "Control group"
CONTROL_LIFT = 0.5


def fixed_id(*names: str) -> str:
    """The UUID of something that is the same in every demo, whatever its seed."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(names)))


APPS = {name: fixed_id("app", name) for name in ("Outfitter for iOS", "Outfitter for Android", "Outfitter on the web")}
IOS, ANDROID, WEB = APPS.values()


@dataclass(frozen=True)
class Variation:
    """A message variation; `lift` multiplies how likely people are to act on it."""

    name: str
    lift: float = 1.0


@dataclass(frozen=True)
class Campaign:
    """A campaign: every `every` days it reaches the share `reach` of the people that its channels can reach.

    With `sends` (send ids) it is an API campaign: one wave a send, spread evenly over the demo's days, and no `every`.
    `control` is the share that gets no message. `renamed` are the variations' names in the second half of the demo."""

    name: str
    description: str
    channels: tuple[str, ...]  # keys of funnels.CHANNELS
    variations: tuple[Variation, ...]
    reach: float
    every: int = 1
    offset: int = 0
    control: float = 0.0
    sends: tuple[str, ...] = ()
    renamed: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    window: int = 259_200  # seconds after a receipt in which a conversion counts
    old_name: str = ""  # until the middle of the demo

    @property
    def id(self) -> str:
        """Its `campaign_id`."""
        return fixed_id("campaign", self.name)

    def sends_on(self, day: int, days: int) -> tuple[str | None, ...]:
        """The send ids that go out on day number `day` of `days`; a None is a send without an id."""
        if self.sends:
            count = len(self.sends)
            return tuple(send for n, send in enumerate(self.sends) if (2 * n + 1) * days // (2 * count) == day)
        return (None,) if (day + self.offset) % min(self.every, days) == 0 else ()


CAMPAIGNS = (
    Campaign(
        "Weekly newsletter",
        "What is new, every week.",
        channels=("email",),
        variations=(Variation("Short subject"), Variation("Long subject", 1.2)),
        renamed=("Short subject", "Question as subject"),
        old_name="Newsletter (draft)",
        reach=0.85,
        every=7,
        tags=("Newsletter",),
    ),
    Campaign(
        "Win back",
        "Two days off the path? A reminder by e-mail and push; one group gets none.",
        channels=("email", "push"),
        variations=(Variation("Discount", 1.3), Variation("New arrivals")),
        control=0.15,
        reach=0.03,
        tags=("Lifecycle",),
    ),
    Campaign(
        "New arrivals",
        "Push on all devices, twice a week.",
        channels=("push",),
        variations=(Variation("Plain"), Variation("With picture", 1.4), Variation("With emoji", 0.8)),
        reach=0.7,
        every=4,
        offset=1,
        tags=("Product", "Push"),
    ),
    Campaign(
        "Basket reminder",
        "In-app message when a session starts with something in the basket.",
        channels=("in_app",),
        variations=(Variation("Modal"), Variation("Slide-up", 0.7), Variation("Full screen", 1.1)),
        reach=0.12,
        tags=("Lifecycle",),
        window=86_400,
    ),
    Campaign(
        "Summer cards",
        "A card in the app's feed, with a control group.",
        channels=("content_card",),
        variations=(Variation("Mountains"), Variation("Sea", 1.25)),
        control=0.1,
        reach=0.5,
        every=10,
        offset=7,
        tags=("Summer",),
    ),
    Campaign(
        "Flash sale",
        "Sent by API: a wave of e-mail and push, each with its send id.",
        channels=("email", "push"),
        variations=(Variation("24 hours"), Variation("While stocks last", 1.15)),
        reach=0.6,
        sends=("flash-sale-1", "flash-sale-2", "flash-sale-3", "flash-sale-4"),
        tags=("Sale",),
    ),
    Campaign(
        "Parcel updates",
        "Sent by API: text messages and WhatsApp about orders.",
        channels=("sms", "whatsapp"),
        variations=(Variation("Update"),),
        reach=0.5,
        sends=("parcels-north", "parcels-south", "parcels-west"),
        tags=("Service",),
    ),
    Campaign(
        "Loyalty points",
        "Tells the points service about a purchase.",
        channels=("webhook",),
        variations=(Variation("Earn points"),),
        reach=0.02,
        tags=("Service",),
    ),
)
