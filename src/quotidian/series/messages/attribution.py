"""Attribution: the receipt that each conversion or purchase belongs to; of canvases, the entry or a step's message."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from quotidian.control.dirty_days import CONVERSION_WINDOW_SECONDS, reach_days
from quotidian.domain.channels import (
    CANVAS_CONVERSION,
    CANVAS_ENTRY,
    CONVERSION,
    ENROLMENT,
    PURCHASE,
    RECEIPT_TYPES,
    STEP,
    VARIANT,
)
from quotidian.domain.days import Day
from quotidian.domain.money import DEFAULT_REVENUE_WINDOW_SECONDS, Money
from quotidian.store.events import EventStore
from quotidian.store.sql import statement

_MICROS = 1_000_000


@dataclass(frozen=True)
class Attribution:
    """Which event types are receipts, and which is a conversion; `of_canvas`: of canvases, else of campaigns."""

    receipt_types: tuple[str, ...]
    conversion: str
    of_canvas: bool = False


BY_RECEIPT = Attribution(tuple(RECEIPT_TYPES), CONVERSION)
BY_ENTRY = Attribution((CANVAS_ENTRY,), CANVAS_CONVERSION, of_canvas=True)
BY_ENTRY_AND_STEP = Attribution(
    (CANVAS_ENTRY, *(name for name in RECEIPT_TYPES if name != ENROLMENT)), CANVAS_CONVERSION, of_canvas=True
)


class Converted(NamedTuple):
    """A conversion, or the receipt that it belongs to. `step` is the one that a canvas's conversion itself names."""

    day: Day
    place: str
    element_id: str
    send: str
    behavior: int
    step: str


class Conversions(NamedTuple):
    """Conversions of a subject that have all this in common; without a receipt, `receipt` repeats `conversion`."""

    subject: str
    conversion: Converted
    has_receipt: int
    receipt: Converted
    number: int


class Bought(NamedTuple):
    """Revenue of a subject in micro-dollars, by the element of the latest receipt before the purchase."""

    subject: str
    day: Day
    place: str
    element_id: str
    send: str
    micros: int


class _Paid(NamedTuple):
    """A purchase, or the receipt before it: fields of the other are empty."""

    day: Day
    place: str
    element_id: str
    send: str
    currency: str
    price: str


class _PurchasesRow(NamedTuple):
    subject: str
    receipt: _Paid
    purchase: _Paid
    purchases: int


def conversions(events: EventStore, workspace: str, days: list[Day], by: Attribution) -> list[Conversions]:
    """The conversions of some days (ascending)."""
    bounds = {"window": CONVERSION_WINDOW_SECONDS * _MICROS, "reach": reach_days(CONVERSION_WINDOW_SECONDS)}
    return events.rows(statement(__package__, "conversions"), {**_values(workspace, days, by), **bounds}, Conversions)


def revenue(events: EventStore, workspace: str, days: list[Day], by: Attribution, money: Money) -> Iterator[Bought]:
    """The revenue of some days (ascending). A purchase may count for several subjects."""
    # ClickHouse's transform() needs at least one pair, so one is given for '', which is no subject's id.
    windows = {"": DEFAULT_REVENUE_WINDOW_SECONDS, **(money.canvas_windows if by.of_canvas else money.windows)}
    values = {
        **_values(workspace, days, by),
        "purchase": PURCHASE,
        "entry": CANVAS_ENTRY,
        "currencies": tuple(money.usd_rates),
        "window_subjects": list(windows),
        "windows": [seconds * _MICROS for seconds in windows.values()],
        "default_window": DEFAULT_REVENUE_WINDOW_SECONDS * _MICROS,
        "reach": reach_days(money.longest_window),
    }
    for name in ("has_purchases", "has_receipts"):
        if not events.rows(statement(__package__, name), values, tuple[int]):
            return
    for row in events.rows(statement(__package__, "revenue"), values, _PurchasesRow):
        micros = row.purchases * money.micros(Decimal(row.purchase.price), row.purchase.currency)
        receipt = row.receipt
        yield Bought(row.subject, row.purchase.day, receipt.place, receipt.element_id, receipt.send, micros)


def _values(workspace: str, days: list[Day], by: Attribution) -> dict[str, Any]:
    return {
        "workspace": workspace,
        "days": tuple(days),
        "first_day": days[0],
        "last_day": days[-1],
        "receipt_types": by.receipt_types,
        "conversion": by.conversion,
        "of_canvas": int(by.of_canvas),
        "variant": VARIANT,
        "step": STEP,
    }
