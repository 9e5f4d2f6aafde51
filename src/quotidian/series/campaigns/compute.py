"""The campaign rollup: from events to the facts of days, for campaigns and their sends (semantics.md §4 and §5)."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeVar

from quotidian.domain.channels import CONVERSION, MESSAGES, RECEIPT_TYPES, UNIQUE_DAYS, WHOLE_TYPE, Count, Unique
from quotidian.domain.days import Day
from quotidian.domain.money import Money
from quotidian.series.messages.attribution import BY_RECEIPT, conversions, revenue
from quotidian.series.messages.facts import Attributed, Button, DayFacts, Element, ElementFacts, add
from quotidian.series.messages.shape import Name, earlier, later
from quotidian.store.events import EventStore
from quotidian.store.sql import statement

WHOLE_CAMPAIGN: Final = ""
"""The send_id under which the facts of the whole campaign are kept."""

_PUSH_OPEN = f"{MESSAGES}pushnotification.Open"

Row = TypeVar("Row")


@dataclass
class CampaignFacts:
    """One campaign in a range of days: facts by send and day, names, microseconds of the first and last event."""

    days: dict[str, dict[Day, DayFacts]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(DayFacts)))
    names: list[tuple[str | None, Name]] = field(default_factory=list)
    first_event: int | None = None
    last_event: int | None = None

    def scopes(self, send: str) -> tuple[str, ...]:
        """The keys of `days` under which an event of a send counts: the campaign's, and the send's if there is one."""
        return (WHOLE_CAMPAIGN, send) if send else (WHOLE_CAMPAIGN,)


def campaign_facts(events: EventStore, workspace: str, days: list[Day], money: Money) -> dict[str, CampaignFacts]:
    """Facts of all campaigns on some days (ascending), by campaign id."""
    gathering = _Gathering(events, workspace, days)
    gathering.add_counts()
    gathering.add_recipients()
    for lookback in sorted(set(UNIQUE_DAYS.values())):
        gathering.add_uniques(lookback)
    gathering.add_buttons()
    gathering.add_names()
    gathering.add_conversions()
    gathering.add_revenue(money)
    return gathering.found


class _CountRow(NamedTuple):
    campaign: str
    send: str
    day: Day
    channel: str
    variation: str
    type: str
    details: list[str]
    events: int
    first: int
    last: int


class _RecipientsRow(NamedTuple):
    campaign: str
    send: str
    day: Day
    element: Element
    users: int


class _UniqueRow(NamedTuple):
    campaign: str
    send: str
    day: Day
    channel: str
    variation: str
    type: str
    users: int


class _ButtonRow(NamedTuple):
    campaign: str
    send: str
    day: Day
    channel: str
    variation: str
    button: str
    clicks: int
    first: tuple[int, str]


class _NameRow(NamedTuple):
    campaign: str
    kind: str
    variation: str
    newest: Name


class _Gathering:
    """Runs the queries of the rollup and puts what they find where it belongs. One method a query."""

    def __init__(self, events: EventStore, workspace: str, days: list[Day]) -> None:
        self.found: dict[str, CampaignFacts] = defaultdict(CampaignFacts)
        self._events = events
        self._workspace = workspace
        self._days = days
        # Every event of a campaign is counted first, so what has no such type on these days need not be asked for.
        self._types: set[str] = set()
        self._values = {
            "workspace": workspace,
            "days": tuple(days),
            "first_day": days[0],
            "last_day": days[-1],
            "receipt_types": tuple(RECEIPT_TYPES),
            "conversion": CONVERSION,
        }

    def _rows(self, query: str, row: type[Row], **values: Any) -> list[Row]:
        return self._events.rows(statement(__package__, query), {**self._values, **values}, row)

    def add_counts(self) -> None:
        """Counts of elements; with them every campaign, send and element that there is."""
        for row in self._rows("campaign_counts", _CountRow):
            self._types.add(row.type)
            campaign = self.found[row.campaign]
            campaign.first_event = earlier(campaign.first_event, row.first)
            campaign.last_event = later(campaign.last_event, row.last)
            for scope in campaign.scopes(row.send):
                facts = campaign.days[scope][row.day]
                if row.channel:
                    _count(facts.element(row.channel, row.variation), row)

    def add_recipients(self) -> None:
        """Distinct recipients of elements, and over all elements of a day."""
        if self._types.isdisjoint(RECEIPT_TYPES):
            return
        for row in self._rows("campaign_recipients", _RecipientsRow):
            facts = self.found[row.campaign].days[row.send][row.day]
            if row.element.place:
                facts.element(*row.element).recipients = row.users
            else:
                facts.recipients = row.users

    def add_uniques(self, lookback: int) -> None:
        """Unique users of the event types with this look-back in days."""
        types = tuple(name for name, days in UNIQUE_DAYS.items() if days == lookback and name in self._types)
        if not types:
            return
        for row in self._rows("campaign_uniques", _UniqueRow, types=types, lookback=lookback):
            unique = Unique(row.type.rpartition(".")[2], lookback)
            self.found[row.campaign].days[row.send][row.day].element(row.channel, row.variation).counts[unique.key] = (
                row.users
            )

    def add_buttons(self) -> None:
        """Push opens by button."""
        if _PUSH_OPEN not in self._types:
            return
        for row in self._rows("campaign_buttons", _ButtonRow, push_open=_PUSH_OPEN):
            element = self.found[row.campaign].days[row.send][row.day].element(row.channel, row.variation)
            element.buttons[row.button] = Button(row.clicks, row.first)

    def add_names(self) -> None:
        """Newest names of campaigns and variations."""
        if not self._types:
            return
        for row in self._rows("campaign_names", _NameRow):
            variation = None if row.kind == "campaign" else row.variation
            self.found[row.campaign].names.append((variation, row.newest))

    def add_conversions(self) -> None:
        """Conversions, on their own day and by send time, of the campaign and of the send that was received last."""
        if CONVERSION not in self._types:
            return
        for row in conversions(self._events, self._workspace, self._days, BY_RECEIPT):
            receipt, index = row.receipt, row.conversion.behavior
            attributed = Attributed(receipt.day, receipt.place, receipt.element_id, index, row.number)
            campaign = self.found[row.subject]
            for scope in campaign.scopes(receipt.send):
                facts = campaign.days[scope][row.conversion.day]
                add(facts.conversions, index, row.number)
                facts.attributed.append(attributed)
                if row.has_receipt:
                    add(facts.element(receipt.place, receipt.element_id).conversions, index, row.number)

    def add_revenue(self, money: Money) -> None:
        """Revenue in micro-dollars, of the campaign and of the send that was received last."""
        for row in revenue(self._events, self._workspace, self._days, BY_RECEIPT, money):
            campaign = self.found[row.subject]
            for scope in campaign.scopes(row.send):
                facts = campaign.days[scope][row.day]
                facts.revenue += row.micros
                facts.element(row.place, row.element_id).revenue += row.micros


def _count(element: ElementFacts, row: _CountRow) -> None:
    event = row.type.rpartition(".")[2]
    for detail in (WHOLE_TYPE, *row.details):
        add(element.counts, Count(event, detail).key, row.events)
    if row.type in RECEIPT_TYPES:
        element.first_at = earlier(element.first_at, row.first)
