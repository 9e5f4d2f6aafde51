"""semantics.md, section 7, Canvas, in slow and obvious Python: functions of the oracle, which has the events.

Where semantics.md is silent, docs/metrics.md says what was chosen: a conversion belongs to the step that it names
itself; a purchase to the step of which the user last received a message within the window; a unique number of several
days counts users with at least one such event on any of them.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from oracle import (
    CONVERSION_INDEXES,
    CONVERSION_LOOK_BACK,
    DEFAULT_REVENUE_WINDOW,
    ENROLMENT,
    FAMILIES,
    PURCHASE,
    SECOND,
    Event,
    Oracle,
    Point,
    channel_counts,
    channel_of,
    conversion_index,
    is_receipt,
    latest,
)

ENTRY = "users.canvas.Entry"
CONVERSION = "users.canvas.Conversion"
UNIQUES = {
    "unique_opens": "Open",
    "unique_clicks": "Click",
    "unique_impressions": "Impression",
    "unique_dismissals": "Dismiss",
}


def canvases(oracle: Oracle) -> list[str]:
    """Every canvas that any event names."""
    return sorted({canvas for event in oracle.events if (canvas := event.text("canvas_id"))})


class CanvasOracle:
    """One canvas. `window` in seconds; `deleted` are steps that the catalogue calls so."""

    def __init__(
        self, oracle: Oracle, canvas_id: str, *, window: int = DEFAULT_REVENUE_WINDOW, deleted: Sequence[str] = ()
    ) -> None:
        self.oracle = oracle
        self.window = window * SECOND
        self.deleted = deleted
        self.events = [event for event in oracle.events if event.text("canvas_id") == canvas_id]
        self.entries = [event for event in self.events if event.type == ENTRY]
        self.messages = [event for event in self.events if step_of(event) and channel_of(event) is not None]
        self.conversions = [(event, self._entry_before(event)) for event in self.events if is_conversion(event)]
        seen = {conversion_index(event) for event, _ in self.conversions}
        self.indexes = [index for index in CONVERSION_INDEXES if index == 0 or index in seen]
        receipts = [event for event in self.messages if is_receipt(event) and event.type != ENROLMENT]
        self.bought = self._bought(self.entries)
        self.bought_by_step = self._bought(receipts)
        self.receipts = receipts

    def _entry_before(self, conversion: Event) -> Event | None:
        """The user's latest entry at or before, at most 30 days earlier; of the variation, if one is named."""
        variation = conversion.text("canvas_variation_id")
        candidates = [
            entry
            for entry in self.entries
            if entry.user == conversion.user
            and 0 <= conversion.time - entry.time <= CONVERSION_LOOK_BACK
            and (variation is None or entry.text("canvas_variation_id") == variation)
        ]
        return latest(candidates) if candidates else None

    def _bought(self, receipts: Sequence[Event]) -> list[tuple[int, Event, Event]]:
        """Micro-dollars, purchase, and the latest of the receipts within the window before it."""
        found = []
        by_user: dict[object, list[Event]] = {}
        for receipt in receipts:
            by_user.setdefault(receipt.user, []).append(receipt)
        for purchase in self.oracle.events:
            if purchase.type != PURCHASE:
                continue
            before = [
                receipt for receipt in by_user.get(purchase.user, []) if 0 < purchase.time - receipt.time <= self.window
            ]
            micros = self.oracle.usd_micros(purchase) if before else None
            if micros is not None:
                found.append((micros, purchase, latest(before)))
        return found

    def point(self, day: date, *, deleted_steps: bool = False) -> Point:
        """The point of a day, with all breakdowns."""
        return {"time": day.isoformat(), **self._stats(day, day, of_days=False, deleted_steps=deleted_steps)}

    def summary(self, first: date, last: date, *, deleted_steps: bool = False) -> Point:
        """All days from first to last as one, with all breakdowns."""
        return self._stats(first, last, of_days=True, deleted_steps=deleted_steps)

    def _stats(self, first: date, last: date, *, of_days: bool, deleted_steps: bool) -> Point:
        variants = {variant for event in self.events if (variant := event.text("canvas_variation_id"))}
        steps = {step for event in self.events if (step := step_of(event))}
        if not deleted_steps:
            steps -= set(self.deleted)
        return {
            "total_stats": self._entered(first, last, None),
            "variant_stats": {
                variant: {
                    "name": newest_name(self.events, "canvas_variation_id", variant, "canvas_variation_name"),
                    **self._entered(first, last, variant),
                }
                for variant in variants
            },
            "step_stats": {step: self._step(first, last, step, of_days=of_days) for step in steps},
        }

    def _entered(self, first: date, last: date, variant: str | None) -> Point:
        """Of all variants, or of one."""

        def counts(entry: Event | None) -> bool:
            return variant is None or (entry is not None and entry.text("canvas_variation_id") == variant)

        entries = [entry for entry in self.entries if counts(entry) and first <= entry.day <= last]
        bought = [(micros, purchase) for micros, purchase, entry in self.bought if counts(entry)]
        conversions = [(event, entry) for event, entry in self.conversions if counts(entry)]
        return {**self._numbers(first, last, bought, conversions), "entries": len(entries)}

    def _step(self, first: date, last: date, step: str, *, of_days: bool) -> Point:
        bought = [(micros, purchase) for micros, purchase, receipt in self.bought_by_step if step_of(receipt) == step]
        conversions = [(event, entry) for event, entry in self.conversions if step_of(event) == step]
        received = {event.user for event in self.receipts if step_of(event) == step and first <= event.day <= last}
        messages = [event for event in self.messages if step_of(event) == step]
        return {
            "name": newest_name(self.events, "canvas_step_id", step, "canvas_step_name"),
            **self._numbers(first, last, bought, conversions),
            "unique_recipients": len(received),
            "messages": {
                channel: [counts_of(channel, messages, first, last, of_days=of_days)]
                for channel in FAMILIES
                if any(channel_of(event) == channel for event in messages)
            },
        }

    def _numbers(
        self,
        first: date,
        last: date,
        bought: Sequence[tuple[int, Event]],
        conversions: Sequence[tuple[Event, Event | None]],
    ) -> Point:
        micros = sum(micros for micros, purchase in bought if first <= purchase.day <= last)
        numbers: Point = {"revenue": micros / 1_000_000}
        for index in self.indexes:
            of_index = [(event, entry) for event, entry in conversions if conversion_index(event) == index]
            key = f"conversions{index or ''}"
            numbers[key] = len([event for event, _ in of_index if first <= event.day <= last])
            counted_on = [(entry or event).day for event, entry in of_index]
            numbers[f"{key}_by_entry_time"] = len([day for day in counted_on if first <= day <= last])
        return numbers


def step_of(event: Event) -> str | None:
    return event.text("canvas_step_id")


def is_conversion(event: Event) -> bool:
    return event.type == CONVERSION and conversion_index(event) is not None


def newest_name(events: Sequence[Event], id_field: str, named_id: str, name_field: str) -> str | None:
    """By (event time, id); null names are ignored."""
    named = [event for event in events if event.text(id_field) == named_id and event.text(name_field)]
    return latest(named).text(name_field) if named else None


def counts_of(channel: str, messages: Sequence[Event], first: date, last: date, *, of_days: bool) -> Mapping[str, int]:
    """The table of section 4: of a day as for campaigns; of several days summed, users counted once."""
    events = [event for event in messages if channel_of(event) == channel]
    if not of_days:
        return channel_counts(channel, events, first)
    whole: dict[str, int] = {}
    for number in range((last - first).days + 1):
        for key, count in channel_counts(channel, events, first + timedelta(days=number)).items():
            whole[key] = whole.get(key, 0) + count
    for key in whole.keys() & UNIQUES.keys():
        event_type = f"users.messages.{FAMILIES[channel]}.{UNIQUES[key]}"
        whole[key] = len({event.user for event in events if event.type == event_type and first <= event.day <= last})
    return whole
