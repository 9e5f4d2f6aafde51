"""The campaign rollup: from events to the facts of days, for campaigns and their sends (semantics.md §4 and §5)."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeVar

from quotidian.channels import CONVERSION, MESSAGES, PURCHASE, RECEIPT_TYPES, UNIQUE_DAYS, WHOLE_TYPE, Count, Unique
from quotidian.days import Day
from quotidian.events.store import EventStore
from quotidian.money import DEFAULT_REVENUE_WINDOW_SECONDS, Money
from quotidian.rollups.facts import Attributed, Button, DayFacts, add
from quotidian.rollups.shape import Name, earlier, later
from quotidian.series.dirty import CONVERSION_WINDOW_SECONDS, reach_days
from quotidian.sql import statement

WHOLE_CAMPAIGN: Final = ""
"""The send_id under which the facts of the whole campaign are kept."""

_MICROS = 1_000_000
_PUSH_OPEN = f"{MESSAGES}pushnotification.Open"

Row = TypeVar("Row")


@dataclass
class CampaignFacts:
    """What a range of days says of one campaign: facts by send and day, names, times of its events in microseconds."""

    days: dict[str, dict[Day, DayFacts]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(DayFacts)))
    names: list[tuple[str | None, Name]] = field(default_factory=list)
    first_event: int | None = None
    last_event: int | None = None

    def attributed_to(self, send: str) -> tuple[str, ...]:
        """Whose facts something counts in: the campaign's, and the send's if there is one."""
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
    detail: str
    events: int
    recipients: int
    first: int
    last: int


class _RecipientsRow(NamedTuple):
    campaign: str
    send: str
    day: Day
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


class _ConversionRow(NamedTuple):
    campaign: str
    day: Day
    behavior: int
    has_receipt: int
    receipt_day: Day
    channel: str
    variation: str
    send: str
    conversions: int


class _RevenueRow(NamedTuple):
    campaign: str
    day: Day
    channel: str
    variation: str
    send: str
    currency: str
    price: Decimal
    purchases: int


class _Gathering:
    """Runs the queries of the rollup and puts what they find where it belongs. One method a query."""

    def __init__(self, events: EventStore, workspace: str, days: list[Day]) -> None:
        self.found: dict[str, CampaignFacts] = defaultdict(CampaignFacts)
        self._events = events
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
        """Counts and recipients of elements; with them every campaign, send and element that there is."""
        for row in self._rows("campaign_counts", _CountRow):
            campaign = self.found[row.campaign]
            campaign.first_event = earlier(campaign.first_event, row.first)
            campaign.last_event = later(campaign.last_event, row.last)
            facts = campaign.days[row.send][row.day]
            if row.channel:
                element = facts.of(row.channel, row.variation)
                count = Count(row.type.rpartition(".")[2], row.detail)
                element.counts[count.key] = row.events
                if row.type in RECEIPT_TYPES and row.detail == WHOLE_TYPE:
                    element.recipients = row.recipients
                    element.first_receipt = row.first

    def add_recipients(self) -> None:
        """Distinct recipients over all elements of a day."""
        for row in self._rows("campaign_recipients", _RecipientsRow):
            self.found[row.campaign].days[row.send][row.day].recipients = row.users

    def add_uniques(self, lookback: int) -> None:
        """Unique users of the event types with this look-back in days."""
        types = tuple(name for name, days in UNIQUE_DAYS.items() if days == lookback)
        for row in self._rows("campaign_uniques", _UniqueRow, types=types, lookback=lookback):
            unique = Unique(row.type.rpartition(".")[2], lookback)
            self.found[row.campaign].days[row.send][row.day].of(row.channel, row.variation).counts[unique.key] = (
                row.users
            )

    def add_buttons(self) -> None:
        """Push opens by button."""
        for row in self._rows("campaign_buttons", _ButtonRow, push_open=_PUSH_OPEN):
            element = self.found[row.campaign].days[row.send][row.day].of(row.channel, row.variation)
            element.buttons[row.button] = Button(row.clicks, row.first)

    def add_names(self) -> None:
        """Newest names of campaigns and variations."""
        for row in self._rows("campaign_names", _NameRow):
            variation = None if row.kind == "campaign" else row.variation
            self.found[row.campaign].names.append((variation, row.newest))

    def add_conversions(self) -> None:
        """Conversions, on their own day and by send time, of the campaign and of the send that was received last."""
        bounds = {"window": CONVERSION_WINDOW_SECONDS * _MICROS, "reach": reach_days(CONVERSION_WINDOW_SECONDS)}
        for row in self._rows("campaign_conversions", _ConversionRow, **bounds):
            sent_day = row.receipt_day if row.has_receipt else row.day
            attributed = Attributed(sent_day, row.channel, row.variation, row.behavior, row.conversions)
            campaign = self.found[row.campaign]
            for scope in campaign.attributed_to(row.send):
                facts = campaign.days[scope][row.day]
                add(facts.conversions, row.behavior, row.conversions)
                facts.by_send_time.append(attributed)
                if row.has_receipt:
                    add(facts.of(row.channel, row.variation).conversions, row.behavior, row.conversions)

    def add_revenue(self, money: Money) -> None:
        """Revenue in micro-dollars, of the campaign and of the send that was received last."""
        # transform() wants at least one pair; no campaign has an empty id.
        windows = {WHOLE_CAMPAIGN: DEFAULT_REVENUE_WINDOW_SECONDS, **money.windows}
        rows = self._rows(
            "campaign_revenue",
            _RevenueRow,
            purchase=PURCHASE,
            currencies=tuple(money.usd_rates),
            window_campaigns=list(windows),
            windows=[seconds * _MICROS for seconds in windows.values()],
            default_window=DEFAULT_REVENUE_WINDOW_SECONDS * _MICROS,
            reach=reach_days(money.longest_window),
        )
        for row in rows:
            micros = row.purchases * money.micros(row.price, row.currency)
            campaign = self.found[row.campaign]
            for scope in campaign.attributed_to(row.send):
                facts = campaign.days[scope][row.day]
                facts.revenue += micros
                facts.of(row.channel, row.variation).revenue += micros
