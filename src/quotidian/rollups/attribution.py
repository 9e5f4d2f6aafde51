"""What conversions and purchases are attributed to: campaigns by receipt, canvases by entry, steps by message."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from quotidian.channels import (
    CANVAS_CONVERSION,
    CANVAS_ENTRY,
    CONVERSION,
    ENROLMENT,
    PURCHASE,
    RECEIPT_TYPES,
    STEP,
    VARIANT,
)
from quotidian.days import Day
from quotidian.events.store import EventStore
from quotidian.money import DEFAULT_REVENUE_WINDOW_SECONDS, Money
from quotidian.series.dirty import CONVERSION_WINDOW_SECONDS, reach_days
from quotidian.sql import statement

_MICROS = 1_000_000


@dataclass(frozen=True)
class By:
    """What stands for a receipt: its event types; whether of canvases, and then whether by step."""

    receipt_types: tuple[str, ...]
    conversion: str
    of_canvas: bool = False
    by_step: bool = False


BY_RECEIPT = By(tuple(RECEIPT_TYPES), CONVERSION)
BY_ENTRY = By((CANVAS_ENTRY,), CANVAS_CONVERSION, of_canvas=True)
BY_STEP = By(
    tuple(name for name in RECEIPT_TYPES if name != ENROLMENT), CANVAS_CONVERSION, of_canvas=True, by_step=True
)


class Converted(NamedTuple):
    """Conversions of a campaign or canvas; `step` is what those of a canvas name themselves."""

    subject: str
    day: Day
    behavior: int
    has_receipt: int
    receipt_day: Day
    channel: str
    variation: str
    send: str
    step: str
    conversions: int

    @property
    def sent_day(self) -> Day:
        """The day on which they count by send or entry time."""
        return self.receipt_day if self.has_receipt else self.day


class Bought(NamedTuple):
    """Revenue of a campaign or canvas in micro-dollars, by the element of the latest receipt."""

    subject: str
    day: Day
    channel: str
    variation: str
    send: str
    micros: int


class _PricesRow(NamedTuple):
    subject: str
    day: Day
    channel: str
    variation: str
    send: str
    currency: str
    price: Decimal
    purchases: int


def conversions(events: EventStore, workspace: str, days: list[Day], by: By) -> list[Converted]:
    """The conversions of some days (ascending)."""
    bounds = {"window": CONVERSION_WINDOW_SECONDS * _MICROS, "reach": reach_days(CONVERSION_WINDOW_SECONDS)}
    return events.rows(statement(__package__, "conversions"), {**_values(workspace, days, by), **bounds}, Converted)


def revenue(events: EventStore, workspace: str, days: list[Day], by: By, money: Money) -> list[Bought]:
    """What was bought on some days (ascending), for each campaign or canvas that it counts for."""
    # transform() wants at least one pair; nothing has an empty id.
    windows = {"": DEFAULT_REVENUE_WINDOW_SECONDS, **(money.canvas_windows if by.of_canvas else money.windows)}
    values = {
        **_values(workspace, days, by),
        "purchase": PURCHASE,
        "currencies": tuple(money.usd_rates),
        "window_subjects": list(windows),
        "windows": [seconds * _MICROS for seconds in windows.values()],
        "default_window": DEFAULT_REVENUE_WINDOW_SECONDS * _MICROS,
        "reach": reach_days(money.longest_window),
    }
    rows = events.rows(statement(__package__, "revenue"), values, _PricesRow)
    return [Bought(*row[:5], row.purchases * money.micros(row.price, row.currency)) for row in rows]


def _values(workspace: str, days: list[Day], by: By) -> dict[str, Any]:
    return {
        "workspace": workspace,
        "days": tuple(days),
        "first_day": days[0],
        "last_day": days[-1],
        "receipt_types": by.receipt_types,
        "conversion": by.conversion,
        "of_canvas": int(by.of_canvas),
        "by_step": int(by.by_step),
        "variant": VARIANT,
        "step": STEP,
    }
