"""Money: rates to US dollars, and how long after a receipt a purchase is revenue of its campaign (semantics.md §4)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cache, cached_property
from typing import Final, NamedTuple

from quotidian.domain.days import reach_days

DEFAULT_REVENUE_WINDOW_SECONDS: Final = 259_200

_DIGITS = 100  # more than any price times any rate has: nothing is rounded but the result


@dataclass(frozen=True)
class Money:
    """US dollars for one unit by currency, as text; revenue windows in seconds by campaign and by canvas."""

    usd_rates: Mapping[str, str]
    windows: Mapping[str, int]
    canvas_windows: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def micros(self) -> Callable[[str, str], int]:
        """Finds a price, which is a text, in a currency in millionths of a US dollar (semantics.md §8).

        Many purchases have one price: each is worked out once.
        """
        return cache(self._micros)

    def micros_of(self, currency: str, purchases: Iterable[tuple[str, int]]) -> int:
        """What purchases in a currency cost together, in millionths of a US dollar: so many of each price."""
        return sum(number * self.micros(price, currency) for price, number in purchases)

    def _micros(self, price: str, currency: str) -> int:
        """Price × rate, rounded once, halves to even."""
        exact = Context(prec=_DIGITS).multiply(Decimal(price), Decimal(self.usd_rates[currency]))
        return int(exact.scaleb(6, Context(prec=_DIGITS)).to_integral_value(ROUND_HALF_EVEN))

    def window_groups(self, *, of_canvas: bool) -> list["WindowGroup"]:
        """Campaigns, or canvases, by how far their revenue windows reach: rounded up, so that groups are few."""
        windows = self.canvas_windows if of_canvas else self.windows
        groups: dict[int, dict[str, int]] = {_reach(DEFAULT_REVENUE_WINDOW_SECONDS): {}}
        for subject, seconds in windows.items():
            groups.setdefault(_reach(seconds), {})[subject] = seconds
        default, *others = groups
        of_others = frozenset(subject for reach in others for subject in groups[reach])
        return [
            WindowGroup(default, groups[default], None, of_others),
            *(WindowGroup(reach, groups[reach], frozenset(groups[reach])) for reach in sorted(others)),
        ]


class WindowGroup(NamedTuple):
    """Campaigns or canvases: `subjects`, or all but those `without`; and what their revenue windows are.

    `windows` has the seconds of those whose window is not the default one; none is longer than `reach` days.
    """

    reach: int
    windows: Mapping[str, int]
    subjects: frozenset[str] | None = None
    without: frozenset[str] = frozenset()


def _reach(seconds: int) -> int:
    """The next power of two days that a window is within."""
    return 1 << (reach_days(seconds) - 1).bit_length()
