"""What follows from a session, from a message by each channel, from its receipt: tables, and one function."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from quotidian.demo.details import draw_details
from quotidian.demo.messages import LIFTS
from quotidian.demo.records import Events

MINUTE, HOUR = 60, 3600


@dataclass(frozen=True)
class Fork:
    """After each event `of`, at most one of `into` happens: event -> probability, `delay` seconds later on average.

    `again`: how many more times it then happens, on average. `appeal`: better message variations make it likelier."""

    of: str
    delay: int
    into: Mapping[str, float]
    again: Mapping[str, float] = field(default_factory=dict)
    appeal: bool = False


@dataclass(frozen=True)
class Funnel:
    """Forks in order, from event `start`; `receipt` is the event by which a user received the message.

    Event names are relative to `prefix`."""

    prefix: str
    start: str
    forks: tuple[Fork, ...]
    receipt: str = "Send"


SESSIONS = Funnel(
    "users.behaviors.",
    "app.SessionStart",
    (
        Fork("app.SessionStart", 6 * MINUTE, {"app.SessionEnd": 0.96}),
        Fork("app.SessionStart", 3 * MINUTE, {"CustomEvent": 0.5}, again={"CustomEvent": 0.4}),
        Fork("app.SessionStart", 4 * MINUTE, {"Purchase": 0.025}, again={"Purchase": 0.2}),
    ),
)

CHANNELS: Mapping[str, Funnel] = {
    "email": Funnel(
        "users.messages.email.",
        "Send",
        (
            Fork("Send", 20, {"Delivery": 0.968, "Bounce": 0.011, "SoftBounce": 0.014}),
            Fork("Delivery", 7 * HOUR, {"Open": 0.30, "MarkAsSpam": 0.002}, again={"Open": 0.35}, appeal=True),
            Fork("Open", 90, {"Click": 0.13, "Unsubscribe": 0.006}, again={"Click": 0.2}, appeal=True),
        ),
    ),
    "push": Funnel(
        "users.messages.pushnotification.",
        "Send",
        (Fork("Send", 2 * HOUR, {"Open": 0.07, "Bounce": 0.02}, appeal=True),),
    ),
    "in_app": Funnel(
        "users.messages.inappmessage.",
        "Impression",
        (Fork("Impression", 8, {"Click": 0.22}, appeal=True),),
        receipt="Impression",
    ),
    "content_card": Funnel(
        "users.messages.contentcard.",
        "Send",
        (
            Fork("Send", 20 * HOUR, {"Impression": 0.42}, again={"Impression": 0.9}),
            Fork("Impression", 25, {"Click": 0.07, "Dismiss": 0.1}, appeal=True),
        ),
        receipt="Impression",
    ),
    "webhook": Funnel("users.messages.webhook.", "Send", (Fork("Send", 3, {"Failure": 0.03}),)),
    "sms": Funnel(
        "users.messages.sms.",
        "Send",
        (
            Fork("Send", 2, {"CarrierSend": 0.985, "Rejection": 0.01}),
            Fork("CarrierSend", 8, {"Delivery": 0.95, "DeliveryFailure": 0.03}),
            Fork("Delivery", 40 * MINUTE, {"ShortLinkClick": 0.06, "InboundReceive": 0.02}, appeal=True),
        ),
    ),
    "whatsapp": Funnel(
        "users.messages.whatsapp.",
        "Send",
        (
            Fork("Send", 5, {"Delivery": 0.955, "Failure": 0.03}),
            Fork("Delivery", 2 * HOUR, {"Read": 0.65}, appeal=True),
            Fork("Read", 2 * MINUTE, {"Click": 0.08, "InboundReceive": 0.02}),
        ),
    ),
}

CONVERSIONS = Funnel(
    "users.",
    "receipt",  # of any channel, or the enrolment in a control group
    (
        Fork("receipt", 14 * HOUR, {"campaigns.Conversion": 0.025}, appeal=True),
        Fork("campaigns.Conversion", 5 * MINUTE, {"behaviors.Purchase": 0.6}, again={"behaviors.Purchase": 0.15}),
    ),
)

JOURNEY = Funnel(
    "users.canvas.",
    "Entry",
    (Fork("Entry", 30 * HOUR, {"Conversion": 0.09}, appeal=True),),
    receipt="Entry",
)

FIRST_SESSION, UNINSTALL = "users.behaviors.app.FirstSession", "users.behaviors.Uninstall"
ENROLL = "users.campaigns.EnrollInControl"
OPT_OUTS = {"email": "Unsubscribe", "sms": "InboundReceive"}  # who does this is not written to again


def _event_types() -> tuple[str, ...]:
    """Every event type that the tables name, in alphabetical order."""
    funnels = (SESSIONS, *CHANNELS.values(), CONVERSIONS, JOURNEY)
    named = {f.prefix + event for f in funnels for fork in f.forks for event in (fork.of, *fork.into)}
    starts = {f.prefix + f.start for f in funnels}
    return tuple(sorted((named | starts | {FIRST_SESSION, UNINSTALL, ENROLL}) - {"users.receipt"}))


TYPES = _event_types()
TYPE_CODES = {event_type: code for code, event_type in enumerate(TYPES)}


def play(funnel: Funnel, start: Events, random: np.random.Generator) -> dict[str, Events]:
    """All that follows from the events `start`, by name relative to the funnel's prefix, `start` included."""
    stages = {funnel.start: start}
    for fork in funnel.forks:
        causes = stages[fork.of]
        draw = random.random(len(causes))
        if fork.appeal:
            draw /= LIFTS[causes["message"]]
        low = 0.0
        for event, share in fork.into.items():
            chosen = causes[(draw >= low) & (draw < low + share)]
            chosen = np.repeat(chosen, 1 + random.poisson(fork.again.get(event, 0.0), len(chosen)))
            stages[event] = _follow(chosen, funnel.prefix + event, fork.delay, random)
            low += share
    return stages


def _follow(causes: Events, event_type: str, delay: int, random: np.random.Generator) -> Events:
    """An event for each cause, at least a second after it."""
    events = causes.copy()
    events["type"] = TYPE_CODES[event_type]
    events["delay"] = 1 + random.exponential(delay, len(events)).astype(np.int32)
    events["time"] += events["delay"]
    events["detail"] = draw_details(event_type, len(events), random)
    return events
