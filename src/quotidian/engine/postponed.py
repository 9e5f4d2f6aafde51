"""Days that could not be computed. They stay dirty, and are tried again after longer and longer rests."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from quotidian.domain.days import Day
from quotidian.engine.retrying import Rest
from quotidian.series.ranges import Range

_LONGEST_REST: Final = 300.0


class Postponed:
    """Days of ranges that failed, each with its rest."""

    def __init__(self) -> None:
        self._rests: dict[tuple[int, str, Day], Rest] = {}

    def add(self, failed: Range) -> None:
        """A range failed: its days rest for longer than before."""
        for key in _keys(failed):
            self._rests.setdefault(key, Rest(_LONGEST_REST)).failed()

    def worked(self, computed: Range) -> None:
        """A range is computed: its next failure is a first one."""
        for key in _keys(computed):
            self._rests.pop(key, None)

    def keep(self, dirty: Iterable[Range]) -> None:
        """Forget the days that are no longer dirty: they are computed."""
        left = {key for each in dirty for key in _keys(each)}
        self._rests = {key: rest for key, rest in self._rests.items() if key in left}

    def without(self, wanted: Range) -> Range:
        """The days of a range that may be tried now: perhaps none."""
        days = [day for key, day in zip(_keys(wanted), wanted.days, strict=True) if self._may_be_tried(key)]
        return replace(wanted, days=days)

    def _may_be_tried(self, key: tuple[int, str, Day]) -> bool:
        return key not in self._rests or self._rests[key].is_due


def _keys(days: Range) -> list[tuple[int, str, Day]]:
    return [(days.workspace.id, days.family, day) for day in days.days]
