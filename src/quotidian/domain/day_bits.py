"""Days as bits: a number for each block of 64 days, as the event store keeps what users did on which days."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from quotidian.domain.days import Day

BLOCK_DAYS: Final = 64
"""Days of a block: the bits of a number."""


def bits_of_days(days: Iterable[Day]) -> dict[int, int]:
    """The bits of days, by their block."""
    bits: dict[int, int] = defaultdict(int)
    for day in days:
        bits[day // BLOCK_DAYS] |= 1 << day % BLOCK_DAYS
    return bits


def days_of_bits(block: int, bits: int) -> set[Day]:
    """The days of a block whose bits are set."""
    return {Day(BLOCK_DAYS * block + place) for place in range(BLOCK_DAYS) if bits >> place & 1}
