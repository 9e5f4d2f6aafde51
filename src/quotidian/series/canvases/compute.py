"""The canvas rollup: from events to the facts of days (semantics.md §7, Canvas).

Facts have the form of a campaign's. Their elements are variants, steps, and steps in a channel.
"""

from typing import Final

from quotidian.control.dirty_parts import Scopes
from quotidian.domain.channels import CANVAS_ENTRY, CHANNEL_BY_KEY, STEP, UNIQUE_DAYS, VARIANT, WHOLE_TYPE, Count
from quotidian.domain.money import Money
from quotidian.domain.subjects import CANVAS_SUBJECTS
from quotidian.series.messages.asked import Asked
from quotidian.series.messages.attribution import Bought, Conversions
from quotidian.series.messages.facts import Attributed, DayFacts, add
from quotidian.series.messages.gather import WHOLE_SUBJECT, CountRow, Gatherer, SubjectFacts, event_of
from quotidian.series.messages.shape import earlier, later
from quotidian.store.events import EventStore

ENTRIES: Final = "Entry"
"""The key of a variant's entries in its counts."""

RECIPIENTS: Final = ""
"""The key in a step's gaps for users who received a message of it; other keys are names of events."""


def canvas_facts(events: EventStore, workspace: str, scopes: Scopes, money: Money) -> dict[str, SubjectFacts]:
    """Facts of canvases by canvas id: the parts of them that are asked for."""
    return _CanvasGatherer(events, workspace).gather(scopes, money)


class _CanvasGatherer(Gatherer):
    kind = CANVAS_SUBJECTS

    def count(self, facts: DayFacts, row: CountRow) -> None:
        """Of steps by channel, and entries of variants."""
        for place, named_id in ((STEP, row.step), (VARIANT, row.variation)):
            if named_id:
                element = facts.element(place, named_id)
                element.first_at = earlier(element.first_at, row.first)
        if row.type == CANVAS_ENTRY:
            canvas = self.found[row.subject]
            canvas.first_entry = earlier(canvas.first_entry, row.first)
            canvas.last_entry = later(canvas.last_entry, row.last)
            add(facts.element(VARIANT, row.variation).counts, ENTRIES, row.events)
        if row.step and row.channel in CHANNEL_BY_KEY:
            counts = facts.element(row.channel, row.step).counts
            for detail in (WHOLE_TYPE, *row.details):
                add(counts, Count(event_of(row.type), detail).key, row.events)

    def add_uniques(self, asked: Asked) -> None:
        """How long ago users had the same before: uniques of a day, and of any range of days up to the cap."""
        values = {
            "unique_types": tuple(UNIQUE_DAYS),
            "step_receipts": tuple(name for name in self.kind.bought if name != CANVAS_ENTRY),
            "every_gap": 1,
        }
        for counted, row in self.gaps(asked, **values):
            facts = self.found[counted.subject].days[counted.send][row.day]
            gaps = facts.element(counted.place, counted.element_id).gaps
            add(gaps.setdefault(event_of(counted.type), {}), row.gap, row.users)

    def convert(self, subject: SubjectFacts, row: Conversions) -> None:
        """For the canvas, the entry's variant, and the step that they name."""
        entry, index, step = row.receipt, row.conversion.behavior, row.conversion.step
        facts = subject.days[WHOLE_SUBJECT][row.conversion.day]
        add(facts.conversions, index, row.number)
        elements = [(VARIANT, entry.element_id)] if row.has_receipt else []
        elements += [(STEP, step)] if step else []
        for element in elements:
            add(facts.element(*element).conversions, index, row.number)
        # One that is of no variant is of the canvas all the same.
        for place, element_id in {(VARIANT, entry.element_id), *elements}:
            facts.attributed.append(Attributed(entry.day, place, element_id, index, row.number))

    def buy(self, subject: SubjectFacts, row: Bought) -> None:
        """For the canvas and the entry's variant, and for the step that was received last."""
        facts = subject.days[WHOLE_SUBJECT][row.day]
        facts.element(row.place, row.element_id).revenue += row.micros
        if row.place == VARIANT:
            facts.revenue += row.micros
