"""Money: rates to US dollars, and how long after a receipt a purchase is revenue of its campaign (semantics.md §4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

DEFAULT_REVENUE_WINDOW_SECONDS: Final = 259_200


@dataclass(frozen=True)
class Money:
    """What revenue depends on beside events: decimal text of dollars a unit by currency, seconds by campaign."""

    usd_rates: Mapping[str, str]
    windows: Mapping[str, int]

    @property
    def longest_window(self) -> int:
        """The longest time in seconds that a purchase may come after its receipt."""
        return max([DEFAULT_REVENUE_WINDOW_SECONDS, *self.windows.values()])
