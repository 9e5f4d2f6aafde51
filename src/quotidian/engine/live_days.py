"""The days that live events changed. They are computed before other dirty days."""

from collections import defaultdict
from collections.abc import Callable

from quotidian.control.dirty_days import FAMILIES
from quotidian.control.workspaces import all_workspaces
from quotidian.inbox.drain import Drained
from quotidian.ingest.store_batch import Dirtied
from quotidian.series.ranges import Range, ranges
from quotidian.store.stores import Stores


class LiveDays:
    """Days that wait to be computed, and those that are being computed (`taken`).

    All that wait are taken together. Days that are added meanwhile wait for the next time, so that no day waits for
    ever. `since` is when the oldest event came that no point counts yet, in epoch seconds.
    """

    def __init__(self) -> None:
        self.taken: list[Range] = []
        self.since: float | None = None
        self._added: Dirtied = defaultdict(set)
        self._added_since: float | None = None

    def add(self, drained: Drained) -> None:
        """Add the days that taken over events changed."""
        if not drained.dirtied:
            return
        for key, days in drained.dirtied.items():
            self._added[key] |= days
        came = drained.oldest / 1_000_000
        self.since = came if self.since is None else self.since
        self._added_since = came if self._added_since is None else self._added_since

    @property
    def waits(self) -> bool:
        """Whether any days wait to be taken."""
        return bool(self._added)

    def take(self, stores: Stores, may_be_tried: Callable[[Range], Range]) -> None:
        """Take all days that wait and may be tried; the others stay dirty."""
        with stores.series.connect() as connection:
            workspaces = {workspace.id: workspace for workspace in all_workspaces(connection)}
        for (owner, family), days in self._added.items():
            tried = map(may_be_tried, ranges(workspaces[owner], family, days))
            self.taken.extend(each for each in tried if each.days)
        # The last is computed first.
        self.taken.sort(key=lambda each: FAMILIES.index(each.family), reverse=True)
        self._added.clear()
        self._added_since = None
        if not self.taken:
            self.since = None

    def done(self) -> None:
        """The last of the ranges that were taken is computed."""
        self.taken.pop()
        if not self.taken:
            self.since = self._added_since

    def retake(self, chunks: list[Range]) -> None:
        """The last of the ranges that were taken failed: try chunks of it instead."""
        self.taken[-1:] = reversed(chunks)

    def covers(self, dirty: Range) -> bool:
        """Whether the days of a range wait here, or are being computed."""
        owner = (dirty.workspace.id, dirty.family)
        live = set(self._added.get(owner, ()))
        for each in self.taken:
            if (each.workspace.id, each.family) == owner:
                live.update(each.days)
        return live.issuperset(dirty.days)
