"""The campaign rollup: from events to the facts of days, for campaigns and their sends (semantics.md §4 and §5)."""

from typing import Final, NamedTuple

from quotidian.control.dirty_parts import Scopes
from quotidian.domain.channels import RECEIPT_TYPES, WHOLE_TYPE, Count, Unique
from quotidian.domain.days import Day
from quotidian.domain.money import Money
from quotidian.domain.subjects import CAMPAIGN_SUBJECTS
from quotidian.series.messages.asked import Asked
from quotidian.series.messages.attribution import Bought, Conversions
from quotidian.series.messages.facts import Attributed, DayFacts, Element, add
from quotidian.series.messages.gather import CountRow, Gatherer, SubjectFacts, event_of
from quotidian.series.messages.shape import earlier
from quotidian.store.events import EventStore

_RECEIPT_TYPES: Final = tuple(RECEIPT_TYPES)


def campaign_facts(events: EventStore, workspace: str, scopes: Scopes, money: Money) -> dict[str, SubjectFacts]:
    """Facts of campaigns by campaign id: the parts of them that are asked for."""
    return _CampaignGatherer(events, workspace).gather(scopes, money)


class _RecipientsRow(NamedTuple):
    campaign: str
    send: str
    day: Day
    element: Element
    users: int


class _CampaignGatherer(Gatherer):
    kind = CAMPAIGN_SUBJECTS

    def add_counts(self, asked: Asked) -> None:
        super().add_counts(asked)
        if not self.found:
            return
        for row in self.rows(asked, "recipients", _RecipientsRow, receipt_types=_RECEIPT_TYPES):
            facts = self.found[row.campaign].days[row.send][row.day]
            if row.element.place:
                facts.element(*row.element).recipients += row.users
            else:
                facts.recipients += row.users

    def count(self, facts: DayFacts, row: CountRow) -> None:
        if not row.channel:
            return
        element = facts.element(row.channel, row.variation)
        for detail in (WHOLE_TYPE, *row.details):
            add(element.counts, Count(event_of(row.type), detail).key, row.events)
        if row.type in RECEIPT_TYPES:
            element.first_at = earlier(element.first_at, row.first)

    def add_uniques(self, asked: Asked) -> None:
        # A user is counted who had no such event on the days before: one with the longest gap.
        unique_types = tuple(self.kind.lookbacks)
        for counted, row in self.gaps(asked, unique_types=unique_types, step_receipts=("",), every_gap=0):
            facts = self.found[counted.subject].days[counted.send][row.day]
            unique = Unique(event_of(counted.type), self.kind.lookbacks[counted.type])
            add(facts.element(counted.place, counted.element_id).uniques, unique.key, row.users)

    def convert(self, subject: SubjectFacts, row: Conversions) -> None:
        """For the campaign, and for the send that was received last."""
        receipt, index = row.receipt, row.conversion.behavior
        attributed = Attributed(receipt.day, receipt.place, receipt.element_id, index, row.number)
        for scope in subject.scopes(receipt.send):
            facts = subject.days[scope][row.conversion.day]
            add(facts.conversions, index, row.number)
            facts.attributed.append(attributed)
            if row.has_receipt:
                add(facts.element(receipt.place, receipt.element_id).conversions, index, row.number)

    def buy(self, subject: SubjectFacts, row: Bought) -> None:
        """For the campaign, and for the send that was received last."""
        for scope in subject.scopes(row.send):
            facts = subject.days[scope][row.day]
            facts.revenue += row.micros
            facts.element(row.place, row.element_id).revenue += row.micros
