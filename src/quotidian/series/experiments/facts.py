"""Counts the users of an experiment from the events (sql/): those who received each variation, and what they did.

Cost follows the receipts of the range and what may belong to them. Users are counted in chunks, which bounds memory.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, NamedTuple

from quotidian.control.dirty_parts import Scope
from quotidian.domain.channels import CONTROL, CONVERSION, PURCHASE
from quotidian.domain.days import Day, Slice, reach_days
from quotidian.domain.money import DEFAULT_REVENUE_WINDOW_SECONDS, Money
from quotidian.domain.subjects import CAMPAIGN_SUBJECTS, CONVERSION_WINDOW_SECONDS
from quotidian.series.experiments.question import Outcome
from quotidian.series.experiments.rows import RowKey
from quotidian.series.messages.asked import Asked
from quotidian.series.messages.attribution import (
    AT_ONCE,
    ATTRIBUTED,
    Received,
    conversion_timelines,
    timelines_of_recipients,
)
from quotidian.store.events import EventStore
from quotidian.store.sql import statement
from quotidian.store.sums import largest

_RECEIPTS_AT_ONCE: Final = 2_000_000
"""Count the users of this many receipts at a time, to bound memory."""


@dataclass
class RowFacts:
    """A row's users: recipients, and those of them who converted or bought something.

    `first` is the first receipt in the range. `micros` is what they spent, `squares` the sum of the squares of what
    each spent, in micro-dollars.
    """

    recipients: int = 0
    first: int = 0
    converters: int = 0
    micros: int = 0
    squares: int = 0


@dataclass
class Facts:
    """The rows that have receipts in the range, and how many users have receipts of several rows."""

    rows: dict[RowKey, RowFacts] = field(default_factory=lambda: defaultdict(RowFacts))
    crossed_over: int = 0


class _ReceivedRow(NamedTuple):
    of_control: int
    variation: str
    receipts: int
    first: int


class _RecipientsRow(NamedTuple):
    of_control: int
    variation: str
    users: int
    crossed_over: int


class _ConvertersRow(NamedTuple):
    of_control: int
    variation: str
    users: int


class _SpentRow(NamedTuple):
    of_control: int
    variation: str
    paid: list[str]
    users: int


@dataclass(frozen=True)
class Asking:
    """What facts are asked for: of the receipts of a campaign on some days, by an outcome."""

    workspace: str
    campaign: str
    days: Slice
    outcome: Outcome
    money: Money

    def facts(self, events: EventStore) -> Facts:
        """The facts. Raises StatementFailed."""
        facts = Facts()
        received = events.rows(statement(__package__, "received"), self._values, _ReceivedRow)
        for row in received:
            key = RowKey(bool(row.of_control), row.variation)
            facts.rows[key].first = min(row.first, facts.rows[key].first) if key in facts.rows else row.first
        # Of a shard: all have about as many.
        receipts = -(-sum(row.receipts for row in received) // events.shards)
        for values in self._in_chunks(receipts):
            self._add_recipients(events, facts, values)
        if self.outcome == "revenue":
            self._add_spent(events, facts, receipts)
        else:
            self._add_converters(events, facts, receipts)
        return facts

    @property
    def _values(self) -> dict[str, Any]:
        return {
            "workspace": self.workspace,
            "campaign": self.campaign,
            "receipt_types": CAMPAIGN_SUBJECTS.converted,
            "received_from": self.days.first,
            "received_to": self.days.last,
            "control": CONTROL,
        }

    def _in_chunks(self, receipts: int) -> Iterator[dict[str, Any]]:
        chunks = _chunks(receipts)
        return ({**self._values, "chunk": chunk, "chunks": chunks} for chunk in range(chunks))

    def _add_recipients(self, events: EventStore, facts: Facts, values: Mapping[str, Any]) -> None:
        for row in events.rows(statement(__package__, "recipients"), values, _RecipientsRow):
            facts.rows[RowKey(bool(row.of_control), row.variation)].recipients += row.users
            facts.crossed_over += row.crossed_over

    def _add_converters(self, events: EventStore, facts: Facts, receipts: int) -> None:
        asked = self._asked(CONVERSION_WINDOW_SECONDS)
        of_conversions = {**self._values, "conversion": CONVERSION, "days": asked.scope.days}
        conversions = largest(events.rows(statement(__package__, "count_conversions"), of_conversions, tuple[int]))
        received = Received(*self.days, _chunks(receipts, conversions))
        with closing(conversion_timelines(events, asked, received=received)) as timelines:
            for of_chunk in timelines:
                values = {**of_chunk, **self._attributed}
                for row in events.rows(_found("converters"), values, _ConvertersRow):
                    facts.rows[RowKey(bool(row.of_control), row.variation)].converters += row.users

    def _add_spent(self, events: EventStore, facts: Facts, receipts: int) -> None:
        asked = self._asked(self.money.windows.get(self.campaign, DEFAULT_REVENUE_WINDOW_SECONDS))
        of_purchases = {"purchase": PURCHASE, "days": asked.scope.days, "currencies": tuple(self.money.usd_rates)}
        purchases = 0
        for values in islice(self._in_chunks(receipts), 1):
            # Of the users of one chunk: the others have as many, for hashes are spread evenly.
            found = events.rows(statement(__package__, "count_purchases"), {**values, **of_purchases}, tuple[int])
            purchases = largest(found) * values["chunks"]
        received = Received(*self.days, _chunks(receipts, purchases))
        with closing(timelines_of_recipients(events, asked, self.money, self.campaign, received)) as timelines:
            for of_chunk in timelines:
                for row in events.rows(_found("spent"), {**of_chunk, **self._attributed}, _SpentRow):
                    self._spend(facts.rows[RowKey(bool(row.of_control), row.variation)], row)

    def _spend(self, facts: RowFacts, row: _SpentRow) -> None:
        spent = sum(map(self._micros, row.paid))
        facts.converters += row.users
        facts.micros += row.users * spent
        facts.squares += row.users * spent * spent

    def _micros(self, paid: str) -> int:
        currency, _, price = paid.rpartition(" ")
        return self.money.micros(price, currency)

    def _asked(self, window: int) -> Asked:
        """The campaign on all days on which something may happen that belongs to a receipt of the range."""
        days = range(self.days.first, self.days.last + reach_days(window) + 1)
        scope = Scope.of(frozenset((self.campaign, Day(day)) for day in days))
        return Asked(self.workspace, CAMPAIGN_SUBJECTS, scope)

    @property
    def _attributed(self) -> dict[str, Any]:
        """Values of the statement that finds receipts: of those that have one, in the range, whatever their own day."""
        return {
            "by_receipt": 1,
            "counted_from": self.days.first,
            "counted_to": self.days.last,
            "index": 0 if self.outcome == "revenue" else self.outcome,
            "place": "",
            "every_element": 1,
            "element": "",
            "of_send": "",
            "of_step": "",
            "needs_receipt": 1,
            "control": CONTROL,
        }


def _found(name: str) -> str:
    """A statement on what the statement of attribution finds."""
    return statement(__package__, name).replace("{attributed}", ATTRIBUTED)


def _chunks(receipts: int, results: int = 0) -> int:
    """In how many chunks the users of some receipts are counted, and results get their receipts."""
    return max(-(-receipts // _RECEIPTS_AT_ONCE), -(-results // AT_ONCE)) if receipts else 0
