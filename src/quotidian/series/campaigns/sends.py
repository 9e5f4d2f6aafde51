"""Sends: how long after its first day events count for a send, and how long its series is kept (semantics.md §5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from quotidian.domain.days import Day
from quotidian.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True)
class SendRules:
    """Both in days after a send's first day; 0 is without end."""

    window_days: int
    keep_days: int

    @classmethod
    def of(cls, settings: Settings) -> "SendRules":
        """From `send_window_days` and `send_keep_days`."""
        return cls(settings.send_window_days, settings.send_keep_days)

    def in_window(self, days: Mapping[Day, T]) -> dict[Day, T]:
        """The days within the window that begins with the earliest of them."""
        last = min(days, default=0) + self.window_days
        return {day: value for day, value in days.items() if not self.window_days or day <= last}

    def kept_until(self, first_day: Day) -> Day:
        """The last day on which a send is kept, if sends are not kept without end."""
        return Day(first_day + self.keep_days)

    def oldest_kept(self, today: Day) -> Day | None:
        """Sends whose first day is before this are purged; None if none are."""
        return Day(today - self.keep_days) if self.keep_days else None

    def is_purged(self, first_day: Day | None, today: Day) -> bool:
        """Whether a send with that first day is no longer kept."""
        oldest = self.oldest_kept(today)
        return oldest is not None and first_day is not None and first_day < oldest
