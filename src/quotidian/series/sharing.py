"""Ranges that two threads compute, each on a connection of its own to the events."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from threading import Lock
from typing import Final

from quotidian.domain.progress import Progress
from quotidian.series.ranges import Failed, Range
from quotidian.store.stores import Stores

_LEAST_TO_HELP: Final = 3
"""With fewer ranges, the thread takes longer to start than it saves."""

_WAIT_SECONDS: Final = 0.05

Compute = Callable[[Stores, Range], None]


def compute_all(
    stores: Stores, work: Iterable[Range], compute: Compute, failed: Failed, *, is_shared: bool
) -> Generator[Progress, None, None]:
    """Compute ranges, in this thread and, if it `is_shared`, in another. Yields how many days are done.

    While live events come, the other has them to itself: this thread takes live events over and computes their days
    between two yields, and a range of many days would have them wait for as long as it takes.
    Raises errors that can pass by themselves; other ranges that fail are noted in `failed`.
    """
    left = _Left(work, compute, failed)
    with _helper(stores, left, is_wanted=is_shared) as helped:
        while left or not helped.done():
            yield left.progress
            is_left_to_other = stores.changes.is_live and not helped.done()
            if is_left_to_other or not left.work_off(stores):
                wait([helped], _WAIT_SECONDS)
        helped.result()
    yield left.progress


class _Left:
    """Ranges that are left to compute, which two threads take from."""

    def __init__(self, work: Iterable[Range], compute: Compute, failed: Failed) -> None:
        self._work = deque(work)
        self._compute = compute
        self._failed = failed
        self._lock = Lock()
        self._total = sum(len(each.days) for each in self._work)
        self._done = 0

    def __len__(self) -> int:
        return len(self._work)

    @property
    def progress(self) -> Progress:
        """The days that are computed, of all."""
        return Progress(self._done, self._total)

    def end(self) -> None:
        """Nothing more is to be computed."""
        with self._lock:
            self._work.clear()

    def work_off(self, stores: Stores, *, helps: bool = False) -> bool:
        """Compute one range; returns whether there was any. Who helps takes it from the family that comes last."""
        with self._lock:
            if not self._work:
                return False
            family = self._work[-1 if helps else 0].family
            taken = next(each for each in self._work if each.family == family)
            self._work.remove(taken)
        try:
            self._compute(stores, taken)
        except Exception as error:
            with self._lock:
                smaller = self._failed.add(taken, error)
                self._work.extendleft(reversed(smaller))
                if smaller:
                    return True
        with self._lock:
            self._done += len(taken.days)
        return True


@contextmanager
def _helper(stores: Stores, left: _Left, *, is_wanted: bool) -> Iterator[Future[None]]:
    """A thread that computes ranges until none is left, or the block ends."""
    if not is_wanted or len(left) < _LEAST_TO_HELP:
        done: Future[None] = Future()
        done.set_result(None)
        yield done
        return
    beside = stores.beside()
    with closing(beside.events), ThreadPoolExecutor(1, "rollup") as thread:
        try:
            yield thread.submit(_help, beside, left)
        finally:
            left.end()


def _help(stores: Stores, left: _Left) -> None:
    while left.work_off(stores, helps=True):
        pass
