"""A campaign or a send, as its pages show it: what it is called, and where its numbers lead."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from quotidian.dashboard.errors import PageError
from quotidian.dashboard.explained.combined import find_combined
from quotidian.dashboard.messages import Element, Parts, parts_of
from quotidian.dashboard.naming import CHANNEL_NAMES, NUMBER_NAMES, statistic_name
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_
from quotidian.domain.kinds import CAMPAIGN, PATHS, SEND
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.read import FoundSeries, Subject, find_series
from quotidian.series.values import Metric

_OWN_NAMES: Final[Mapping[str, str]] = {
    **NUMBER_NAMES,
    "enrolled": N_("Enrolled"),
    "conversions_by_send_time": N_("Conversions by day of sending"),
    "conversions1_by_send_time": N_("Conversions B by day of sending"),
    "conversions2_by_send_time": N_("Conversions C by day of sending"),
    "conversions3_by_send_time": N_("Conversions D by day of sending"),
}
"""By the key of what every element and the whole have."""

_LONGEST_NAME: Final = 80


def needed(visit: Visit, name: str) -> str:
    """A parameter that the page cannot do without. Raises PageError."""
    if name not in visit.given:
        raise PageError(400, N_("The address of this page lacks “%(name)s”."), name=name)
    return visit.given[name]


def shortened(text: str, longest: int) -> str:
    """A text with at most so many characters, the last of which says that some were cut."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


@dataclass(frozen=True)
class Messaging:
    """A campaign, or with a `send_id` a send of it."""

    visit: Visit
    campaign_id: str
    send_id: str
    found: FoundSeries
    parts: Parts

    @property
    def kind(self) -> str:
        """The kind of its series."""
        return SEND if self.send_id else CAMPAIGN

    def number(self, metric: Metric, day: str | None = None) -> str:
        """Where a number of its series leads: that of a day, or the sum over the range."""
        element = {"channel": metric.channel, "variation_api_id": metric.variation}
        ids = {"campaign_id": self.campaign_id, "send_id": self.send_id}
        return self.visit.number(PATHS[self.kind], metric.name, **ids, **element, day=day)

    def explained(self, metric: Metric, made_of: Collection[Metric]) -> Metric | None:
        """A number that several are added up to, if it is explained as what is made of just these; else None.

        `metric` is a total or a rate, or a key of a channel. A channel without a variation is also how the variation
        without an id is asked for, so that one may mean the other.
        """
        combined = None if metric in self.parts.metrics else find_combined(self.kind, metric, self.parts.metrics)
        return metric if combined and set(combined.summed) == set(made_of) else None

    def name_of(self, element: Element) -> str:
        """What a variation is called: its name, else its id, else what it is without either."""
        if element.name or element.variation:
            return element.name or element.variation or ""
        return self.text(N_("Control group")) if element.is_control else self.text(N_("Without a variation"))

    def channel_name(self, channel: str) -> str:
        """What a channel is called, in the reader's language."""
        return self.text(CHANNEL_NAMES.get(channel, N_("Control group")))

    def metric_name(self, key: str) -> str:
        """What a number is called, in the reader's language; the title of a button may be cut."""
        own = _OWN_NAMES.get(key)
        return self.text(own) if own else shortened(statistic_name(key, self.text), _LONGEST_NAME)

    def text(self, english: str) -> str:
        """A text in the reader's language."""
        return self.visit.language.gettext(english)


def find_messaging(connection: Connection, visit: Visit, campaign_id: str, send_id: str = "") -> Messaging:
    """A campaign or a send of the workspace. Raises UnknownSubject, and PurgedSend."""
    subject = Subject(SEND if send_id else CAMPAIGN, campaign_id, send_id)
    found = find_series(connection, visit.workspace, subject, SendRules.of(visit.services.settings))
    return Messaging(visit, campaign_id, send_id, found, parts_of(found))
