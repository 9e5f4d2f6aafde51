"""The sends of a campaign, page by page."""

from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from quotidian.dashboard.given import number_given
from quotidian.dashboard.messages import summed, totals_of_parts
from quotidian.dashboard.messaging import Messaging, find_messaging
from quotidian.dashboard.tables import Column, Linked, Numbers
from quotidian.dashboard.words import N_
from quotidian.domain.days import Day, Slice, date_of, day_of
from quotidian.domain.kinds import PATHS, SEND
from quotidian.series.campaigns.send_list import BegunSend, sends_begun
from quotidian.series.campaigns.sends import SendRules
from quotidian.series.values import Metric

_SENDS_A_PAGE: Final = 25
_MOST_PAGES: Final = 100_000


class SendTable(NamedTuple):
    """A page of sends, counted from 1; how many sends there are, and on how many pages."""

    numbers: Numbers
    page: int
    pages: int
    in_all: int


def send_table(connection: Connection, of: Messaging) -> SendTable:
    """The sends of a campaign that began in the range, newest first; of each the numbers of all its days."""
    visit, page = of.visit, number_given(of.visit.given, "page", 1, _MOST_PAGES)
    rules = SendRules.of(visit.services.settings)
    offset = (page - 1) * _SENDS_A_PAGE
    found = sends_begun(
        connection, visit.workspace, rules, of.campaign_id, visit.range.days, offset=offset, limit=_SENDS_A_PAGE
    )
    columns = [
        Column(N_("Send"), "text"),
        Column(N_("First day"), "day"),
        Column(N_("Sent")),
        Column(N_("Opens")),
        Column(N_("Clicks")),
        Column(N_("Conversions")),
        Column(N_("Revenue"), "money"),
    ]
    rows = [_row(connection, of, each, rules) for each in found.sends]
    pages = max(1, -(-found.in_all // _SENDS_A_PAGE))
    return SendTable(Numbers(columns, rows), page, pages, found.in_all)


def _row(connection: Connection, of: Messaging, each: BegunSend, rules: SendRules) -> list[Any]:
    days = days_of_send(each.begun, rules, day_of(of.visit.workspace.today))
    first = date_of(each.begun).isoformat()
    dates = {"from": first, "to": date_of(days.last).isoformat(), "days": None}
    ids = {"campaign_id": of.campaign_id, "send_id": each.send_id}
    send = find_messaging(connection, of.visit, **ids)
    sums = summed(connection, send.found, SEND, days).sums
    totals = totals_of_parts(sums, send.parts)
    page = of.visit.to("send", **ids, **dates)

    def told(name: str, value: float | None) -> Linked | None:
        return None if value is None else Linked(value, of.visit.number(PATHS[SEND], name, **ids, **dates))

    counts = [told(name, getattr(totals, name)) for name in ("sent", "opens", "clicks", "conversions")]
    return [Linked(each.send_id, page), date_of(each.begun), *counts, told("revenue", sums[Metric("revenue")])]


def days_of_send(begun: Day, rules: SendRules, today: Day) -> Slice:
    """The days that count for a send that began on one, up to today."""
    return Slice(begun, Day(min(today, begun + rules.window_days)) if rules.window_days else today)
