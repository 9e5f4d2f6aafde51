"""Money: rates to US dollars, and how long after a receipt a purchase is revenue of its campaign (semantics.md §4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

DEFAULT_REVENUE_WINDOW_SECONDS: Final = 259_200

_DIGITS = 100  # more than any price times any rate has: nothing is rounded but the result


@dataclass(frozen=True)
class Money:
    """US dollars for one unit by currency, as text; revenue windows in seconds by campaign and by canvas."""

    usd_rates: Mapping[str, str]
    windows: Mapping[str, int]
    canvas_windows: Mapping[str, int] = field(default_factory=dict)

    def micros(self, price: Decimal, currency: str) -> int:
        """A price in millionths of a US dollar: price × rate, rounded once, halves to even (semantics.md §8)."""
        exact = Context(prec=_DIGITS).multiply(price, Decimal(self.usd_rates[currency]))
        return int(exact.scaleb(6, Context(prec=_DIGITS)).to_integral_value(ROUND_HALF_EVEN))

    @property
    def longest_window(self) -> int:
        """The longest revenue window in seconds."""
        return max([DEFAULT_REVENUE_WINDOW_SECONDS, *self.windows.values(), *self.canvas_windows.values()])
