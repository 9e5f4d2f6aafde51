"""Batches are stored one at a time, and rollups notice which days were changed while they computed.

A load stores its batches in a thread and on a connection of its own, while the engine's loop takes over live events and
rolls up. Two batches must not look for copies at the same time, and a rollup must not take a day for done that a batch
was changing. All threads are of one process, because one process has the events open: so it is known in memory.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import Final

from quotidian.domain.days import Day
from quotidian.domain.subjects import EVERY

_LIVE_SECONDS: Final = 5.0


class Changes:
    """Which days and subjects the batches of this process have changed, and since when. Batches have numbers, in order.

    The numbers begin anew with each process: they are not those that the stores note.
    """

    def __init__(self) -> None:
        self._turn = Lock()
        self._storing = Lock()
        self._begun = 0
        self._stored = 0
        self._live_until = 0.0
        # The last batch that changed each day of a workspace's family.
        self._last: dict[tuple[int, str], dict[Day, int]] = defaultdict(dict)
        # The last batch that changed each subject of a workspace's family, on whichever day.
        self._last_of: dict[tuple[int, str], dict[str, int]] = defaultdict(dict)

    @contextmanager
    def none(self) -> Iterator[None]:
        """Within the block no other thread stores a batch. It waits for the one that is being stored."""
        # Who waits has the turn, so that a thread that stores one batch after the other lets it in.
        with self._turn:
            self._storing.acquire()
        try:
            yield
        finally:
            self._storing.release()

    @contextmanager
    def storing(self) -> Iterator[None]:
        """Within the block this thread tells apart and stores a batch, and no other thread does."""
        with self.none():
            self._begun += 1
            try:
                yield
            finally:
                self._stored = self._begun

    def add(self, days: Mapping[tuple[int, str], Collection[Day]]) -> None:
        """The batch that is being stored changes days, by workspace id and family: before they are marked dirty."""
        for key, changed in days.items():
            self._last[key].update(dict.fromkeys(changed, self._begun))

    def add_subjects(self, workspace_id: int, family: str, subjects: Iterable[str]) -> None:
        """The batch that is being stored may change something of subjects (EVERY: of all): before it is stored."""
        self._last_of[workspace_id, family].update(dict.fromkeys(subjects, self._begun))

    def note_live(self) -> None:
        """Live events were taken over: `is_live` for some seconds."""
        self._live_until = monotonic() + _LIVE_SECONDS

    @property
    def is_live(self) -> bool:
        """Whether live events came a moment ago, so that more of them are to be expected."""
        return monotonic() < self._live_until

    @property
    def begun(self) -> int:
        """The last batch that is stored, or is being stored."""
        return self._begun

    def is_quiet_since(self, begun: int) -> bool:
        """Whether no batch was being stored when `begun` was a number, and none has begun since."""
        return self._begun == begun == self._stored

    @property
    def stored(self) -> int:
        """The last batch that is stored whole: what is read from now on has all of it."""
        return self._stored

    def changed(self, workspace_id: int, family: str, days: Collection[Day], since: int) -> bool:
        """Whether a batch has begun to change any of some days, or ended, since `stored` was a number."""
        last = self._last[workspace_id, family]
        return any(last.get(day, 0) > since for day in days)

    def changed_subject(self, workspace_id: int, family: str, subject: str, since: int) -> bool:
        """Whether a batch after `since` may have changed something of a subject, or be about to."""
        last = self._last_of[workspace_id, family]
        return any(last.get(each, 0) > since for each in (subject, EVERY))
