"""The campaign rollup: from events to the facts of days, for campaigns and their sends (semantics.md §4 and §5)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from quotidian.channels import CONVERSION, MESSAGES, PURCHASE, RECEIPT_TYPES, UNIQUE_DAYS, Count, Unique
from quotidian.days import Day
from quotidian.events.store import EventStore
from quotidian.rollups.facts import Attributed, Button, DayFacts, add
from quotidian.rollups.shape import Name
from quotidian.series.dirty import CONVERSION_WINDOW_SECONDS, reach_days
from quotidian.sql import statement

DEFAULT_REVENUE_WINDOW_SECONDS: Final = 259_200
WHOLE_CAMPAIGN: Final = ""
"""The send_id under which the facts of the whole campaign are kept."""

_MICROS = 1_000_000
_PUSH_OPEN = f"{MESSAGES}pushnotification.Open"


@dataclass(frozen=True)
class Money:
    """What revenue depends on beside events: decimal text of dollars a unit by currency, seconds by campaign."""

    usd_rates: Mapping[str, str]
    windows: Mapping[str, int]

    @property
    def longest_window(self) -> int:
        """The longest time in seconds that a purchase may come after its receipt."""
        return max(DEFAULT_REVENUE_WINDOW_SECONDS, *self.windows.values(), 0)


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
    found: dict[str, CampaignFacts] = defaultdict(CampaignFacts)
    values: dict[str, Any] = {
        "workspace": workspace,
        "days": tuple(days),
        "first_day": days[0],
        "last_day": days[-1],
        "receipt_types": tuple(RECEIPT_TYPES),
        "conversion": CONVERSION,
    }
    _add_counts(found, events, values)
    _add_recipients(found, events, values)
    _add_uniques(found, events, values)
    _add_buttons(found, events, values)
    _add_names(found, events, values)
    _add_conversions(found, events, values)
    _add_revenue(found, events, values, money)
    return found


def _add_counts(found: dict[str, CampaignFacts], events: EventStore, values: dict[str, Any]) -> None:
    row = tuple[str, str, Day, str, str, str, str, int, int, int, int]
    for campaign_id, send, day, channel, variation, event_type, detail, number, recipients, first, last in events.rows(
        statement(__package__, "campaign_counts"), values, row
    ):
        campaign = found[campaign_id]
        campaign.first_event = min(first, campaign.first_event or first)
        campaign.last_event = max(last, campaign.last_event or last)
        facts = campaign.days[send][day]
        if not channel:
            continue
        element = facts.of(channel, variation)
        element.counts[Count(event_type.rpartition(".")[2], detail).key] = number
        if event_type in RECEIPT_TYPES and detail == "events":
            element.recipients = recipients
            element.first_receipt = first


def _add_recipients(found: dict[str, CampaignFacts], events: EventStore, values: dict[str, Any]) -> None:
    rows = events.rows(statement(__package__, "campaign_recipients"), values, tuple[str, str, Day, int])
    for campaign_id, send, day, users in rows:
        found[campaign_id].days[send][day].recipients = users


def _add_uniques(found: dict[str, CampaignFacts], events: EventStore, values: dict[str, Any]) -> None:
    for lookback in sorted(set(UNIQUE_DAYS.values())):
        types = tuple(name for name, days in UNIQUE_DAYS.items() if days == lookback)
        rows = events.rows(
            statement(__package__, "campaign_uniques"),
            {**values, "types": types, "lookback": lookback},
            tuple[str, str, Day, str, str, str, int],
        )
        for campaign_id, send, day, channel, variation, event_type, users in rows:
            key = Unique(event_type.rpartition(".")[2], lookback).key
            found[campaign_id].days[send][day].of(channel, variation).counts[key] = users


def _add_buttons(found: dict[str, CampaignFacts], events: EventStore, values: dict[str, Any]) -> None:
    row = tuple[str, str, Day, str, str, str, int, tuple[int, str]]
    rows = events.rows(statement(__package__, "campaign_buttons"), {**values, "push_open": _PUSH_OPEN}, row)
    for campaign_id, send, day, channel, variation, button, clicks, first in rows:
        found[campaign_id].days[send][day].of(channel, variation).buttons[button] = Button(clicks, first)


def _add_names(found: dict[str, CampaignFacts], events: EventStore, values: dict[str, Any]) -> None:
    rows = events.rows(statement(__package__, "campaign_names"), values, tuple[str, str, str, Name])
    for campaign_id, kind, variation, newest in rows:
        found[campaign_id].names.append((None if kind == "campaign" else variation, newest))


def _add_conversions(found: dict[str, CampaignFacts], events: EventStore, values: dict[str, Any]) -> None:
    bounds = {"window": CONVERSION_WINDOW_SECONDS * _MICROS, "reach": reach_days(CONVERSION_WINDOW_SECONDS)}
    row = tuple[str, Day, int, int, Day, str, str, str, int]
    for campaign_id, day, index, has_receipt, receipt_day, channel, variation, send, number in events.rows(
        statement(__package__, "campaign_conversions"), {**values, **bounds}, row
    ):
        campaign = found[campaign_id]
        for scope in campaign.attributed_to(send):
            facts = campaign.days[scope][day]
            add(facts.conversions, index, number)
            facts.by_send_time.append(
                Attributed(receipt_day if has_receipt else day, channel, variation, index, number)
            )
            if has_receipt:
                add(facts.of(channel, variation).conversions, index, number)


def _add_revenue(found: dict[str, CampaignFacts], events: EventStore, values: dict[str, Any], money: Money) -> None:
    # transform() wants at least one pair; no campaign has an empty id.
    windows = {WHOLE_CAMPAIGN: DEFAULT_REVENUE_WINDOW_SECONDS, **money.windows}
    bounds = {
        "purchase": PURCHASE,
        "currencies": list(money.usd_rates),
        "usd": list(money.usd_rates.values()),
        "window_campaigns": list(windows),
        "windows": [seconds * _MICROS for seconds in windows.values()],
        "default_window": DEFAULT_REVENUE_WINDOW_SECONDS * _MICROS,
        "reach": reach_days(money.longest_window),
    }
    row = tuple[str, Day, str, str, str, str]
    for campaign_id, day, channel, variation, send, usd in events.rows(
        statement(__package__, "campaign_revenue"), {**values, **bounds}, row
    ):
        micros = int(Decimal(usd).scaleb(6))
        campaign = found[campaign_id]
        for scope in campaign.attributed_to(send):
            facts = campaign.days[scope][day]
            facts.revenue += micros
            facts.of(channel, variation).revenue += micros
