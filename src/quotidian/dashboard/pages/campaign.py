"""A campaign: what is known of it, what became of its messages, its experiment, and its sends."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from quotidian.dashboard.campaigns import behaviors_in, campaign_details, campaign_name
from quotidian.dashboard.experiments import summary
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

_TIMES: Final = (("first_sent", N_("First sent")), ("last_sent", N_("Last sent")), ("created_at", N_("Created")))


async def campaign(visit: Visit) -> Shown:
    """The numbers of a campaign over the range."""
    shown = await visit.read(_read, visit, needed(visit, "campaign_id"))
    is_csv = "csv" in visit.given
    return replace(shown, values={**shown.values, **({} if is_csv else await summary(visit, shown.values["of"]))})


def _read(connection: Connection, visit: Visit, campaign_id: str) -> Shown:
    of = find_messaging(connection, visit, campaign_id)
    shown = numbers_shown(connection, of)
    sends = send_table(connection, of) if visit.may("sends.data_series") else None
    details = campaign_details(connection, visit, campaign_id)
    values = {
        **shown.values,
        "name": campaign_name(connection, visit, campaign_id),
        "sends": sends,
        "details": details,
        "times": [(title, _time(visit, details.get(name))) for name, title in _TIMES],
        "behaviors": behaviors_in(details),
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


def _time(visit: Visit, text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(visit.workspace.zone) if text else None
