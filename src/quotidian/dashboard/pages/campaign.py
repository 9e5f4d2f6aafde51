"""A campaign: what is known of it, what became of its messages, and its sends."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection

from quotidian.dashboard.message_chart import choice_of
from quotidian.dashboard.message_figures import figures_of
from quotidian.dashboard.message_tables import as_rows, channel_tables
from quotidian.dashboard.messages import summed
from quotidian.dashboard.messaging import Messaging, find_messaging, needed
from quotidian.dashboard.page import Shown
from quotidian.dashboard.ranges import days_of
from quotidian.dashboard.sends import send_table
from quotidian.dashboard.visit import Visit
from quotidian.dashboard.words import N_
from quotidian.domain.kinds import CAMPAIGN
from quotidian.series.listing.read import item_details, item_name

_TIMES: Final = (("first_sent", N_("First sent")), ("last_sent", N_("Last sent")), ("created_at", N_("Created")))
_UNITS: Final = (("days", 86_400), ("hours", 3_600))
_LETTERS: Final = "ABCD"


class Behavior(NamedTuple):
    """A conversion behaviour: its letter, what it is, and its window as a whole number of a unit."""

    letter: str
    what: str
    window: int
    unit: str


async def campaign(visit: Visit) -> Shown:
    """The numbers of a campaign over the range."""
    return await visit.read(_read, visit, needed(visit, "campaign_id"))


def _read(connection: Connection, visit: Visit, campaign_id: str) -> Shown:
    of = find_messaging(connection, visit, campaign_id)
    shown = numbers_shown(connection, of)
    sends = send_table(connection, of) if visit.may("sends.data_series") else None
    details = _details(connection, visit, campaign_id) if visit.may("campaigns.details") else {}
    values = {
        **shown.values,
        "name": campaign_name(connection, visit, campaign_id),
        "sends": sends,
        "details": details,
        "times": [(title, _time(visit, details.get(name))) for name, title in _TIMES],
        "behaviors": _behaviors(details),
    }
    return Shown(values, {**shown.tables, **({"sends": sends.numbers} if sends else {})})


def numbers_shown(connection: Connection, of: Messaging) -> Shown:
    """What the pages of a campaign and a send have in common: figures, a chart, and tables by channel."""
    choice, days = choice_of(of), of.visit.range
    now = summed(connection, of.found, of.kind, days.days, [metrics for _, metrics in choice.lines])
    before = summed(connection, of.found, of.kind, days.before)
    chart = choice.chart(days_of(days.days), now.lines)
    values = {
        "of": of,
        "figures": figures_of(of, now.sums, before.sums),
        "choice": choice,
        "chart": chart,
        "tables": channel_tables(of, now.sums),
    }
    return Shown(values, {chart.name: chart.numbers, "by-variation": as_rows(of, now.sums)})


def campaign_name(connection: Connection, visit: Visit, campaign_id: str) -> str:
    """The name of a campaign; its id for a key that may not see names."""
    if not (visit.may("campaigns.details") or visit.may("campaigns.list")):
        return campaign_id
    return item_name(connection, visit.workspace, CAMPAIGN, campaign_id) or campaign_id


def _details(connection: Connection, visit: Visit, campaign_id: str) -> dict[str, Any]:
    """What /campaigns/details answers."""
    found = item_details(connection, visit.workspace, CAMPAIGN, campaign_id)
    return msgspec.json.decode(found, type=dict[str, Any]) if found else {}


def _time(visit: Visit, text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(visit.workspace.zone) if text else None


def _behaviors(details: Mapping[str, Any]) -> list[Behavior]:
    behaviors = []
    for letter, each in zip(_LETTERS, details.get("conversion_behaviors", []), strict=False):
        of = each.get("custom_event_name") or each.get("product")
        unit, seconds = next((each_unit for each_unit in _UNITS if each["window"] % each_unit[1] == 0), ("seconds", 1))
        what = f"{each['type']} ({of})" if of else each["type"]
        behaviors.append(Behavior(letter, what, each["window"] // seconds, unit))
    return behaviors
